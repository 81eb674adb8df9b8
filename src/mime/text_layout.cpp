#include "mime/text_layout.h"

#include <algorithm>
#include <utility>

#include "base/eight_bytes.h"
#include "base/invisible.h"
#include "base/sixteen_bytes.h"
#include "base/utf8.h"

namespace gmail_mcp::mime {

namespace {

// Deeper quotations and lists look like this depth, because the prefix is repeated on every line
// and must be bounded.
constexpr std::size_t deepest_prefix = 8;

// A variation selector and a joiner.
constexpr std::size_t most_shaping = 2;

// The character at the front of well-formed UTF-8.
std::string_view first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return text.substr(0, size);
}

char32_t code_of(std::string_view character) {
  if (character.size() == 1) return static_cast<unsigned char>(character.front());
  char32_t code = static_cast<unsigned char>(character.front()) & (0x7FU >> character.size());
  for (const char c : character.substr(1))
    code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

bool is_graphic_ascii(char c) { return c > ' ' && c < '\x7F'; }

// How many bytes at the front are words of printable ASCII with single blanks between them: such a
// run is laid out as it is. It ends with a word.
std::size_t words_prefix(std::string_view text) {
  using sixteen_bytes::Bytes;
  const auto is_no_letter = [](Bytes bytes) {
    return bytes.below_or_beyond_ascii('!') | bytes.equal_to('\x7F');
  };
  const auto* const data = text.data();
  if (text.empty() || !is_graphic_ascii(data[0])) return 0;
  std::size_t at = 1;
  for (; text.size() - at > sixteen_bytes::size; at += sixteen_bytes::size) {
    const auto here = Bytes::load(data + at);
    const auto blank = here.equal_to(' ').mask();
    const auto before_others = is_no_letter(Bytes::load(data + at + 1)).mask();
    const auto ends = is_no_letter(here).mask() & ~(blank & ~before_others);
    if (ends != 0) return at + sixteen_bytes::first_of(ends);
  }
  const auto is_part = [&](std::size_t i) { return i < text.size() && is_graphic_ascii(data[i]); };
  while (is_part(at) || (at < text.size() && data[at] == ' ' && is_part(at + 1))) ++at;
  return at;
}

bool is_blank(char32_t code) {
  return code <= 0x20 || code == 0x7F || (code >= 0x80 && code <= 0xA0) ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

}  // namespace

void TextLayout::add(std::string_view text) {
  bool can_be_shaped = false;
  std::size_t shaping = 0;  // characters that shape the one before them
  while (!text.empty()) {
    if (const auto words = is_kept_ ? words_prefix(text) : ascii_prefix(text); words > 0) {
      write(text.substr(0, words));
      text.remove_prefix(words);
      can_be_shaped = false;
      shaping = 0;
      continue;
    }
    const auto character = first_character(text);
    text.remove_prefix(character.size());
    const auto code = code_of(character);
    const bool has_partner = can_be_shaped && shaping < most_shaping;
    if (is_blank(code)) {
      space();
      can_be_shaped = false;
    } else if (is_always_invisible(code) || (is_shaping(code) && !has_partner)) {
      ++dropped_;
    } else if (is_shaping(code)) {
      write(character);
      ++shaping;
    } else {
      write(character);
      can_be_shaped = code > 0xA8;
      shaping = 0;
    }
  }
}

void TextLayout::add_preformatted(std::string_view text) {
  while (!text.empty()) {
    if (text.front() == '\n' || text.front() == '\r') {
      if (text.front() == '\n') break_line();
      text.remove_prefix(1);
      continue;
    }
    if (const auto line = is_kept_ ? printable_ascii_prefix(text) : ascii_prefix(text); line > 0) {
      write(text.substr(0, line));
      text.remove_prefix(line);
      continue;
    }
    const auto character = first_character(text);
    text.remove_prefix(character.size());
    const auto code = code_of(character);
    if (is_always_invisible(code)) {
      ++dropped_;
    } else {
      write(is_blank(code) && code != '\t' ? " " : character);
    }
  }
}

void TextLayout::append_note(std::string_view note) {
  if (is_kept_) out_ += note;
}

void TextLayout::break_line() {
  if (has_marker_) return;
  breaks_due_ = std::min<std::size_t>(breaks_due_ + 1, 2);
}

void TextLayout::start_line() {
  if (has_marker_) return;
  breaks_due_ = std::max<std::size_t>(breaks_due_, 1);
}

void TextLayout::start_paragraph() {
  if (has_marker_) return;
  breaks_due_ = 2;
}

void TextLayout::begin_quote() {
  start_paragraph();
  ++quotes_;
}

void TextLayout::end_quote() {
  start_paragraph();
  if (quotes_ > 0) --quotes_;
}

void TextLayout::begin_list() {
  // A list within an item continues it; others are set apart.
  if (lists_ > 0) {
    has_marker_ = false;
    start_line();
  } else {
    start_paragraph();
  }
  ++lists_;
}

void TextLayout::end_list() {
  has_marker_ = false;
  if (lists_ > 0) --lists_;
  if (lists_ > 0) {
    start_line();
  } else {
    start_paragraph();
  }
}

void TextLayout::begin_item(std::string marker) {
  has_marker_ = false;
  start_line();
  marker_ = std::move(marker);
  has_marker_ = true;
}

void TextLayout::end_item() {
  has_marker_ = false;
  start_line();
}

void TextLayout::write(std::string_view text) {
  if (!is_kept_) return;
  const bool starts_line = out_.empty() || breaks_due_ > 0;
  if (starts_line) {
    begin_line();
  } else if (is_space_due_ && text.front() != ' ' && !out_.ends_with(' ')) {
    out_ += ' ';
  }
  is_space_due_ = false;
  out_ += text;
}

void TextLayout::begin_line() {
  for (; !out_.empty() && breaks_due_ > 0; --breaks_due_) out_ += '\n';
  breaks_due_ = 0;
  if (quotes_ == 0 && lists_ == 0 && !has_marker_) return;
  const auto quotes = std::min(quotes_, deepest_prefix);
  const auto indent = 2 * std::min(lists_ - std::min<std::size_t>(lists_, 1), deepest_prefix);
  for (std::size_t i = 0; i < quotes; ++i) out_ += "> ";
  out_.append(indent, ' ');
  if (std::exchange(has_marker_, false)) {
    out_ += marker_;
  } else if (lists_ > 0) {
    out_ += "  ";
  }
}

std::size_t count_visible(std::string_view text, std::size_t enough) {
  using namespace eight_bytes;
  std::size_t visible = 0;
  std::size_t at = 0;
  while (at < text.size() && visible < enough) {
    if (text.size() - at >= size) {
      const auto bytes = load(text.data() + at);
      if (beyond_ascii(bytes) == 0) {
        visible += count(at_least(bytes, '!') & ~at_least(bytes, 0x7F));
        at += size;
        continue;
      }
    }
    const auto character = first_character(text.substr(at));
    at += character.size();
    if (!is_blank(code_of(character))) ++visible;
  }
  return visible;
}

}  // namespace gmail_mcp::mime
