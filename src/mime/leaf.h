#pragma once

#include <string>
#include <string_view>

#include "mime/parameter.h"
#include "mime/part.h"

// Describes a leaf of a message and reads its text, independent of how the leaf was fetched.
namespace gmail_mcp::mime {

/// Fills `part` from the parameters of its Content-Type, its Content-Disposition and its
/// Content-ID: file name, charset, disposition, format of the text. Not the media type.
void describe_leaf(Part& part, const ParameterizedValue& type,
                   const ParameterizedValue& disposition, std::string_view content_id);

/// The text of a leaf that is meant to be read, from its bytes with the transfer encoding undone:
/// valid UTF-8. The charset is that of a byte order mark, else the declared one, else that of a
/// <meta> element of HTML, else UTF-8 if it is well-formed as such, and windows-1252. A text sent
/// as format=flowed has its paragraphs on one line each (RFC 3676). A lone CR ends a line.
/// `may_be_recoded`: the source of the bytes may have converted them to UTF-8 without changing the
/// declaration. Never fails; linear; thread-safe.
std::string text_of_leaf(const Part& part, std::string bytes, bool may_be_recoded = false);

}  // namespace gmail_mcp::mime
