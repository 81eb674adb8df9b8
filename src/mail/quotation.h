#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/message.h"
#include "model/new_message.h"

// Puts another message below a new text. The work grows with both; pure and thread-safe.
namespace gmail_mcp::mail {

/// A written text, in one form or in two with the same contents.
struct WrittenText {
  std::string text;
  std::optional<std::string> html;
};

/// How much of an original is quoted below an answer, and how much HTML keeps its appearance;
/// beyond that the text is quoted, and cut with a line that says so.
inline constexpr std::size_t most_quoted_text = std::size_t{64} << 10;
inline constexpr std::size_t most_quoted_html = std::size_t{256} << 10;

/// Below the answer comes a line that says who wrote, and the original with "> " before each line;
/// in HTML a blockquote of the class gmail_quote, made harmless (mime::clean_html).
void quote_below(WrittenText& answer, const model::Message& original);

/// Below the text comes the original under a line "---------- Forwarded message ---------" with its
/// sender, date, subject and recipients. The result has HTML if either part has. Returns the rest
/// of the original: its files, and its pictures under the content ids that `html` uses. Without its
/// signatures, which are only valid for the original.
std::vector<model::NewAttachment> forward_below(WrittenText& written,
                                                const model::Message& original);

/// "Fwd: Lunch" of "Lunch", "WG: Lunch" and "Fwd: TR: Lunch".
std::string forward_subject(const std::string& original);

}  // namespace gmail_mcp::mail
