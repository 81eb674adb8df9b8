#include "mime/html_hiding.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"

namespace gmail_mcp::mime {

namespace {

// Where to look closer: at letters that are rare, or at the beginning, in what can hide text.
constexpr std::array<bool, 256> suspects = [] {
  std::array<bool, 256> found{};
  for (const char c : std::string_view{"yYzZpPdD<&/:"}) found[static_cast<unsigned char>(c)] = true;
  for (std::size_t byte = 0x80; byte < 256; ++byte) found[byte] = true;
  return found;
}();

bool ends_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         equals_ignoring_case(text.substr(text.size() - word.size()), word);
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return equals_ignoring_case(text.substr(0, word.size()), word);
}

bool is_digit_of_size(char c) { return c >= '0' && c <= '9'; }

std::string_view without_blanks_before(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

// What follows "font-size": a number that is large enough to be read in any unit.
bool is_readable_size(std::string_view text) {
  text = without_blanks_before(text);
  if (!text.starts_with(':')) return false;
  text = without_blanks_before(text.substr(1));
  const auto size = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = text.substr(0, size);
  const auto unit = text.substr(size);
  const bool is_large = !number.empty() && number[0] >= '1' &&
                        (number[0] > '1' || (number.size() > 1 && number[1] != '.'));
  // 2e-5 is small, 2em is not.
  const bool has_exponent = unit.size() > 1 && (unit[0] == 'e' || unit[0] == 'E') &&
                            (is_digit_of_size(unit[1]) || unit[1] == '-' || unit[1] == '+');
  return is_large && !has_exponent;
}

// A reference to a character that everybody can see, or to a blank.
bool is_harmless_reference(std::string_view text) {
  static constexpr auto harmless = std::to_array<std::string_view>(
      {"&nbsp;", "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#39;", "&#160;"});
  const bool is_known =
      std::ranges::any_of(harmless, [text](std::string_view one) { return text.starts_with(one); });
  const bool is_none = text.size() > 1 && (text[1] == ' ' || text[1] == '&');
  return is_known || is_none;
}

// Those of which many have no width are not among them, whatever their neighbours are.
bool is_harmless_character(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const auto is_among = [](unsigned one, unsigned first, unsigned last) {
    return one >= first && one <= last;
  };
  switch (byte(0)) {
    case 0xC2: return byte(1) != 0xAD;
    case 0xCD: return byte(1) != 0x8F;
    case 0xD8: return byte(1) != 0x9C;
    case 0xE2:
      if (byte(1) == 0x80) return !is_among(byte(2), 0x8B, 0x8F) && !is_among(byte(2), 0xAA, 0xAE);
      return byte(1) != 0x81 || byte(2) < 0xA0;
    case 0xE3: return byte(1) != 0x85;
    case 0xF0: return byte(1) == 0x9F;
    default: return byte(0) < 0xE0 || is_among(byte(0), 0xE4, 0xED);
  }
}

// At a suspect, by its neighbour: whether it is worth a look.
bool is_worth_a_look(std::string_view html, std::size_t at) {
  const auto lower = [html](std::size_t i) {
    const char c = i < html.size() ? html[i] : '\0';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const char before = lower(at - 1);
  const char after = lower(at + 1);
  switch (lower(at)) {
    case 'y': return before == 'a' || before == 't';
    case 'z': return before == 'i';
    case 'p': return before == 'i' || before == 's';
    case 'd': return before == 'd';
    case '<': return after == 's' || after == 't' || after == 'd' || after == 'x';
    case '/': return after == '*';
    case ':': return after == '-' || after <= ' ';
    default: return true;
  }
}

// At a suspect.
bool may_hide_at(std::string_view html, std::size_t at) {
  const auto before = html.substr(0, at);
  const auto rest = html.substr(at);
  switch (html[at]) {
    case 'y':
    case 'Y':
      return ends_with_word(before, "displa") || ends_with_word(before, "opacit") ||
             ends_with_word(before, "visibilit");
    case 'z':
    case 'Z':
      return ends_with_word(before, "font-si") &&
             !(starts_with_word(rest, "ze") && is_readable_size(rest.substr(2)));
    case 'p':
    case 'P': return ends_with_word(before, "cli") || ends_with_word(before, "trans");
    case 'd':
    case 'D': return ends_with_word(before, "hid");  // "hidden"
    case '<': {
      static constexpr auto tags =
          std::to_array<std::string_view>({"<style", "<template", "<datalist", "<xml"});
      return std::ranges::any_of(
          tags, [rest](std::string_view tag) { return starts_with_word(rest, tag); });
    }
    case '&': return !is_harmless_reference(rest);
    case '/': return true;  // a comment may divide a word
    case ':': {
      const auto value = rest.find_first_not_of(" \t\r\n", 1);
      return value != std::string_view::npos && rest[value] == '-';
    }
    default: return !is_harmless_character(rest);
  }
}

}  // namespace

bool may_hide_text(std::string_view html) {
  const auto is_suspect = [](char c) { return suspects[static_cast<unsigned char>(c)]; };
  const auto* const end = html.data() + html.size();
  for (const auto* at = std::find_if(html.data(), end, is_suspect); at != end;
       at = std::find_if(at + 1, end, is_suspect)) {
    const auto place = static_cast<std::size_t>(at - html.data());
    if (is_worth_a_look(html, place) && may_hide_at(html, place)) return true;
  }
  return false;
}

}  // namespace gmail_mcp::mime
