#include "store/sql/search_words.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <vector>

#include "base/text.h"

namespace gmail_mcp::store {

namespace {

// Of PostgreSQL: 16,383 is the place of everything behind it, and at 256 places of a word the
// others are left out without a word. A lexeme has at most 2,046 bytes.
constexpr std::size_t last_place = 16'382;
constexpr std::size_t most_places_of_a_word = 255;
constexpr std::size_t longest_word = 2'000;
// 1,048,575 are allowed.
constexpr std::size_t most_bytes_of_words = 1'000'000;
constexpr std::size_t bytes_of_a_word = 4;  // beside its letters: alignment and the count of places
constexpr std::size_t bytes_of_a_place = 2;

// The words that no text has.
constexpr char account_mark = '~';
constexpr char subject_mark = ':';
constexpr std::string_view is_long = "+";

// The marks above, below and through letters that FTS5 leaves out.
constexpr utf8proc_int32_t accents[] = {
    0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x309, 0x30A, 0x30B, 0x30C, 0x30F,
    0x311, 0x31B, 0x323, 0x324, 0x325, 0x326, 0x327, 0x328, 0x32D, 0x32E, 0x330, 0x331};

struct Signs {
  utf8proc_int32_t first, last;
};
// To FTS5, whose tables are those of Unicode 6.1, what came later is a letter. These are signs,
// some of them frequent: currencies, newer emoji, and the marks around text that runs the other
// way.
constexpr Signs later_signs[] = {
    {0x2066, 0x2069},   {0x20BA, 0x20C0},   {0x218A, 0x218B},   {0x23F4, 0x23FF},
    {0x2700, 0x2700},   {0x2B4D, 0x2B4F},   {0x2B5A, 0x2BFF},   {0x2E3C, 0x2E5D},
    {0x1F0BF, 0x1F0BF}, {0x1F0E0, 0x1F10F}, {0x1F12F, 0x1F12F}, {0x1F16C, 0x1F16F},
    {0x1F19B, 0x1F1AD}, {0x1F23B, 0x1F23B}, {0x1F260, 0x1F265}, {0x1F321, 0x1F32F},
    {0x1F336, 0x1F336}, {0x1F37D, 0x1F37F}, {0x1F394, 0x1F39F}, {0x1F3C5, 0x1F3C5},
    {0x1F3CB, 0x1F3DF}, {0x1F3F1, 0x1F3FF}, {0x1F43F, 0x1F43F}, {0x1F441, 0x1F441},
    {0x1F4F8, 0x1F4F8}, {0x1F4FD, 0x1F4FF}, {0x1F53E, 0x1F53F}, {0x1F544, 0x1F54F},
    {0x1F568, 0x1F5FA}, {0x1F641, 0x1F644}, {0x1F650, 0x1F67F}, {0x1F6C6, 0x1F6FC},
    {0x1F780, 0x1FBCA}};

bool is_accent(utf8proc_int32_t code) {
  return code >= accents[0] &&
         std::find(std::begin(accents), std::end(accents), code) != std::end(accents);
}

bool is_of_a_word(utf8proc_int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_CO: return true;
    case UTF8PROC_CATEGORY_CN: return code < 0xFFFE || code > 0xFFFF;
    default: break;
  }
  return std::any_of(std::begin(later_signs), std::end(later_signs), [code](const Signs& signs) {
    return code >= signs.first && code <= signs.last;
  });
}

// Folds the case of one character into one, so that ß stays itself, and takes the accents from
// Latin letters.
utf8proc_int32_t folded(utf8proc_int32_t code) {
  constexpr utf8proc_int32_t a_with_dot_and_macron = 0x1E1;  // FTS5's table does not have it
  std::array<utf8proc_int32_t, 8> parts{};
  int boundary = 0;
  auto count =
      utf8proc_decompose_char(code, parts.data(), parts.size(), UTF8PROC_CASEFOLD, &boundary);
  const auto lower = count == 1 ? parts[0] : utf8proc_tolower(code);
  const bool may_be_latin = lower < 0x250 || (lower >= 0x1E00 && lower < 0x1F00);
  if (!may_be_latin || lower == a_with_dot_and_macron) return lower;
  count = utf8proc_decompose_char(lower, parts.data(), parts.size(), UTF8PROC_DECOMPOSE, &boundary);
  return count > 1 && parts[0] < 0x80 ? utf8proc_tolower(parts[0]) : lower;
}

// Whole words only, so that a word never makes the text of a tsvector or a tsquery end early: in
// them are letters, digits and signs, but no quotes.
class TsvectorText {
 public:
  void add(std::string_view word, std::size_t place) {
    auto at = places_.find(word);
    const auto more =
        bytes_of_a_place + (at == places_.end() ? word.size() + bytes_of_a_word : std::size_t{0});
    if (bytes_ + more > most_bytes_of_words) {
      is_long_ = true;
      return;
    }
    if (at == places_.end()) at = places_.emplace(word, std::vector<std::size_t>{}).first;
    bytes_ += more;
    if (place == 0) return;
    if (place > last_place || at->second.size() >= most_places_of_a_word) {
      is_long_ = true;
      bytes_ -= bytes_of_a_place;
      return;
    }
    at->second.push_back(place);
  }

