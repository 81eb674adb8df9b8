#include "base/sixteen_bytes.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace gmail_mcp {
namespace {

using sixteen_bytes::Mask;

// What a function says of each byte, at each of the sixteen places, among bytes of any other kind.
template <class Some>
void compare(Some (*of)(Some), const std::function<bool(unsigned char)>& holds) {
  for (int byte = 0; byte < 256; ++byte) {
    for (const char other : {'\0', 'a', '\x7F', '\x80', '\xFF'}) {
      for (std::size_t at = 0; at < sixteen_bytes::size; ++at) {
        std::string text(sixteen_bytes::size, other);
        text[at] = static_cast<char>(byte);
        Mask expected = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
          if (holds(static_cast<unsigned char>(text[i]))) expected |= Mask{1} << i;
        }
        EXPECT_EQ(of(Some::load(text.data())).mask(), expected) << byte << " at " << at;
      }
    }
  }
}

template <class Some>
class SixteenBytes : public testing::Test {};

#ifdef __SSE2__
using Kinds = testing::Types<sixteen_bytes::InWords, sixteen_bytes::InRegister>;
#else
using Kinds = testing::Types<sixteen_bytes::InWords>;
#endif
TYPED_TEST_SUITE(SixteenBytes, Kinds);

TYPED_TEST(SixteenBytes, each_byte_is_judged_by_itself) {
  compare<TypeParam>([](TypeParam bytes) { return bytes; },
                     [](unsigned char c) { return c >= 0x80; });
  compare<TypeParam>([](TypeParam bytes) { return bytes.equal_to('"'); },
                     [](unsigned char c) { return c == '"'; });
  compare<TypeParam>([](TypeParam bytes) { return bytes.equal_to('\xE2'); },
                     [](unsigned char c) { return c == 0xE2; });
  compare<TypeParam>([](TypeParam bytes) { return bytes.below(' '); },
                     [](unsigned char c) { return c < ' '; });
  compare<TypeParam>([](TypeParam bytes) { return bytes.below_or_beyond_ascii(' '); },
                     [](unsigned char c) { return c < ' ' || c >= 0x80; });
  compare<TypeParam>([](TypeParam bytes) { return bytes.at_least_or_beyond_ascii('z'); },
                     [](unsigned char c) { return c >= 'z'; });
  compare<TypeParam>([](TypeParam bytes) { return bytes.with_lower_letters().equal_to('z'); },
                     [](unsigned char c) { return c == 'z' || c == 'Z'; });
  compare<TypeParam>(
      [](TypeParam bytes) {
        return bytes.equal_to('a') | (bytes.equal_to('b') & bytes.equal_to('c')) |
               bytes.below_or_beyond_ascii('\t');
      },
      [](unsigned char c) { return c == 'a' || c < '\t' || c >= 0x80; });
}

TEST(SixteenBytesFind, the_first_marked_byte_is_found_wherever_it_stands) {
  const auto marks = [](sixteen_bytes::Bytes bytes) { return bytes.equal_to('x'); };
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t begin = 0; begin <= length; ++begin) {
      std::string text(length, 'x');
      text.replace(begin, length - begin, length - begin, '\0');
      EXPECT_EQ(sixteen_bytes::find(text, begin, marks), length);
      for (std::size_t at = begin; at < length; ++at) {
        auto marked = text;
        marked[at] = 'x';
        marked.back() = 'x';
        EXPECT_EQ(sixteen_bytes::find(marked, begin, marks), at);
      }
    }
  }
}

}  // namespace
}  // namespace gmail_mcp
