#include "store/search_query.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "store/search_operators.h"

namespace gmail_mcp::store {

namespace {

constexpr std::size_t most_bytes = 1024;
constexpr std::size_t most_terms = 32;
constexpr std::size_t shortest_beginning = 2;  // letters: the index answers for these quickly
// A typed word finds words that begin with it. Shorter ones would find half the language.
constexpr std::size_t shortest_going_on = 3;
constexpr std::string_view blanks{" \t\n\v\f\r\0", 7};
constexpr std::string_view blanks_and_end{" \t\n\v\f\r)\0", 8};

struct Range {
  std::uint32_t first, last;
};

// Scripts written without blanks between words. Hangul has blanks, but its words take endings, so
// that a search for the stem would not find them.
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

// A byte that does not begin a well-formed character is taken as it is.
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
bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }

// Leaves only letters, digits and blanks: nothing that the index could take for an operator.
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

// Words, phrases and operators, one after another.
class SearchReader {
 public:
  explicit SearchReader(std::string_view text) : text_{text} {}

  Result<SearchQuery> read() {
    while (skip_blanks()) {
      if (auto fault = read_one()) return std::move(*fault);
    }
    const auto count = query_.terms.size() + query_.excluded.size() + query_.conditions.size();
    if (count > most_terms) {
      return Error{Errc::invalid_argument, "The query has more than 32 words.",
                   "Look for fewer words."};
    }
    const bool is_limited = !query_.conditions.empty() || query_.after || query_.before;
    if (query_.terms.empty() && !is_limited) {
      return Error{Errc::invalid_argument, "The query has no word to look for.",
                   "Give words, a \"phrase\" in double quotes, a beginning*, or from:somebody; "
                   "-word is for what must "
                   "not be there."};
    }
    return std::move(query_);
  }

 private:
  enum class Form { word, phrase, beginning };
  struct Typed {
    std::string text;
    Form form = Form::word;
  };

  bool skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ < text_.size();
  }

  std::optional<Error> read_one() {
    const bool is_excluded =
        text_[at_] == '-' && at_ + 1 < text_.size() && !is_blank(text_[at_ + 1]);
    if (is_excluded) ++at_;
    const auto next = text_.substr(at_, end_of_word(blanks) - at_);
    // In Gmail's search language these are operators.
    if (next.front() == '{') return cannot_search_by("{ }, either of several");
    if (is_excluded && next.front() == '(') return cannot_search_by("-( ), a group");
    if (next == "OR" || next == "|") return cannot_search_by("OR");
    if (next == "AROUND" && is_number_next(at_ + next.size())) return cannot_search_by("AROUND");
    if (next == "AND") {
      at_ += next.size();
      return std::nullopt;
    }
    const auto name = operator_of(next);
    if (name.empty()) return add_term(next_term(blanks), is_excluded, false);
    at_ = static_cast<std::size_t>(name.data() - text_.data()) + name.size() + 1;
    return read_values(name, is_excluded);
  }

  // Reads what follows the colon of an operator: a word, a "phrase" or (several of them).
  std::optional<Error> read_values(std::string_view name, bool is_excluded) {
    if (at_ == text_.size() || is_blank(text_[at_])) {
      return Error{Errc::invalid_argument, "An operator of the query has no value.",
                   "Write from:name without a blank, or put plain text in double quotes."};
    }
    if (text_[at_] == '{') return cannot_search_by("{ }, either of several");
    if (text_[at_] != '(') return read_value(name, is_excluded, blanks);
    ++at_;
    for (int count = 0; skip_blanks() && text_[at_] != ')'; ++count) {
      const auto next = text_.substr(at_, end_of_word(blanks) - at_);
      if (next == "OR" || next == "|") return cannot_search_by("OR");
      if (next.front() == '{') return cannot_search_by("{ }, either of several");
      // "Not all of them" is different from "none of them".
      if (is_excluded && count == 1) return cannot_search_by("-( ), a group");
      if (auto fault = read_value(name, is_excluded, blanks_and_end)) return fault;
    }
    if (at_ < text_.size()) ++at_;
    return std::nullopt;
  }

  std::optional<Error> read_value(std::string_view name, bool is_excluded, std::string_view ends) {
    if (equals_ignoring_case(name, "subject")) return add_term(next_term(ends), is_excluded, true);
    std::string_view value;
    if (text_[at_] == '"') {
      value = quoted();
    } else {
      value = text_.substr(at_, end_of_word(ends) - at_);
      at_ += value.size();
    }
    while (!value.empty() && value.back() == ')') value.remove_suffix(1);
    value = trim(value);
    if (value.empty()) return std::nullopt;
    return add_condition(query_, name, value, is_excluded);
  }

