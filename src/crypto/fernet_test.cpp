#include "crypto/fernet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/digest.h"

namespace gmail_mcp::crypto {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string base64_key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";
const std::string hex_key = to_hex(std::string(32, 'k'));

KeyRing ring(const std::vector<std::string>& keys) {
  std::vector<Secret> secrets;
  for (const auto& key : keys) secrets.emplace_back(key);
  return KeyRing::parse(secrets).value();
}

std::string open(const KeyRing& keys, const std::string& token) {
  return keys.decrypt(token).value().reveal();
}

TEST(Fernet, opens_the_token_of_the_specification) {
  EXPECT_EQ(
      open(ring({"cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="}),
           "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR6"
           "4jVmpU4IwqDA=="),
      "hello");
}

TEST(Fernet, opens_a_token_that_python_stored_whichever_way_the_key_is_written) {
  const std::string token =
      "gAAAAABrAfMQkTI434KHE2lDIYWP72KDGvQTcodWaoCaDL1uwneB-59yrFmdStDbo8ok7exQ-diaJlY9B-yWocXVL_"
      "fyMJ9W5A==";
  EXPECT_EQ(open(ring({base64_key}), token), "AT");
  EXPECT_EQ(open(ring({hex_key}), token), "AT");
  EXPECT_EQ(open(ring({"  " + base64_key + "\n"}), token), "AT");
}

TEST(Fernet, what_is_encrypted_comes_back_and_never_looks_the_same_twice) {
  const auto keys = ring({KeyRing::generate().reveal()});
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 4096U}) {
    const std::string plain(size, 'x');
    const auto token = keys.encrypt(plain);
    EXPECT_THAT(token, StartsWith("gAAAAA"));
    EXPECT_EQ(token.size() % 4, 0U);
    EXPECT_EQ(open(keys, token), plain);
    EXPECT_NE(keys.encrypt(plain), token);
  }
}

TEST(Fernet, a_ring_encrypts_with_its_first_key_and_decrypts_with_all) {
  const auto old_key = KeyRing::generate().reveal();
  const auto new_key = KeyRing::generate().reveal();
  const auto rotated = ring({new_key, old_key});
  EXPECT_EQ(open(rotated, ring({old_key}).encrypt("a")), "a");
  EXPECT_EQ(open(ring({new_key}), rotated.encrypt("b")), "b");
  EXPECT_FALSE(ring({old_key}).decrypt(rotated.encrypt("c")));
}

TEST(Fernet, a_changed_token_is_misconfigured_at_every_byte) {
  const auto keys = ring({base64_key});
  const auto bytes = *base64_decode(keys.encrypt("secret"));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto opened = keys.decrypt(base64url_encode(changed, Padding::with));
    ASSERT_FALSE(opened) << i;
    EXPECT_EQ(opened.error().code, Errc::misconfigured);
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(keys.decrypt(base64url_encode(bytes.substr(0, size), Padding::with))) << size;
  }
  EXPECT_FALSE(keys.decrypt("%%%"));
}

TEST(Fernet, a_signed_token_with_broken_padding_is_refused) {
  const auto keys = ring({base64_key});
  std::string bytes = *base64_decode(keys.encrypt("secret"));
  bytes.resize(bytes.size() - 32);
  bytes[24] = static_cast<char>(bytes[24] ^ 0xFF);  // the last byte of the IV is the padding's
  bytes += hmac_sha256(std::string(16, 'k'), bytes);
  EXPECT_FALSE(keys.decrypt(base64url_encode(bytes)));
}

TEST(Fernet, a_wrong_key_says_what_was_found_and_how_to_make_one_but_not_the_key) {
  const auto refused = KeyRing::parse({Secret{base64_key}, Secret{"topsecret"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::misconfigured);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("key 2 has 9 characters"), HasSubstr("44"),
                                             HasSubstr("64"), Not(HasSubstr("topsecret"))));
  EXPECT_THAT(refused.error().hint, HasSubstr("gmail-mcp keygen"));

  const auto misspelt = KeyRing::parse({Secret{std::string(64, 'x')}});
  ASSERT_FALSE(misspelt);
  EXPECT_THAT(misspelt.error().message, HasSubstr("do not spell 32 bytes"));
  EXPECT_FALSE(KeyRing::parse({Secret{std::string(44, 'A')}}));  // 33 bytes
  EXPECT_FALSE(KeyRing::parse({Secret{""}}));
  EXPECT_FALSE(KeyRing::parse({}));
}

TEST(Fernet, a_generated_key_has_forty_four_characters) {
  EXPECT_EQ(KeyRing::generate().size(), 44U);
  EXPECT_FALSE(KeyRing::generate().equals(KeyRing::generate().reveal()));
}

TEST(Fernet, derived_keys_differ_by_label_and_by_key) {
  const auto other = KeyRing::generate().reveal();
  const auto keys = ring({base64_key, other});
  EXPECT_EQ(keys.derive("cookie").size(), 32U);
  EXPECT_TRUE(keys.derive("cookie").equals(ring({hex_key}).derive("cookie").reveal()));
  EXPECT_FALSE(keys.derive("cookie").equals(keys.derive("cursor").reveal()));

  const auto all = keys.derive_all("cookie");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].equals(keys.derive("cookie").reveal()));
  EXPECT_TRUE(all[1].equals(ring({other}).derive("cookie").reveal()));
}

TEST(Fernet, derivation_is_hkdf_sha256_without_salt) {
  // RFC 5869: PRK = HMAC(zeroes, key), T(1) = HMAC(PRK, info ‖ 01).
  const auto prk = hmac_sha256(std::string(32, '\0'), std::string(32, 'k'));
  EXPECT_EQ(ring({hex_key}).derive("cookie").reveal(), hmac_sha256(prk, "cookie\x01"));
}

TEST(KeyRingNames, a_fingerprint_names_a_key_however_it_is_written_and_no_other) {
  const auto key = KeyRing::generate();
  const Secret hex{to_hex(*base64_decode(key.reveal()))};
  const auto names = KeyRing::parse({key, hex, KeyRing::generate()}).value().fingerprints();
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].size(), 8U);
  EXPECT_EQ(names[0], names[1]);
  EXPECT_NE(names[0], names[2]);
}

}  // namespace
}  // namespace gmail_mcp::crypto
