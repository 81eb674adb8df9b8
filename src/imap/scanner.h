#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "imap/frame.h"

namespace gmail_mcp::imap {

/// Reads the words of one response. After the first mismatch `failed()` is true and everything
/// reads as empty, so a reader checks once, at the end. Moves literals out of the frame that it
/// borrows.
class Scanner {
 public:
  explicit Scanner(Frame& frame) : frame_{&frame}, text_{frame.text} {}

  bool failed() const { return failed_; }
  void fail() { failed_ = true; }
  bool at_end() const { return failed_ || at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool next_is(char c) const { return !at_end() && text_[at_] == c; }

  /// Takes `c` if it is next.
  bool take(char c);
  /// Takes `c`, which must be next.
  void expect(char c);
  void space() { expect(' '); }
  /// Any number of blanks, also none: for places where servers are careless.
  void blanks();

  /// Text up to a blank, bracket, quote or the end; not empty.
  std::string_view atom();
  /// The same, but from a `[` to its `]` anything goes: BODY[HEADER.FIELDS (A B)]<0>.
  std::string_view attribute();
  std::uint64_t number();
  std::uint32_t number32();
  /// Quoted or literal.
  std::string string();
  /// Quoted, literal or atom.
  std::string astring();
  /// Quoted or literal; nullopt for NIL.
  std::optional<std::string> nstring();
  /// All that is left.
  std::string_view rest();

  /// Skips the next value, a list with all it contains.
  void skip_value();

  /// A place to come back to; literals taken since are gone.
  struct Place {
    std::size_t at = 0;
    std::size_t literal = 0;
  };
  Place place() const { return {at_, literal_}; }
  void go_back(Place place);

 private:
  std::string quoted();
  std::string literal();
  bool is_nil() const;

  Frame* frame_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t literal_ = 0;
  bool failed_ = false;
};

}  // namespace gmail_mcp::imap
