// Header text of a mail: charsets, encoded words, addresses (declared in rfc822.h).
#include <iconv.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "crypto/base64.h"
#include "sandbox/rfc822.h"

namespace gmail_mcp::sandbox {

namespace {

std::string latin1_to_utf8(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

// An iconv descriptor, closed with its scope.
class Converter {
 public:
  explicit Converter(const std::string& charset)
      : handle_{iconv_open("UTF-8//TRANSLIT", charset.c_str())} {}
  ~Converter() {
    if (known()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool known() const { return reinterpret_cast<std::intptr_t>(handle_) != -1; }

  std::string convert(std::string_view bytes) {
    std::string input{bytes};
    char* from = input.data();
    std::size_t from_left = input.size();
    std::string out;
    std::array<char, 4096> buffer{};
    while (from_left > 0) {
      char* to = buffer.data();
      std::size_t to_left = buffer.size();
      const auto result = iconv(handle_, &from, &from_left, &to, &to_left);
      out.append(buffer.data(), buffer.size() - to_left);
      if (result != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
      if (from_left == 0) break;
      out += "\xEF\xBF\xBD";  // each unreadable byte becomes U+FFFD
      ++from;
      --from_left;
    }
    return out;
  }

 private:
  iconv_t handle_;
};

std::string decode_q(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      out += ' ';
    } else if (text[i] == '=' && i + 2 < text.size() && from_hex(text.substr(i + 1, 2))) {
      out += *from_hex(text.substr(i + 1, 2));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The charset that is meant by the declared one: Google reads charsets as browsers do.
std::string charset_meant(std::string_view declared) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 8> meant{
      {{"iso-8859-1", "CP1252"},
       {"latin1", "CP1252"},
       {"gb2312", "GB18030"},
       {"gbk", "GB18030"},
       {"shift_jis", "CP932"},
       {"euc-kr", "UHC"},
       {"ks_c_5601-1987", "UHC"},
       {"iso-8859-8-i", "ISO-8859-8"}}};
  // RFC 2231 §5: a language may follow the charset.
  const auto name = declared.substr(0, declared.find('*'));
  for (const auto& [label, superset] : meant) {
    if (equals_ignoring_case(label, name)) return superset;
  }
  return std::string{name};
}

}  // namespace

bool knows_charset(std::string_view charset) {
  return !charset.empty() && Converter{charset_meant(charset)}.known();
}

namespace {

struct EncodedWord {
  std::string charset;
  std::string bytes;
  std::size_t length = 0;  // of its text; 0: not an encoded word
};

// "=?utf-8?B?…?=" at the front of `text`.
EncodedWord encoded_word(std::string_view text) {
  if (!text.starts_with("=?")) return {};
  const auto first = text.find('?', 2);
  if (first == std::string_view::npos || first + 2 >= text.size() || text[first + 2] != '?') {
    return {};
  }
  const auto stop = text.find("?=", first + 3);
  if (stop == std::string_view::npos) return {};
  const auto body = text.substr(first + 3, stop - first - 3);
  EncodedWord word;
  word.charset = text.substr(2, first - 2);
  if (!knows_charset(word.charset)) return {};
  const char kind = text[first + 1];
  if (kind == 'B' || kind == 'b') {
    const auto bytes = crypto::base64_decode(body);
    if (!bytes) return {};
    word.bytes = *bytes;
  } else if (kind == 'Q' || kind == 'q') {
    word.bytes = decode_q(body);
  } else {
    return {};
  }
  word.length = stop + 2;
  return word;
}

}  // namespace

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  const bool ours = charset.empty() || equals_ignoring_case(charset, "utf-8") ||
                    equals_ignoring_case(charset, "us-ascii");
  if (ours) return is_valid_utf8(bytes) ? std::string{bytes} : repair_utf8(bytes);
  Converter converter{charset_meant(charset)};
  return converter.known() ? converter.convert(bytes) : latin1_to_utf8(bytes);
}

std::string decode_words(std::string_view value) {
  if (value.find("=?") == std::string_view::npos) return std::string{value};
  std::string out;
  // Neighbouring words in one charset are joined as bytes, because a character may be split between
  // them.
  std::string pending;
  std::string pending_charset;
  const auto flush = [&] {
    out += to_utf8(pending, pending_charset);
    pending.clear();
  };
  std::size_t at = 0;
  while (at < value.size()) {
    auto word = encoded_word(value.substr(at));
    if (word.length == 0) {
      flush();
      out += value[at++];
      continue;
    }
    if (!equals_ignoring_case(word.charset, pending_charset)) flush();
    pending_charset = std::move(word.charset);
    pending += word.bytes;
    at += word.length;
    // White space between two encoded words is not text (RFC 2047 §6.2).
    const auto next = value.find_first_not_of(" \t", at);
    if (next != std::string_view::npos && encoded_word(value.substr(next)).length > 0) at = next;
  }
  flush();
  return is_valid_utf8(out) ? out : repair_utf8(out);
}

std::vector<Address> parse_addresses(std::string_view value) {
  std::vector<Address> found;
  std::string name;     // words before the angle bracket
  std::string bracket;  // what is inside it
  bool in_bracket = false;
  bool has_bracket = false;
  const auto finish = [&] {
    auto text = decode_words(trim(name));
    if (has_bracket) {
      found.push_back(Address{std::move(text), std::string{trim(bracket)}});
    } else if (text.find('@') != std::string::npos) {
      found.push_back(Address{"", std::move(text)});
    }
    name.clear();
    bracket.clear();
    in_bracket = has_bracket = false;
  };
  int comment = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (comment > 0 || (c == '(' && !in_bracket)) {
      if (c == '(') ++comment;
      if (c == ')') --comment;
    } else if (c == '"' && !in_bracket) {
      for (++i; i < value.size() && value[i] != '"'; ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        name += value[i];
      }
    } else if (c == '<') {
      in_bracket = has_bracket = true;
    } else if (c == '>') {
      in_bracket = false;
    } else if (in_bracket) {
      bracket += c;
    } else if (c == ',' || c == ';') {
      finish();
    } else if (c == ':') {
      name.clear();  // the name of a group
    } else {
      name += c;
    }
  }
  finish();
  return found;
}

}  // namespace gmail_mcp::sandbox
