#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/text.h"

namespace gmail_mcp::crypto {
namespace {

TEST(Digest, sha256_answers_the_vectors_of_fips_180) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abc"), *from_hex(sha256_hex("abc")));
}

TEST(Digest, each_begins_anew_on_every_thread) {
  const auto abc = sha256("abc");
  sha256(std::string(1000, 'x'));
  EXPECT_EQ(sha256("abc"), abc);
  std::string elsewhere;
  std::thread{[&] { elsewhere = sha256("abc"); }}.join();
  EXPECT_EQ(elsewhere, abc);
}

TEST(Digest, hmac_answers_the_vectors_of_rfc_4231) {
  EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'),
                               "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, hmac_takes_an_empty_key_without_remembering_another) {
  hmac_sha256("some key", "x");
  EXPECT_EQ(to_hex(hmac_sha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Digest, comparison_sees_length_and_content) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

}  // namespace
}  // namespace gmail_mcp::crypto
