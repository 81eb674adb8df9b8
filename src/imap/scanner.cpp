#include "imap/scanner.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/text.h"

namespace gmail_mcp::imap {

namespace {

bool ends_atom(char c) {
  return c == ' ' || c == '(' || c == ')' || c == '"' || c == Frame::literal_mark;
}

}  // namespace

bool Scanner::take(char c) {
  if (!next_is(c)) return false;
  ++at_;
  return true;
}

void Scanner::expect(char c) {
  if (!take(c)) fail();
}

void Scanner::blanks() {
  while (take(' ')) {
  }
}

std::string_view Scanner::atom() {
  if (failed_) return {};
  const auto begin = at_;
  while (at_ < text_.size() && !ends_atom(text_[at_])) ++at_;
  if (at_ == begin) fail();
  return text_.substr(begin, at_ - begin);
}

std::string_view Scanner::attribute() {
  if (failed_) return {};
  const auto begin = at_;
  while (at_ < text_.size() && !ends_atom(text_[at_]) && text_[at_] != '[') ++at_;
  if (next_is('[')) {
    const auto close = text_.find(']', at_);
    if (close == std::string_view::npos) {
      fail();
      return {};
    }
    at_ = close + 1;
    while (at_ < text_.size() && !ends_atom(text_[at_])) ++at_;
  }
  if (at_ == begin) fail();
  return text_.substr(begin, at_ - begin);
}

std::uint64_t Scanner::number() {
  if (failed_) return 0;
  std::uint64_t value = 0;
  const char* end = text_.data() + text_.size();
  const auto [stop, bad] = std::from_chars(text_.data() + at_, end, value);
  if (bad != std::errc{}) {
    fail();
    return 0;
  }
  at_ = static_cast<std::size_t>(stop - text_.data());
  return value;
}

std::uint32_t Scanner::number32() {
  const auto value = number();
  if (value <= std::numeric_limits<std::uint32_t>::max()) return static_cast<std::uint32_t>(value);
  fail();
  return 0;
}

std::string Scanner::quoted() {
  expect('"');
  std::string out;
  while (!at_end()) {
    char c = text_[at_++];
    if (c == '"') return out;
    if (c == '\\') {
      if (at_end()) break;
      c = text_[at_++];
    }
    out += c;
  }
  fail();
  return {};
}

std::string Scanner::literal() {
  expect(Frame::literal_mark);
  if (failed_ || literal_ >= frame_->literals.size()) {
    fail();
    return {};
  }
  return std::move(frame_->literals[literal_++]);
}

std::string Scanner::string() { return next_is('"') ? quoted() : literal(); }

std::string Scanner::astring() {
  if (next_is('"')) return quoted();
  if (next_is(Frame::literal_mark)) return literal();
  return std::string{atom()};
}

bool Scanner::is_nil() const {
  return !failed_ && equals_ignoring_case(text_.substr(at_, 3), "NIL") &&
         (at_ + 3 == text_.size() || ends_atom(text_[at_ + 3]));
}

std::optional<std::string> Scanner::nstring() {
  if (!is_nil()) return string();
  at_ += 3;
  return std::nullopt;
}

std::string_view Scanner::rest() {
  if (failed_) return {};
  return text_.substr(std::exchange(at_, text_.size()));
}

void Scanner::skip_value() {
  std::size_t depth = 0;
  do {
    if (take('(')) {
      ++depth;
    } else if (next_is('"')) {
      quoted();
    } else if (next_is(Frame::literal_mark)) {
      literal();
    } else if (depth > 0 && take(')')) {
      --depth;
    } else {
      atom();
    }
    if (depth > 0) blanks();
  } while (depth > 0 && !failed_);
}

void Scanner::go_back(Place place) {
  at_ = place.at;
  literal_ = place.literal;
  failed_ = false;
}

}  // namespace gmail_mcp::imap
