#include "mime/header_block.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/text.h"
#include "mime/encoded_word.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t longest_line = 78;
constexpr std::size_t longest_plain_word = 60;

bool is_control_byte(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }
bool is_printable_ascii(char c) { return c >= ' ' && c <= '~'; }

bool is_plain_character(char c) {
  return is_printable_ascii(c) &&
         std::string_view{" ()<>[]:;@\\,.\""}.find(c) == std::string_view::npos;
}

// Whether the text survives folding at any single blank: it has nothing that looks like an encoded
// word, no runs of blanks that a reader may shorten, and no word too long to fold.
bool can_stay_plain(std::string_view text) {
  if (!std::ranges::all_of(text, is_printable_ascii)) return false;
  if (text.find("=?") != std::string_view::npos) return false;
  return std::ranges::all_of(split(text, ' '), [](const std::string& word) {
    return !word.empty() && word.size() <= longest_plain_word;
  });
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

void HeaderBlock::add_text(std::string_view name, std::string_view text) {
  add_words(name, can_stay_plain(text) ? split(text, ' ') : encode_words(text));
}

void HeaderBlock::add_addresses(std::string_view name, const std::vector<Address>& addresses) {
  std::vector<std::string> words;
  for (const auto& address : addresses) {
    if (!words.empty()) words.back() += ",";
    auto phrase = format_phrase(address.name);
    const bool has_name = !phrase.empty();
    std::ranges::move(phrase, std::back_inserter(words));
    words.push_back(has_name ? "<" + address.email + ">" : address.email);
  }
  if (!words.empty()) add_words(name, words);
}

void HeaderBlock::add_ids(std::string_view name, const std::vector<std::string>& ids) {
  // Some programs do not find an id that is not on the same line as the header's name.
  if (!ids.empty()) add_words(name, ids, FirstWord::stays_on_line);
}

void HeaderBlock::add_words(std::string_view name, const std::vector<std::string>& words,
                            FirstWord first) {
  out_.append(name).append(":");
  auto line = name.size() + 1;
  bool may_fold = first == FirstWord::can_fold;
  for (const auto& word : words) {
    if (may_fold && line + 1 + word.size() > longest_line) {
      out_ += "\r\n";
      line = 0;
    }
    out_.append(" ").append(word);
    line += 1 + word.size();
    may_fold = true;
  }
  out_ += "\r\n";
}

std::vector<std::string> format_phrase(std::string_view name) {
  std::string text = repair_utf8(name);
  std::ranges::replace_if(text, is_control_byte, ' ');
  text = trim(text);
  if (text.empty()) return {};
  if (!can_stay_plain(text)) return encode_words(text);
  const bool is_atoms =
      std::ranges::all_of(text, [](char c) { return c == ' ' || is_plain_character(c); });
  if (is_atoms) return split(text, ' ');
  if (text.size() <= longest_plain_word) return {quote(text)};
  return encode_words(text);
}

}  // namespace gmail_mcp::mime
