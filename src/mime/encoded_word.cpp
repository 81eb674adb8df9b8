#include "mime/encoded_word.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/base64.h"
#include "mime/transfer.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t longest_charset = 64;

bool is_charset_character(char c) { return c > ' ' && c < '\x7F' && c != '=' && c != '?'; }

// RFC 2047 §4.2: quoted-printable where "_" is a blank.
std::string decode_q(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte =
        text[i] == '=' && i + 2 < text.size() ? from_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (byte) {
      out += *byte;
      i += 2;
    } else {
      out += text[i] == '_' ? ' ' : text[i];
    }
  }
  return out;
}

constexpr std::string_view base64_opening = "=?utf-8?B?";
constexpr std::string_view q_opening = "=?utf-8?Q?";
constexpr std::string_view closing = "?=";
constexpr std::size_t longest_word = 60;  // RFC 2047 §2 allows 75, but the header's name needs room
constexpr std::size_t longest_text = longest_word - base64_opening.size() - closing.size();

// The characters that need no encoding even in a display name (RFC 2047 §5 (3)).
bool is_plain_q(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::string encode_q(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out += '_';
    } else if (is_plain_q(c)) {
      out += c;
    } else {
      out += '=';
      for (const char digit : to_hex(std::string_view{&c, 1})) {
        out += digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
      }
    }
  }
  return out;
}

}  // namespace

std::optional<EncodedWord> EncodedWordReader::read(std::size_t at) {
  if (no_end_) return std::nullopt;
  const auto rest = header_.substr(at);
  if (!rest.starts_with("=?")) return std::nullopt;

  std::size_t charset_end = 2;
  while (charset_end < rest.size() && is_charset_character(rest[charset_end])) {
    if (++charset_end > longest_charset) return std::nullopt;
  }
  const auto opening = rest.substr(charset_end, 3);  // ?B? or ?Q?
  if (charset_end == 2 || opening.size() < 3 || opening[0] != '?' || opening[2] != '?') {
    return std::nullopt;
  }
  const bool is_base64 = opening[1] == 'B' || opening[1] == 'b';
  if (!is_base64 && opening[1] != 'Q' && opening[1] != 'q') return std::nullopt;

  const auto text_begin = charset_end + 3;
  const auto text_end = rest.find("?=", text_begin);
  if (text_end == std::string_view::npos) {
    no_end_ = true;
    return std::nullopt;
  }
  auto charset = rest.substr(2, charset_end - 2);
  charset = charset.substr(0, charset.find('*'));
  return EncodedWord{.charset = charset,
                     .is_base64 = is_base64,
                     .text = rest.substr(text_begin, text_end - text_begin),
                     .size = text_end + 2};
}

std::string decode_bytes(const EncodedWord& word) {
  return word.is_base64 ? decode_transfer("base64", word.text) : decode_q(word.text);
}

std::vector<std::string> encode_words(std::string_view text) {
  const auto plain = static_cast<std::size_t>(std::ranges::count_if(text, is_plain_q));
  // Three characters for each byte that is not plain, or four for every three bytes.
  const bool is_base64 = (text.size() - plain) * 5 > text.size();
  // The largest number of bytes whose encoding certainly fits.
  const auto step = is_base64 ? longest_text / 4 * 3 : longest_text / 3;

  std::vector<std::string> words;
  while (!text.empty()) {
    const auto bytes = utf8_prefix(text, step);
    text.remove_prefix(bytes.size());
    std::string word{is_base64 ? base64_opening : q_opening};
    word += is_base64 ? crypto::base64_encode(bytes) : encode_q(bytes);
    words.push_back(word.append(closing));
  }
  return words;
}

}  // namespace gmail_mcp::mime
