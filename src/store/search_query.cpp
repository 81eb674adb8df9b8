#include "store/search_query.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace gmail_mcp::store {

namespace {

constexpr std::size_t most_bytes = 1024;
constexpr std::size_t most_terms = 32;
constexpr std::size_t shortest_beginning = 2;  // letters: the index answers for these quickly

struct Range {
  std::uint32_t first, last;
};

// Written without blanks between words: Hangul is not, but its words take endings, so that whoever
// looks for the stem would not find them.
constexpr Range unbroken[] = {
    {0x1100, 0x11FF}, {0x2E80, 0x2FDF}, {0x3005, 0x3007}, {0x3021, 0x3029},   {0x3040, 0x318F},
    {0x31A0, 0x31BF}, {0x31F0, 0x31FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7FF}, {0xF900, 0xFAFF}, {0xFF66, 0xFF9D}, {0x20000, 0x3FFFF},
};

bool is_unbroken(std::uint32_t code) {
  return std::any_of(std::begin(unbroken), std::end(unbroken),
                     [code](Range range) { return code >= range.first && code <= range.last; });
}

struct Character {
  std::uint32_t code = 0;
  std::size_t size = 1;  // bytes
};

// A byte that begins no well-formed character stands for itself.
Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t lead = byte(at);
  const std::size_t size = lead < 0xC2   ? 1
                           : lead < 0xE0 ? 2
                           : lead < 0xF0 ? 3
                           : lead < 0xF5 ? 4
                                         : 1;
  if (size == 1 || at + size > text.size()) return {lead, 1};
  std::uint32_t code = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return {lead, 1};
    code = code << 6U | (byte(at + i) & 0x3FU);
  }
  return {code, size};
}

bool is_ascii_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

// Nothing that an index could take for an operator is left: letters, digits, blanks.
std::string words_of(std::string_view text) {
  std::string words;
  for (const char c : text) {
    if (is_ascii_word(c) || is_beyond_ascii(c)) {
      words += c;
    } else if (!words.empty() && words.back() != ' ') {
      words += ' ';
    }
  }
  if (!words.empty() && words.back() == ' ') words.pop_back();
  return words;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_{text} {}

  Result<SearchQuery> read() {
    SearchQuery query;
    while (skip_blanks()) {
      bool excluded = false;
      if (text_[at_] == '-' && at_ + 1 < text_.size() && !is_blank(text_[at_ + 1])) {
        excluded = true;
        ++at_;
      }
      auto term = text_[at_] == '"' ? phrase() : word();
      if (term.text.empty()) continue;
      if (auto fault = judge_beginning(term)) return *fault;
      (excluded ? query.excluded : query.terms).push_back(std::move(term));
    }
    if (query.terms.size() + query.excluded.size() > most_terms) {
      return Error{Errc::invalid_argument, "The query has more than 32 words.",
                   "Look for fewer words."};
    }
    if (query.terms.empty()) {
      return Error{
          Errc::invalid_argument, "The query has no word to look for.",
          "Give words, a \"phrase\" in double quotes, a beginning*, and -word for what must "
          "not be there."};
    }
    return query;
  }

 private:
  bool skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ < text_.size();
  }

  SearchQuery::Term phrase() {
    const auto begin = ++at_;
    const auto end = std::min(text_.find('"', begin), text_.size());
    at_ = std::min(end + 1, text_.size());
    SearchQuery::Term term{.text = words_of(text_.substr(begin, end - begin))};
    if (at_ < text_.size() && text_[at_] == '*') {
      term.is_prefix = true;
      ++at_;
    }
    return term;
  }

  SearchQuery::Term word() {
    const auto begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '"') ++at_;
    const auto word = text_.substr(begin, at_ - begin);
    return {.text = words_of(word), .is_prefix = word.ends_with('*')};
  }

  static std::optional<Error> judge_beginning(SearchQuery::Term& term) {
    if (!term.is_prefix) return std::nullopt;
    const std::string_view text = term.text;
    const auto last = text.substr(text.rfind(' ') + 1);
    // A character of those is a word by itself.
    std::size_t letters = 0;
    bool last_is_unbroken = false;
    for (std::size_t at = 0; at < last.size();) {
      const auto character = character_at(last, at);
      last_is_unbroken = is_unbroken(character.code);
      letters = last_is_unbroken ? 0 : letters + 1;
      at += character.size;
    }
    if (last_is_unbroken) {
      term.is_prefix = false;
    } else if (letters < shortest_beginning) {
      return Error{Errc::invalid_argument, "A beginning* needs at least two letters.",
                   "Give more of the word."};
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<SearchQuery> parse_search(std::string_view text) {
  if (text.size() > most_bytes) {
    return Error{Errc::invalid_argument, "The query is longer than 1024 bytes.",
                 "Look for fewer words."};
  }
  return Reader{text}.read();
}

bool needs_word_breaks(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    // Nothing of it begins with a smaller byte, and most text has none.
    if (static_cast<unsigned char>(text[at]) < 0xE1) {
      ++at;
      continue;
    }
    const auto character = character_at(text, at);
    if (is_unbroken(character.code)) return true;
    at += character.size;
  }
  return false;
}

std::string with_word_breaks(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 3);
  bool after_unbroken = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = character_at(text, at);
    const bool here = is_unbroken(character.code);
    if ((here || after_unbroken) && !out.empty()) out += ' ';
    out += text.substr(at, character.size);
    after_unbroken = here;
    at += character.size;
  }
  return out;
}

}  // namespace gmail_mcp::store
