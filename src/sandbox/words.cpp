#include "sandbox/words.h"

#include <array>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"

namespace gmail_mcp::sandbox {

namespace {

// Reads the character at `at` and moves `at` past it. Each byte that is not UTF-8 counts as one.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  char32_t value = more == 0 ? lead : lead & (0x3Fu >> more);
  for (int i = 0; i < more && at < text.size(); ++i) {
    value = (value << 6) | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
  }
  return value;
}

// For the scripts most mail is written in; other characters stay as they are.
char32_t lower(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if (c < 0x80) return c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) return c | 1;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + (c & 1);
  if (c >= 0x391 && c <= 0x3A9) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

bool separates(char32_t c) {
  if (c < 0x80)
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
  return c < 0xC0 || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x206F) ||
         (c >= 0x3000 && c <= 0x303F) || (c >= 0xFF00 && c <= 0xFF0F);
}

bool stands_alone(char32_t c) { return c >= 0x2E80; }

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> entities{{{"amp", "&"},
                                                                                 {"lt", "<"},
                                                                                 {"gt", ">"},
                                                                                 {"quot", "\""},
                                                                                 {"#39", "'"},
                                                                                 {"apos", "'"},
                                                                                 {"nbsp", " "},
                                                                                 {"euro", "€"}}};

}  // namespace

std::string words_of(std::string_view text) {
  std::string out = " ";
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = next_character(text, at);
    if (separates(c)) {
      if (out.back() != ' ') out += ' ';
    } else if (stands_alone(c)) {
      if (out.back() != ' ') out += ' ';
      append_utf8(out, c);
      out += ' ';
    } else {
      append_utf8(out, lower(c));
    }
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

bool contains_words(std::string_view text, std::string_view phrase) {
  return phrase.size() <= 1 || text.find(phrase) != std::string_view::npos;
}

std::string text_of_html(std::string_view html) {
  std::string out;
  std::size_t at = 0;
  while (at < html.size()) {
    if (html[at] == '<') {
      const auto tag = to_lower_ascii(html.substr(at, 8));
      std::string_view until = ">";
      if (tag.starts_with("<!--")) until = "-->";
      if (tag.starts_with("<script")) until = "</script>";
      if (tag.starts_with("<style")) until = "</style>";
      const auto stop = html.find(until, at);
      at = stop == std::string_view::npos ? html.size() : stop + until.size();
      out += ' ';
      continue;
    }
    if (html[at] == '&') {
      const auto semicolon = html.find(';', at);
      if (semicolon != std::string_view::npos && semicolon - at < 8) {
        const auto name = html.substr(at + 1, semicolon - at - 1);
        std::string_view meaning = " ";
        for (const auto& [entity, value] : entities) {
          if (entity == name) meaning = value;
        }
        out += meaning;
        at = semicolon + 1;
        continue;
      }
    }
    out += html[at++];
  }
  return out;
}

std::string snippet_of(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) line += c;
    if (blank && !line.empty() && line.back() != ' ') line += ' ';
    if (line.size() > 800) break;
  }
  return escape_html(trim(utf8_prefix(line, 200)));
}

}  // namespace gmail_mcp::sandbox
