#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace gmail_mcp::mime {

/// Lays text out in lines: blanks collapse, breaks add up to at most one empty line, quotations and
/// lists are marked at the start of their lines. Nothing is wrapped.
class TextLayout {
 public:
  enum class Keeps { text, only_the_count };  // of what is dropped

  explicit TextLayout(Keeps keeps = Keeps::text) : is_kept_{keeps == Keeps::text} {}

  /// Room for a text of that many bytes.
  void reserve(std::size_t bytes) { out_.reserve(bytes); }

  /// UTF-8. Characters without width are dropped and counted (see dropped()), except where a script
  /// or an emoji needs them.
  void add(std::string_view text);
  /// As `add`, keeping blanks and line breaks: the content of <pre>.
  void add_preformatted(std::string_view text);
  /// Appends directly after the last character, before any pending break.
  void append_note(std::string_view note);

  void space() { is_space_due_ = true; }
  void break_line();       // one more line break, as <br>
  void start_line();       // what follows begins a line
  void start_paragraph();  // what follows begins a line, after an empty one

  void begin_quote();
  void end_quote();
  void begin_list();
  void end_list();
  /// Starts an item of the innermost list, whose first line begins with `marker`.
  void begin_item(std::string marker);
  void end_item();

  std::size_t dropped() const { return dropped_; }
  /// The text so far, without pending breaks.
  std::string_view text() const { return out_; }
  std::string finish() && { return std::move(out_); }

 private:
  // No line break in it; a blank only as it is to stand there.
  void write(std::string_view text);
  void begin_line();

  bool is_kept_;
  std::string out_;
  std::size_t breaks_due_ = 0;
  bool is_space_due_ = false;
  std::string marker_;  // of an item that has no text yet
  bool has_marker_ = false;
  std::size_t quotes_ = 0;
  std::size_t lists_ = 0;
  std::size_t dropped_ = 0;
};

/// The number of characters of `text` that are not blanks. Of a text with `enough` of them, not all
/// are counted.
std::size_t count_visible(std::string_view text,
                          std::size_t enough = std::numeric_limits<std::size_t>::max());

}  // namespace gmail_mcp::mime