  // "" unless the word is an operator with what comes after its colon.
  static std::string_view operator_of(std::string_view word) {
    while (word.starts_with('(')) word.remove_prefix(1);
    const auto colon = word.find(':');
    if (colon == std::string_view::npos) return {};
    const auto name = word.substr(0, colon);
    return is_gmail_operator(name) ? name : std::string_view{};
  }

  std::size_t end_of_word(std::string_view ends) const {
    return std::min(text_.find_first_of(ends, at_), text_.size());
  }

  bool is_number_next(std::size_t at) const {
    while (at < text_.size() && is_blank(text_[at])) ++at;
    return at < text_.size() && text_[at] >= '0' && text_[at] <= '9';
  }

  // Takes the text between this quote and the next.
  std::string_view quoted() {
    const auto begin = at_ + 1;
    const auto end = std::min(text_.find('"', begin), text_.size());
    at_ = std::min(end + 1, text_.size());
    return text_.substr(begin, end - begin);
  }

  Typed next_term(std::string_view ends) {
    if (text_[at_] == '"') {
      Typed typed{.text = words_of(quoted()), .form = Form::phrase};
      if (at_ < text_.size() && text_[at_] == '*') {
        typed.form = Form::beginning;
        ++at_;
      }
      return typed;
    }
    const auto begin = at_;
    at_ = std::min(end_of_word(ends), std::min(text_.find('"', at_), text_.size()));
    const auto word = text_.substr(begin, at_ - begin);
    return {.text = words_of(word), .form = word.ends_with('*') ? Form::beginning : Form::word};
  }

  std::optional<Error> add_term(Typed typed, bool is_excluded, bool in_subject) {
    if (typed.text.empty()) return std::nullopt;
    SearchQuery::Term term{.text = std::move(typed.text), .in_subject = in_subject};
    const auto letters = letters_at_the_end(term.text);
    if (typed.form == Form::beginning && letters < shortest_beginning && letters > 0) {
      return Error{Errc::invalid_argument, "A beginning* needs at least two letters.",
                   "Give more of the word."};
    }
    // An excluded word means exactly that word, and a number is not the beginning of another.
    const bool may_go_on = typed.form == Form::word && !is_excluded &&
                           letters >= shortest_going_on && !has_digit_at_the_end(term.text);
    term.is_prefix = letters > 0 && (typed.form == Form::beginning || may_go_on);
    (is_excluded ? query_.excluded : query_.terms).push_back(std::move(term));
    return std::nullopt;
  }

  static bool has_digit_at_the_end(std::string_view text) {
    const auto last = text.substr(text.rfind(' ') + 1);
    return last.find_first_of("0123456789") != std::string_view::npos;
  }

  // The letters of the last word. 0: it ends in a character that is a word by itself.
  static std::size_t letters_at_the_end(std::string_view text) {
    const auto last = text.substr(text.rfind(' ') + 1);
    std::size_t letters = 0;
    for (std::size_t at = 0; at < last.size();) {
      const auto character = character_at(last, at);
      letters = is_unbroken(character.code) ? 0 : letters + 1;
      at += character.size;
    }
    return letters;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  SearchQuery query_;
};

}  // namespace

Result<SearchQuery> parse_search(std::string_view text) {
  if (text.size() > most_bytes) {
    return Error{Errc::invalid_argument, "The query is longer than 1024 bytes.",
                 "Look for fewer words."};
  }
  return SearchReader{text}.read();
}

void read_me_as(SearchQuery& query, std::string_view own_address) {
  using Kind = SearchQuery::Condition::Kind;
  for (auto& one : query.conditions) {
    if (one.kind == Kind::attachment || one.kind == Kind::sent || one.kind == Kind::labelled) {
      continue;
    }
    if (!equals_ignoring_case(one.value, "me")) continue;
    if (one.kind == Kind::from) {
      one.kind = Kind::sent;
    } else {
      one.value = own_address;
      one.is_whole = true;
    }
  }
}

std::string how_searched(const SearchQuery& query) {
  std::string ways;
  const auto add = [&](std::string_view way) {
    ways += ways.empty() ? "" : ", ";
    ways += way;
  };
  for (const auto& term : query.terms) {
    const std::string_view place = term.in_subject ? "subject" : "subject and text";
    add((term.is_prefix ? "what begins with \"" : "exactly \"") + term.text + "\" in " +
        std::string{place});
  }
  for (const auto& term : query.excluded) add("without \"" + term.text + '"');
  for (const auto& one : query.conditions) add(name_of(one));
  if (query.after) add("from " + to_iso8601(*query.after) + " on");
  if (query.before) add("before " + to_iso8601(*query.before));
  return "Nothing in the local archive has all of this: " + ways +
         ". Not searched: parts within a word, file names, drafts, spam and trash, and what is not "
         "fetched yet; gmail_search asks Gmail itself.";
}

bool needs_word_breaks(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    // No such character begins with a smaller byte, and most text has none.
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
