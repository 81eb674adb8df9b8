#pragma once

#include <cstddef>

#include "google/message.h"
#include "mime/part.h"
#include "model/message.h"

// Gmail's own structs as our model. Pure and thread-safe.
namespace gmail_mcp::mail {

/// The part tree as if it had been read from the message's bytes, so that one set of rules says
/// what is a body and what an attachment. Contents are there where Gmail gave them.
mime::Part to_part(const google::RawPart& raw);

/// Gmail's snippets are HTML-escaped text: `Tom &amp; Ann&#39;s`.
model::Message to_message(const google::RawMessage& raw);

/// Whether some multipart was asked for less deeply than it goes.
bool is_cut_off(const google::RawPart& part);

/// How much there is in the tree for to_message() to read: contents and headers.
std::size_t bytes_of(const google::RawPart& part);

/// An outline that was answered with bodies nonetheless: by an emulator that knows no `fields`, or
/// because the message had to be read whole to know its parts.
void remove_bodies(model::Message& message);

}  // namespace gmail_mcp::mail
