#include "sandbox/imap/token.h"

#include <algorithm>

#include "base/text.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

constexpr int max_depth = 30;
constexpr std::size_t max_tokens = 20'000;

Error bad_token(std::string what) { return {Errc::invalid_argument, std::move(what)}; }

// Where the "{n}" that ends `line` begins; npos if none does.
std::size_t mark_begin(std::string_view line) {
  if (!line.ends_with('}')) return std::string_view::npos;
  return line.rfind('{');
}

class TokenParser {
 public:
  explicit TokenParser(const RawCommand& raw) : text_{raw.text}, literals_{raw.literals} {}

  std::string_view take_word() {
    const auto end = std::min(text_.find(' ', at_), text_.size());
    const auto word = text_.substr(at_, end - at_);
    at_ = end;
    return word;
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool at_end() const { return at_ >= text_.size(); }

  Result<std::vector<Token>> take_all(char end, int depth) {
    std::vector<Token> tokens;
    while (true) {
      while (take(' ')) {
      }
      if (end != '\0' && take(end)) return tokens;
      if (at_end()) {
        if (end != '\0') return bad_token("A parenthesis is open.");
        return tokens;
      }
      auto token = take_token(depth);
      if (!token) return std::move(token).error();
      tokens.push_back(std::move(*token));
      if (++count_ > max_tokens) return bad_token("Too many arguments.");
    }
  }

 private:
  Result<Token> take_token(int depth) {
    Token token;
    const char c = text_[at_];
    if (c == '(') {
      ++at_;
      if (depth >= max_depth) return bad_token("Too deep.");
      auto items = take_all(')', depth + 1);
      if (!items) return std::move(items).error();
      token.kind = Token::Kind::list;
      token.items = std::move(*items);
      return token;
    }
    if (c == '"') return take_quoted();
    if (c == '{' || (c == '~' && at_ + 1 < text_.size() && text_[at_ + 1] == '{')) {
      return take_literal();
    }
    return take_atom();
  }

  Result<Token> take_quoted() {
    Token token;
    token.kind = Token::Kind::quoted;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return token;
      }
      if (c == '\\') {
        if (++at_ >= text_.size()) break;
        c = text_[at_];
        if (c != '"' && c != '\\') return bad_token("A quoted string escapes what needs none.");
      }
      token.text += c;
    }
    return bad_token("A quoted string has no end.");
  }

  Result<Token> take_literal() {
    const auto close = text_.find('}', at_);
    if (close == std::string_view::npos || next_literal_ >= literals_.size()) {
      return bad_token("A literal is missing.");
    }
    at_ = close + 1;
    Token token;
    token.kind = Token::Kind::literal;
    token.text = literals_[next_literal_++];
    return token;
  }

  // Up to a space or parenthesis; anything in square brackets is part of it.
  Result<Token> take_atom() {
    Token token;
    int brackets = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '[') ++brackets;
      if (c == ']' && brackets > 0) --brackets;
      if (brackets == 0 && (c == ' ' || c == '(' || c == ')' || c == '"')) break;
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
        return bad_token("A control character.");
      token.text += c;
    }
    if (token.text.empty()) return bad_token("A parenthesis closes nothing.");
    return token;
  }

  std::string_view text_;
  const std::vector<std::string>& literals_;
  std::size_t at_ = 0;
  std::size_t next_literal_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

bool Token::is(std::string_view word) const {
  return is_atom() && equals_ignoring_case(text, word);
}

Result<std::optional<LiteralMark>> literal_at_end(std::string_view line) {
  const auto begin = mark_begin(line);
  if (begin == std::string_view::npos) return std::optional<LiteralMark>{};
  auto digits = line.substr(begin + 1, line.size() - begin - 2);
  LiteralMark mark;
  if (digits.ends_with('+')) {
    mark.waits = false;
    digits.remove_suffix(1);
  }
  const auto size = read_number<std::size_t>(digits);
  if (!size) return bad_token("The size of a literal is not a number.");
  mark.size = *size;
  return std::optional<LiteralMark>{mark};
}

Result<Command> parse_command(const RawCommand& raw, std::string& tag) {
  TokenParser parser{raw};
  Command command;
  command.tag = parser.take_word();
  if (command.tag.empty() || command.tag.find_first_of("(){%*\"\\+") != std::string::npos) {
    return bad_token("There is no tag.");
  }
  tag = command.tag;
  if (!parser.take(' ')) return bad_token("There is no command.");
  command.name = upper(parser.take_word());
  if (command.name == "UID") {
    if (!parser.take(' ')) return bad_token("UID of what?");
    command.name += " " + upper(parser.take_word());
  }
  if (command.name.empty()) return bad_token("There is no command.");
  auto arguments = parser.take_all('\0', 0);
  if (!arguments) return std::move(arguments).error();
  command.arguments = std::move(*arguments);
  return command;
}

}  // namespace gmail_mcp::sandbox::imap
