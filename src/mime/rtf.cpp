#include "mime/rtf.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"
#include "mime/charset.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t deepest_group = 1'000;

// The state of a group of text.
struct RtfGroup {
  bool is_skipped = false;   // a destination that is not text: fonts, colours, pictures
  bool is_tag = false;       // \*\htmltag: HTML as it is
  bool is_only_rtf = false;  // \htmlrtf: for readers without HTML
  std::size_t fallback = 1;  // characters after \u that replace it in old readers
};

constexpr auto skipped_destinations = std::to_array<std::string_view>(
    {"fonttbl", "colortbl", "stylesheet", "info", "pict", "header", "footer", "headerl", "headerr",
     "footerl", "footerr", "headerf", "footerf", "object", "listtable", "generator", "themedata",
     "fldinst"});

struct RtfSymbol {
  std::string_view word;
  std::string_view text;
};

constexpr auto symbols = std::to_array<RtfSymbol>(
    {{"par", "\n"},    {"line", "\n"},  {"sect", "\n"},     {"page", "\n"},     {"row", "\n"},
     {"cell", "\t"},   {"tab", "\t"},   {"emdash", "—"},    {"endash", "–"},    {"bullet", "•"},
     {"lquote", "‘"},  {"rquote", "’"}, {"ldblquote", "“"}, {"rdblquote", "”"}, {"emspace", " "},
     {"enspace", " "}, {"~", "\u00A0"}, {"_", "-"},         {"{", "{"},         {"}", "}"},
     {"\\", "\\"},     {"\n", "\n"},    {"\r", "\n"}});

bool is_rtf_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class RtfReader {
 public:
  explicit RtfReader(std::string_view rtf) : rtf_{rtf} {}

  RtfText read() {
    while (at_ < rtf_.size()) {
      const char c = rtf_[at_++];
      if (c == '{') {
        open();
      } else if (c == '}') {
        close();
      } else if (c == '\\') {
        read_control();
      } else if (c != '\r' && c != '\n') {
        add_byte(c);
      }
    }
    flush_bytes();
    out_.text = repair_utf8(out_.text);
    return std::move(out_);
  }

 private:
  RtfGroup& group() { return groups_.back(); }

  void open() {
    flush_bytes();
    // Deeper groups are read as part of the one around them.
    if (groups_.size() < deepest_group) {
      groups_.push_back(groups_.back());
    } else {
      ++too_deep_;
    }
  }

  void close() {
    flush_bytes();
    if (too_deep_ > 0) {
      --too_deep_;
    } else if (groups_.size() > 1) {
      groups_.pop_back();
    }
  }

  void read_control() {
    if (at_ == rtf_.size()) return;
    const char first = rtf_[at_];
    if (first == '\'') return read_byte();
    if (!is_rtf_letter(first)) {
      ++at_;
      if (first == '*') {
        is_starred_ = true;
      } else {
        apply(std::string_view{&first, 1}, std::nullopt);
      }
      return;
    }
    const auto begin = at_;
    while (at_ < rtf_.size() && is_rtf_letter(rtf_[at_])) ++at_;
    const auto word = rtf_.substr(begin, at_ - begin);
    std::optional<int> number;
    int value = 0;
    const auto* const end = rtf_.data() + rtf_.size();
    const auto [stop, failed] = std::from_chars(rtf_.data() + at_, end, value);
    if (stop != rtf_.data() + at_ && failed != std::errc::invalid_argument) {
      number = value;
      at_ = static_cast<std::size_t>(stop - rtf_.data());
    }
    if (at_ < rtf_.size() && rtf_[at_] == ' ') ++at_;
    apply(word, number);
  }

  // \'e4: a byte of the document's code page.
  void read_byte() {
    const auto byte = at_ + 2 < rtf_.size() ? from_hex(rtf_.substr(at_ + 1, 2)) : std::nullopt;
    at_ = std::min(at_ + 3, rtf_.size());
    if (byte && byte->size() == 1) add_byte(byte->front());
  }

  void apply(std::string_view word, std::optional<int> number) {
    const bool is_starred = std::exchange(is_starred_, false);
    if (word == "u") return add_unicode(number.value_or(0));
    if (word == "bin") {
      flush_bytes();
      at_ = std::min(at_ + static_cast<std::size_t>(std::max(number.value_or(0), 0)), rtf_.size());
    } else if (word == "uc") {
      group().fallback = static_cast<std::size_t>(std::clamp(number.value_or(1), 0, 16));
    } else if (word == "ansicpg") {
      charset_ = "cp" + std::to_string(number.value_or(1252));
    } else if (word == "fromhtml") {
      out_.is_html = number.value_or(1) != 0;
    } else if (word == "htmltag") {
      group().is_tag = true;
      group().is_only_rtf = false;
    } else if (word == "htmlrtf") {
      flush_bytes();
      group().is_only_rtf = number.value_or(1) != 0;
    } else if (is_starred ||
               std::ranges::find(skipped_destinations, word) != skipped_destinations.end()) {
      group().is_skipped = true;
    } else {
      const auto* symbol = std::ranges::find(symbols, word, &RtfSymbol::word);
      if (symbol != symbols.end()) add_text(symbol->text);
    }
  }

  bool is_shown() {
    const auto& now = group();
    return !now.is_skipped && !(out_.is_html && now.is_only_rtf);
  }

  void add_byte(char c) {
    is_starred_ = false;
    if (to_skip_ > 0) {
      --to_skip_;
    } else if (is_shown()) {
      bytes_ += c;
    }
  }

  void add_text(std::string_view text) {
    flush_bytes();
    if (is_shown()) out_.text += text;
  }

  // As UTF-16: two of them may be one character.
  void add_unicode(int number) {
    flush_bytes();
    to_skip_ = group().fallback;
    if (!is_shown()) return;
    const auto unit = static_cast<std::uint32_t>(number) & 0xFFFFU;
    const bool is_high = unit >= 0xD800 && unit < 0xDC00;
    const bool is_low = unit >= 0xDC00 && unit < 0xE000;
    if (is_low && high_ != 0) {
      append_utf8(out_.text, 0x10000 + ((high_ - 0xD800) << 10U) + (unit - 0xDC00));
    } else if (!is_high && !is_low && unit != 0) {
      append_utf8(out_.text, unit);
    }
    high_ = is_high ? unit : 0;
  }

  void flush_bytes() {
    to_skip_ = 0;
    if (bytes_.empty()) return;
    out_.text += text_to_utf8(bytes_, charset_);
    bytes_.clear();
  }

  std::string_view rtf_;
  std::size_t at_ = 0;
  std::vector<RtfGroup> groups_ = {RtfGroup{}};
  std::size_t too_deep_ = 0;
  bool is_starred_ = false;
  std::size_t to_skip_ = 0;  // replacement characters of the \u before them
  std::uint32_t high_ = 0;   // the first half of a pair
  std::string charset_ = "cp1252";
  std::string bytes_;  // in charset_
  RtfText out_;
};

