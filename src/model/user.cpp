#include "model/user.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

#include "base/text.h"

namespace gmail_mcp::model {

namespace {

constexpr std::size_t longest = 255;

bool is_plain_ascii(std::string_view text) {
  for (const char c : text) {
    if (c <= 0x20 || c > 0x7e) return false;
  }
  return true;
}

// `text` must be valid UTF-8.
std::vector<utf8proc_int32_t> characters_of(std::string_view text) {
  std::vector<utf8proc_int32_t> out;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto* const end = at + text.size();
  while (at < end) {
    utf8proc_int32_t character = 0;
    const auto length = utf8proc_iterate(at, end - at, &character);
    if (length <= 0) break;
    out.push_back(character);
    at += length;
  }
  return out;
}

bool is_control(utf8proc_int32_t c) { return utf8proc_category(c) == UTF8PROC_CATEGORY_CC; }

// Unicode's Bidi_Control.
bool turns_writing(utf8proc_int32_t c) {
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

// Also characters without width.
bool is_blank(utf8proc_int32_t c) {
  const auto category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP || c == '\t' || c == '\n' || c == '\r' || c == 0x200b ||
         c == 0xfeff;
}

bool is_composed(std::string_view text) {
  struct Free {
    void operator()(utf8proc_uint8_t* bytes) const { std::free(bytes); }
  };
  utf8proc_uint8_t* made = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &made, options);
  const std::unique_ptr<utf8proc_uint8_t, Free> owner{made};
  return length >= 0 && text == std::string_view{reinterpret_cast<const char*>(made),
                                                 static_cast<std::size_t>(length)};
}

Error refused(const char* sentence) {
  return {
      Errc::invalid_argument, sentence,
      "Give 1 to 255 bytes of UTF-8 in the normal form NFC, without white space at the ends and "
      "without control characters."};
}

}  // namespace

std::optional<Error> user_id_fault(std::string_view text) {
  if (text.empty()) return refused("The user_id is empty.");
  if (text.size() > longest) return refused("The user_id is longer than 255 bytes.");
  if (is_plain_ascii(text)) return std::nullopt;
  if (!is_valid_utf8(text)) return refused("The user_id is not valid UTF-8.");
  const auto characters = characters_of(text);
  if (is_blank(characters.front()) || is_blank(characters.back())) {
    return refused("The user_id begins or ends with white space.");
  }
  for (const auto c : characters) {
    if (is_control(c)) return refused("The user_id holds a control character.");
    if (turns_writing(c)) {
      return refused("The user_id holds a character that turns the direction of writing.");
    }
  }
  if (!is_composed(text)) return refused("The user_id is not in the Unicode normal form NFC.");
  return std::nullopt;
}

Result<ExternalUserId> parse_user_id(std::string text) {
  if (auto fault = user_id_fault(text)) return *std::move(fault);
  return ExternalUserId{std::move(text)};
}

}  // namespace gmail_mcp::model
