#include "crypto/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/base64.h"
#include "crypto/digest.h"

namespace gmail_mcp::crypto {
namespace {

using ::testing::MatchesRegex;

TEST(Random, thirty_two_bytes_make_a_token_of_forty_three_characters) {
  EXPECT_THAT(random_token(), MatchesRegex("[A-Za-z0-9_-]{43}"));
  EXPECT_NE(random_token(), random_token());
  EXPECT_EQ(random_bytes(0), "");
}

TEST(Random, bytes_are_all_random_however_many) {
  // Of 16 bytes in a row that nobody filled, one of the 62,500 rows would be zero.
  const auto bytes = random_bytes(1'000'000);
  ASSERT_EQ(bytes.size(), 1'000'000U);
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    EXPECT_NE(bytes.substr(at, 16), std::string(16, '\0')) << at;
  }
}

TEST(Random, a_uuid_is_version_four_with_dashes) {
  const auto* form = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
  for (int i = 0; i < 100; ++i) EXPECT_THAT(random_uuid(), MatchesRegex(form));
}

TEST(Random, a_time_ordered_uuid_begins_with_its_time) {
  const auto at = [](std::int64_t ms) {
    return time_ordered_uuid(Timestamp{std::chrono::milliseconds{ms}});
  };
  // The time of RFC 9562, appendix A.6.
  EXPECT_THAT(at(0x017F22E279B0),
              MatchesRegex("017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_LT(at(0x017F22E279B0), at(0x017F22E279B1));
  EXPECT_LT(at(0x017F22E2FFFF), at(0x017F22E30000));
  EXPECT_NE(at(1), at(1));
}

TEST(Random, a_pkce_challenge_is_the_s256_of_its_verifier) {
  const Pkce pkce = make_pkce();
  EXPECT_EQ(pkce.verifier.size(), 64U);
  EXPECT_EQ(pkce.challenge, base64url_encode(sha256(pkce.verifier.reveal())));
}

}  // namespace
}  // namespace gmail_mcp::crypto
