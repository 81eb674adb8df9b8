#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/message.h"
#include "model/new_message.h"

// Another message below what somebody writes. Work that grows with both; pure and thread-safe.
namespace gmail_mcp::mail {

/// What somebody wrote, in one form or in two that say the same.
struct WrittenText {
  std::string text;
  std::optional<std::string> html;
};

/// How much of an original is quoted below an answer, and of how much HTML the looks are kept:
/// beyond it the text is quoted, and cut with a line that says so.
inline constexpr std::size_t most_quoted_text = std::size_t{64} << 10;
inline constexpr std::size_t most_quoted_html = std::size_t{256} << 10;

/// Below the answer comes a line that says who wrote, and the original with "> " before each line;
/// in HTML a blockquote of the class gmail_quote, of which nothing acts (mime::clean_html).
void quote_below(WrittenText& answer, const model::Message& original);

/// Below the text comes the original under a line "---------- Forwarded message ---------" with its
/// sender, date, subject and recipients. HTML comes of either part that is HTML. Returns what else
/// was in the original: its files, and its pictures under content ids by which `html` names them.
/// Not its signatures, which hold for the original alone.
std::vector<model::NewAttachment> forward_below(WrittenText& written,
                                                const model::Message& original);

/// "Fwd: Lunch" of "Lunch", "WG: Lunch" and "Fwd: TR: Lunch".
std::string forward_subject(const std::string& original);

}  // namespace gmail_mcp::mail
