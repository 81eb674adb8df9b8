#pragma once

#include <string>
#include <string_view>

#include "mime/parameter.h"
#include "mime/part.h"

// What a leaf of a message is, and how its text is read: the same however the leaf came to us.
namespace gmail_mcp::mime {

/// Puts into `part` what its Content-Type (the parameters of it), Content-Disposition and
/// Content-ID say: file name, charset, disposition, format of the text. Not the media type.
void describe_leaf(Part& part, const ParameterizedValue& type,
                   const ParameterizedValue& disposition, std::string_view content_id);

/// The text of a leaf that is to be read, of its bytes with the transfer encoding undone: valid
/// UTF-8. The charset is that of a byte order mark, else the declared one, else that of a <meta>
/// element of HTML, else UTF-8 if it is well-formed as such, and windows-1252. A text sent as
/// format=flowed has its paragraphs on one line each (RFC 3676). A lone CR ends a line. With
/// `may_be_recoded` whoever gave us the bytes may have made UTF-8 of them and left the declaration
/// as it was. Never fails; linear; thread-safe.
std::string text_of_leaf(const Part& part, std::string_view bytes, bool may_be_recoded = false);

}  // namespace gmail_mcp::mime
