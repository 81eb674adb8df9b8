#include "sandbox/query.h"

#include "base/text.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr int max_depth = 40;

Query::Test all_of(std::vector<Query::Test> tests) {
  if (tests.size() == 1) return std::move(tests.front());
  return [tests = std::move(tests)](const StoredMessage& message, const SearchContext& context) {
    for (const auto& test : tests) {
      if (!test(message, context)) return false;
    }
    return true;
  };
}

Query::Test any_of(std::vector<Query::Test> tests) {
  if (tests.size() == 1) return std::move(tests.front());
  return [tests = std::move(tests)](const StoredMessage& message, const SearchContext& context) {
    for (const auto& test : tests) {
      if (test(message, context)) return true;
    }
    return false;
  };
}

Query::Test none_of(Query::Test test) {
  return [test = std::move(test)](const StoredMessage& message, const SearchContext& context) {
    return !test(message, context);
  };
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Recursive descent over
//   all   := any*
//   any   := unary ("OR" unary)*
//   unary := "-" unary | "(" all ")" | "{" unary* "}" | [operator ":"] (word | "phrase" | group)
// `field` is the operator whose group we are in: from:(ann OR bob).
class Parser {
 public:
  explicit Parser(std::string_view text) : text_{text} {}

  Query::Test parse_all(char end, const std::string& field) {
    std::vector<Query::Test> tests;
    while (more(end)) {
      if (take_word("AND") || take_word("OR")) continue;
      tests.push_back(parse_any(end, field));
    }
    return all_of(std::move(tests));
  }

  bool reaches_spam = false;
  bool reaches_trash = false;

 private:
  bool more(char end) {
    while (at_ < text_.size() && (is_blank(text_[at_]) || is_stray_close(end))) ++at_;
    return at_ < text_.size() && text_[at_] != end;
  }

  // A closing bracket without an opening one.
  bool is_stray_close(char end) const {
    const char c = text_[at_];
    return (c == ')' || c == '}') && c != end;
  }

  bool take_word(std::string_view word) {
    const auto rest = text_.substr(at_);
    if (!rest.starts_with(word)) return false;
    if (rest.size() > word.size() && !is_blank(rest[word.size()])) return false;
    at_ += word.size();
    return true;
  }

  Query::Test parse_any(char end, const std::string& field) {
    std::vector<Query::Test> tests;
    tests.push_back(parse_unary(field));
    while (more(end) && take_word("OR")) {
      if (more(end)) tests.push_back(parse_unary(field));
    }
    return any_of(std::move(tests));
  }

  Query::Test parse_unary(const std::string& field) {
    const char c = text_[at_];
    const bool sign = (c == '-' || c == '+') && at_ + 1 < text_.size() && !is_blank(text_[at_ + 1]);
    if (sign && depth_ < max_depth) {
      ++at_;
      ++depth_;
      if (c == '-') negated_ = !negated_;
      auto test = parse_unary(field);
      if (c == '-') negated_ = !negated_;
      --depth_;
      return c == '-' ? none_of(std::move(test)) : std::move(test);
    }
    if (c == '(' || c == '{') return parse_group(field);
    if (c == '"') return leaf(field, take_quoted());
    return parse_word(field);
  }

  Query::Test parse_group(const std::string& field) {
    const bool alternatives = text_[at_] == '{';
    const char end = alternatives ? '}' : ')';
    ++at_;
    if (++depth_ > max_depth) {
      at_ = text_.size();  // far more than anyone writes
      return all_of({});
    }
    std::vector<Query::Test> tests;
    if (alternatives) {
      while (more(end)) {
        if (!take_word("OR")) tests.push_back(parse_unary(field));
      }
    } else {
      tests.push_back(parse_all(end, field));
    }
    if (at_ < text_.size()) ++at_;
    --depth_;
    return any_of(std::move(tests));
  }

  Query::Test parse_word(const std::string& field) {
    std::string word;
    while (at_ < text_.size() && !is_blank(text_[at_])) {
      const char c = text_[at_];
      if (c == ')' || c == '}') break;
      if (c == ':' && field.empty()) {
        const auto name = to_lower_ascii(word);
        if (operator_test(name, "")) return parse_operand(name);
      }
      if (c == '(' || c == '{' || c == '"') break;
      word += c;
      ++at_;
    }
    if (word.empty()) ++at_;  // always move on
    return leaf(field, word);
  }

  Query::Test parse_operand(const std::string& name) {
    ++at_;  // the colon
    if (at_ >= text_.size() || is_blank(text_[at_])) return leaf(name, "");
    if (text_[at_] == '(' || text_[at_] == '{') return parse_group(name);
    if (text_[at_] == '"') return leaf(name, take_quoted());
    const auto begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != ')' && text_[at_] != '}') {
      ++at_;
    }
    return leaf(name, text_.substr(begin, at_ - begin));
  }

  std::string_view take_quoted() {
    const auto begin = ++at_;
    const auto close = text_.find('"', begin);
    at_ = close == std::string_view::npos ? text_.size() : close + 1;
    return text_.substr(begin, (close == std::string_view::npos ? text_.size() : close) - begin);
  }

  Query::Test leaf(const std::string& field, std::string_view value) {
    if (field.empty()) return phrase_test(value);
    if (!negated_ && (field == "in" || field == "label")) {
      const auto place = to_lower_ascii(value);
      reaches_spam |= place == "anywhere" || place == "spam";
      reaches_trash |= place == "anywhere" || place == "trash";
    }
    return operator_test(field, value);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool negated_ = false;
};

}  // namespace

Query Query::parse(std::string_view text) {
  Parser parser{text};
  Query query;
  query.test_ = parser.parse_all('\0', "");
  query.reaches_spam_ = parser.reaches_spam;
  query.reaches_trash_ = parser.reaches_trash;
  return query;
}

}  // namespace gmail_mcp::sandbox