  std::string text() {
    if (is_long_) places_.emplace(is_long, std::vector<std::size_t>{});
    std::string out;
    for (const auto& [word, places] : places_) {
      out += out.empty() ? "'" : " '";
      out += word;
      out += '\'';
      char before = ':';
      for (const auto place : places) {
        out += before;
        out += std::to_string(place);
        before = ',';
      }
    }
    return out;
  }

 private:
  // Not by a hash of them, because strangers choose the words.
  std::map<std::string, std::vector<std::size_t>, std::less<>> places_;
  std::size_t bytes_ = 0;
  bool is_long_ = false;
};

std::vector<std::string> words_of_term(std::string_view text) {
  std::vector<std::string> words;
  const auto broken = with_word_breaks(text);
  SearchWords reader{broken};
  while (const auto word = reader.next()) words.emplace_back(*word);
  return words;
}

// "" for a term without words.
std::string to_tsquery(const SearchQuery::Term& term) {
  const auto words = words_of_term(term.text);
  const auto joined = [&](std::string_view by) {
    std::string all;
    for (const auto& word : words) {
      if (!all.empty()) all += by;
      all += '\'';
      if (term.in_subject) all += subject_mark;
      all += word;
      all += '\'';
    }
    if (term.is_prefix) all += ":*";
    return all;
  };
  if (words.empty()) return {};
  if (words.size() == 1) return joined(" ");
  return "((" + joined(" <-> ") + ") | ('" + std::string{is_long} + "' & " + joined(" & ") + "))";
}

}  // namespace

std::optional<std::string_view> SearchWords::next() {
  word_.clear();
  const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(text_.data());
  bool is_in_word = false;
  while (at_ < text_.size()) {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    utf8proc_int32_t code = byte;
    utf8proc_ssize_t size = 1;
    bool belongs = false;
    if (byte < 0x80) {
      belongs = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
      if (byte >= 'A' && byte <= 'Z') {
        code += 'a' - 'A';
        belongs = true;
      }
    } else {
      size =
          utf8proc_iterate(bytes + at_, static_cast<utf8proc_ssize_t>(text_.size() - at_), &code);
      if (size <= 0) {
        size = 1;
      } else if (is_accent(code)) {
        // Left out; a word does not begin with it.
        at_ += static_cast<std::size_t>(size);
        continue;
      } else if (is_of_a_word(code)) {
        belongs = true;
        code = folded(code);
      }
    }
    if (!belongs && is_in_word) break;
    at_ += static_cast<std::size_t>(size);
    if (!belongs) continue;
    is_in_word = true;
    std::array<utf8proc_uint8_t, 4> encoded{};
    const auto length = utf8proc_encode_char(code, encoded.data());
    if (word_.size() + static_cast<std::size_t>(length) > longest_word) continue;
    word_.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length));
  }
  if (!is_in_word) return std::nullopt;
  return word_;
}

std::string tsvector_of(std::int64_t account, std::string_view subject, std::string_view text) {
  TsvectorText all;
  all.add(account_mark + std::to_string(account), 0);
  std::size_t place = 0;
  const auto read = [&](std::string_view written, bool is_subject) {
    std::string broken;
    if (needs_word_breaks(written)) {
      broken = with_word_breaks(written);
      written = broken;
    }
    SearchWords words{written};
    std::string marked;
    while (const auto word = words.next()) {
      all.add(*word, ++place);
      if (!is_subject) continue;
      marked = subject_mark;
      marked += *word;
      all.add(marked, place);
    }
  };
  read(subject, true);
  ++place;  // no phrase goes on from the subject into the text
  read(text, false);
  return all.text();
}

std::optional<std::string> tsquery_of(const SearchQuery& query) {
  std::string wanted, unwanted;
  for (const auto& term : query.terms) {
    const auto one = to_tsquery(term);
    if (one.empty()) continue;
    wanted += wanted.empty() ? "" : "\n& ";
    wanted += one;
  }
  for (const auto& term : query.excluded) {
    const auto one = to_tsquery(term);
    if (one.empty()) continue;
    unwanted += unwanted.empty() ? "" : " | ";
    unwanted += one;
  }
  if (query.terms.empty()) {
    if (unwanted.empty()) return std::nullopt;
    return unwanted;
  }
  if (wanted.empty() || unwanted.empty()) return wanted;
  return wanted + "\n& !(" + unwanted + ')';
}

}  // namespace gmail_mcp::store
