#include "crypto/base64.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace gmail_mcp::crypto {
namespace {

TEST(Base64, encodes_the_vectors_of_rfc_4648) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_encode("\xfb\xff"), "+/8=");
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
  EXPECT_EQ(base64url_encode("\xfb\xff", Padding::with), "-_8=");
}

TEST(Base64, every_length_comes_back) {
  for (std::size_t size = 0; size < 100; ++size) {
    const auto bytes = random_bytes(size);
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode_strict(base64_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode(base64url_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode(base64url_encode(bytes, Padding::with)), bytes);
  }
}

TEST(Base64, decoding_takes_both_alphabets_and_line_breaks) {
  EXPECT_EQ(base64_decode("-_8"), "\xfb\xff");
  EXPECT_EQ(base64_decode("+/8="), "\xfb\xff");
  EXPECT_EQ(base64_decode("Zm9v\r\nYmFy\n"), "foobar");
  EXPECT_EQ(base64_decode(""), "");
}

TEST(Base64, decoding_refuses_everything_else) {
  for (const auto* text :
       {"Z", "Zm9vY", "Zm 9v", "Zm9v!", "Zg=", "Zg===", "Z===", "=", "Zg==Zg=="}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

TEST(Base64, strict_decoding_takes_the_canonical_form_only) {
  EXPECT_EQ(base64_decode_strict("+/8="), "\xfb\xff");
  for (const auto* text : {"-_8=", "+/8", "+/9=", "Zh==", "Zm9v\n", "Zg", "====", "A==="}) {
    EXPECT_EQ(base64_decode_strict(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gmail_mcp::crypto
