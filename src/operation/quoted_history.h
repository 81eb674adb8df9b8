#pragma once

#include <cstddef>
#include <string>

#include "model/message.h"

namespace gmail_mcp::operation {

/// The text of a reply in which the history quoted at its end is replaced by one line with the
/// number of its lines, which `folded_lines` gets as well. History is what a mail program put
/// there: quoted lines after a line that says who wrote them and when, or the header lines of the
/// message that Outlook quotes unmarked. Everything else stays: messages that are not replies,
/// forwards, quotations without such a line, and a history that may have answers in it. Linear;
/// pure; thread-safe.
std::string fold_history(std::string text, const model::Message& message,
                         std::size_t& folded_lines);

}  // namespace gmail_mcp::operation
