#pragma once

#include <cstddef>
#include <string>

#include "model/message.h"

namespace gmail_mcp::operation {

/// The text of a reply with the history quoted at its end as one line that counts its lines, which
/// `folded_lines` becomes. History is what a mail program put there: quoted lines behind a line
/// that says who wrote them and when, or the header lines of the message that Outlook quotes
/// unmarked. All else stays: whatever is no reply or is a forward, quotations without such a line,
/// and a history within which somebody may have written an answer. Linear; pure; thread-safe.
std::string fold_history(const std::string& text, const model::Message& message,
                         std::size_t& folded_lines);

}  // namespace gmail_mcp::operation
