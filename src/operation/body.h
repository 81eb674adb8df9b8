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
  // "plain", "html" (the plain part is missing or a stub), another source of the text (see
  // model::Message::text_source), or ""
  std::string source;
  std::size_t hidden_chars = 0;  // in the mail but invisible to a reader: left out
  std::size_t folded_lines = 0;  // of quoted history at the end, replaced by one line
};

/// What to do with the history quoted at the end of a reply: see fold_history.
enum class Quotes { fold, keep };
const std::vector<std::string_view>& enum_names(Quotes);

/// Chooses the part that says more, turns HTML into text with its links, leaves out hidden text and
/// folds the history quoted at the end of a reply. If the letter has no text of its own, one line
/// in brackets says which attachment has it, followed by what could be read from that. Very long
/// HTML is cut (mime::most_html), with a note at the end.
ReadableText readable_text(const model::Message& message, Quotes quotes = Quotes::fold);
/// How much work that is, compared to copying so many bytes: for offload().
std::size_t work_of_reading(const model::Message& message);

/// A part of a long text, and where the rest begins.
struct TextPage {
  std::string text;
  std::optional<std::string> next_cursor;  // nullopt: this was the rest
};

/// At most `max_chars` characters from `cursor` on ("" is the beginning), ending at the end of a
/// line if one is near. A cursor belongs to a message and to `kind`; another one is
/// invalid_argument.
TextPage page_of(std::string text, std::string_view kind, std::size_t max_chars,
                 std::string_view cursor);

}  // namespace gmail_mcp::operation
