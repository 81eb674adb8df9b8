#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/message.h"

namespace gmail_mcp::operation {

/// A message as a person reads it. Pure; thread-safe.
struct ReadableText {
  std::string text;  // UTF-8, lines end with LF
  // "plain", "html" (the plain part is missing or a stub), where else the text was found (see
  // model::Message::text_source), or ""
  std::string source;
  std::size_t hidden_chars = 0;  // were in the mail but not in front of a reader's eyes: left out
  std::size_t folded_lines = 0;  // quoted history at the end, of which one line tells
};

/// What becomes of the history quoted at the end of a reply: see fold_history.
enum class Quotes { fold, keep };
const std::vector<std::string_view>& enum_names(Quotes);

/// Chooses the part that says more, turns HTML into text with its links, leaves out what is hidden
/// and folds the history quoted at the end of a reply. Where the letter has no text of its own, one
/// line in brackets says which attachment has it, before what could be read of that. Of very long
/// HTML it is the beginning (mime::most_html), and says so at its end.
ReadableText readable_text(const model::Message& message, Quotes quotes = Quotes::fold);
/// How much work that is, in bytes that are only copied: for offload().
std::size_t work_of_reading(const model::Message& message);

/// A part of a long text, and where the rest begins.
struct TextPage {
  std::string text;
  std::optional<std::string> next_cursor;  // nothing: this was the rest
};

/// At most `max_chars` characters from `cursor` on ("" is the beginning), ending with a line where
/// one is near. A cursor belongs to a message and to `kind`; another one is invalid_argument.
TextPage page_of(std::string_view text, std::string_view kind, std::size_t max_chars,
                 std::string_view cursor);

}  // namespace gmail_mcp::operation
