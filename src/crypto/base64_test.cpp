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
  for (std::size_t size = 0; size < 300; ++size) {
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

// Long texts are decoded many digits at a time, so the place of a wrong one matters.
TEST(Base64, in_a_long_text_every_byte_is_judged_at_every_place) {
  const std::string_view standard =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string text = base64_encode(random_bytes(120));
  for (std::size_t place = 0; place < text.size() - 4; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      const char c = static_cast<char>(byte);
      auto changed = text;
      changed[place] = c;
      const bool is_standard = standard.find(c) != std::string_view::npos;
      const auto strict = base64_decode_strict(changed);
      ASSERT_EQ(strict.has_value(), is_standard) << place << " " << byte;
      if (strict) {
        ASSERT_EQ(base64_encode(*strict), changed) << place << " " << byte;
      }
      if (c == '\r' || c == '\n') continue;
      const auto either = base64_decode(changed);
      ASSERT_EQ(either.has_value(), is_standard || c == '-' || c == '_') << place << " " << byte;
      if (c == '-') changed[place] = '+';
      if (c == '_') changed[place] = '/';
      if (either) {
        ASSERT_EQ(base64_encode(*either), changed) << place << " " << byte;
      }
    }
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
