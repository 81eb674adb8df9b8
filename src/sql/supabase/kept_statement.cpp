#include "sql/supabase/kept_statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gmail_mcp::sql {

namespace {

constexpr std::string_view blanks = " \t\r\n";

bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Walks through a statement, past what is quoted or a comment.
class StatementWalk {
 public:
  explicit StatementWalk(std::string_view text) : text_{text} {}

  bool ended() const { return at_ >= text_.size(); }
  std::size_t at() const { return at_; }
  int depth() const { return depth_; }

  /// The number of the parameter here, past which it goes; 0 and nothing done if there is none.
  int take_parameter() {
    if (text_[at_] != '?' || at_ + 1 >= text_.size() || !is_digit(text_[at_ + 1])) return 0;
    int number = 0;
    for (++at_; !ended() && is_digit(text_[at_]) && number < 100'000; ++at_) {
      number = number * 10 + (text_[at_] - '0');
    }
    return number;
  }

  /// The word here, past which it goes; empty and nothing done if there is none.
  std::string_view take_word() {
    const auto begin = at_;
    while (!ended() && is_of_word(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  /// Goes past one character, a quoted text or a comment.
  void skip() {
    const char c = text_[at_];
    if (c == '\'' || c == '"') return skip_past(std::string_view{&text_[at_], 1}, 1);
    if (text_.substr(at_, 2) == "--") return skip_past("\n", 2);
    if (text_.substr(at_, 2) == "/*") return skip_past("*/", 2);
    if (c == '(') ++depth_;
    if (c == ')') --depth_;
    ++at_;
  }

 private:
  void skip_past(std::string_view end, std::size_t already) {
    const auto found = text_.find(end, at_ + already);
    at_ = found == text_.npos ? text_.size() : found + end.size();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

struct Shape {
  std::size_t main = 0;  // where the statement begins that the WITH before it belongs to
  bool has_with = false;
  bool has_rows = false;
};

Shape shape_of(std::string_view text) {
  constexpr std::array<std::string_view, 4> verbs = {"SELECT", "INSERT", "UPDATE", "DELETE"};
  Shape shape;
  bool is_in_main = false;
  bool is_first = true;
  for (StatementWalk walk{text}; !walk.ended();) {
    const auto begin = walk.at();
    const auto word = walk.take_word();
    if (word.empty()) {
      walk.skip();
      continue;
    }
    if (is_first) shape.has_with = word == "WITH";
    if (walk.depth() == 0 && !is_in_main) {
      is_in_main = std::find(verbs.begin(), verbs.end(), word) != verbs.end();
      if (is_in_main) shape.main = begin;
      shape.has_rows = word == "SELECT";
      // Neither a query nor a change, such as SET LOCAL.
      if (is_first && !is_in_main && !shape.has_with) return shape;
    } else if (walk.depth() == 0 && word == "RETURNING") {
      shape.has_rows = true;
    }
    is_first = false;
  }
  return shape;
}

// The same with an answer of one JSON array. json_agg keeps the order of a sorted query.
std::string as_json(std::string_view text, const Shape& shape) {
  auto before = text.substr(0, shape.main);
  before = before.substr(0, before.find_last_not_of(blanks) + 1);
  return fmt::format(
      "{}{} gmail_mcp_rows AS ({}) SELECT coalesce(json_agg(row_to_json(ROW(gmail_mcp_rows.*))), "
      "'[]') FROM gmail_mcp_rows",
      before, shape.has_with ? "," : "WITH", text.substr(shape.main));
}

}  // namespace

KeptStatement kept_statement(std::string_view text) {
  const Shape shape = shape_of(text);
  KeptStatement kept;
  kept.has_rows = shape.has_rows;
  const std::string asked = shape.has_rows ? as_json(text, shape) : std::string{text};
  std::size_t begin = 0;
  for (StatementWalk walk{asked}; !walk.ended();) {
    const auto end = walk.at();
    const int parameter = walk.take_parameter();
    if (parameter == 0) {
      walk.skip();
      continue;
    }
    kept.pieces.push_back(asked.substr(begin, end - begin));
    kept.slots.push_back(parameter);
    begin = walk.at();
  }
  kept.pieces.push_back(asked.substr(begin));
  return kept;
}

}  // namespace gmail_mcp::sql