// MS-OXRTFCP §2.2.2: the initial contents of the dictionary.
constexpr std::string_view first_dictionary =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss "
    "\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
    "{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
constexpr std::size_t dictionary_size = 4096;
constexpr std::size_t rtf_header_size = 16;

// May return a little more than `most` bytes, because the last run is not cut.
std::string undo_lzfu(std::string_view content, std::size_t most) {
  std::array<char, dictionary_size> dictionary{};
  std::ranges::copy(first_dictionary, dictionary.begin());
  std::size_t write = first_dictionary.size();
  std::string out;
  const auto add = [&](char c) {
    out += c;
    dictionary[write] = c;
    write = (write + 1) % dictionary_size;
  };
  std::size_t at = 0;
  while (at < content.size() && out.size() < most) {
    const auto flags = static_cast<unsigned char>(content[at++]);
    for (unsigned bit = 0; bit < 8 && at < content.size() && out.size() < most; ++bit) {
      if ((flags >> bit & 1U) == 0) {
        add(content[at++]);
        continue;
      }
      if (at + 2 > content.size()) return out;
      const auto high = static_cast<unsigned char>(content[at]);
      const auto low = static_cast<unsigned char>(content[at + 1]);
      at += 2;
      const std::size_t from = (std::size_t{high} << 4U) | (low >> 4U);
      if (from == write) return out;  // the end
      const std::size_t length = (low & 0x0FU) + 2U;
      for (std::size_t i = 0; i < length; ++i) add(dictionary[(from + i) % dictionary_size]);
    }
  }
  return out;
}

}  // namespace

RtfText read_rtf(std::string_view rtf) { return RtfReader{rtf}.read(); }

std::string decompress_rtf(std::string_view compressed, std::size_t most) {
  if (compressed.size() < rtf_header_size) return {};
  const auto kind = compressed.substr(8, 4);
  const auto content = compressed.substr(rtf_header_size);
  if (kind == "MELA") return std::string{content.substr(0, most)};
  if (kind != "LZFu") return {};
  auto rtf = undo_lzfu(content, most);
  rtf.resize(std::min(rtf.size(), most));
  return rtf;
}

}  // namespace gmail_mcp::mime
