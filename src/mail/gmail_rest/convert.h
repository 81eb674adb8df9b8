#pragma once

#include <cstddef>

#include "google/message.h"
#include "mime/part.h"
#include "model/message.h"

// Gmail's own structs as our model. Pure and thread-safe.
namespace gmail_mcp::mail {

/// The part tree as if it had been read from the message's bytes, so that one set of rules decides
/// what is a body and what an attachment. With contents as far as Gmail sent them.
mime::Part to_part(google::RawPart raw);

/// Gmail's snippets are HTML-escaped text: `Tom &amp; Ann&#39;s`.
model::Message to_message(google::RawMessage raw);

/// Whether some multipart is nested deeper than was requested.
bool is_cut_off(const google::RawPart& part);

/// How many bytes of contents and headers to_message() has to read.
std::size_t bytes_of(const google::RawPart& part);

}  // namespace gmail_mcp::mail
