#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "mime/address.h"
#include "mime/body_source.h"

namespace gmail_mcp::mime {

struct Attachment {
  std::string filename;         // as the recipient sees it; may be empty
  std::string mime_type;        // may carry charset and method; application/octet-stream when empty
  std::string content;          // arrives byte for byte
  bool is_inline = false;       // to be shown within the text
  std::string content_id = {};  // by which HTML names it ("cid:…"), without brackets; may be empty
};

/// A message to be written. Texts are UTF-8.
struct Draft {
  Address from;
  std::vector<Address> to, cc, bcc, reply_to;
  std::string subject;
  std::string text;
  std::optional<std::string> html;  // the same message as HTML
  std::vector<Attachment> attachments;
  std::string message_id;                            // "<…>"; no header when empty
  std::vector<std::string> in_reply_to, references;  // likewise
  Timestamp date;
  std::vector<std::pair<std::string, std::string>> extra_headers;
  /// Fields of another message, by field_sources(), which go out as they are. A field of recipients
  /// among them stands for that of the draft's own, who are only checked.
  std::vector<SourceField> fields_as_is = {};
  /// The body of another message, from body_source(): sent instead of texts and attachments.
  std::optional<std::string> body_as_is = {};
};

/// Whether the field is written from a Draft's other members, its contents included.
bool is_written_field(std::string_view name);

/// Whether an attachment may have this type: "application/pdf", also with parameters. Not a
/// multipart.
bool is_media_type(std::string_view mime_type);

/// Whether an attachment may have this content id: a word that can be written after "cid:" in any
/// HTML.
bool is_content_id(std::string_view id);

/// Whether the recipients of the Bcc field are named in the message. The Gmail API takes recipients
/// from the headers and removes this one itself; SMTP sends the message as it is.
enum class BccHeader { keep, omit };

/// The bytes of the message (RFC 5322 and RFC 2045 to 2049): with CRLF, header lines of at most 78
/// characters where they can be folded, no line above 998. All of it is ASCII, but for
/// internationalised addresses (RFC 6532) and what came as `body_as_is` and `fields_as_is`.
///
/// An inline attachment with a content id becomes part of the HTML (multipart/related, RFC 2387);
/// without HTML it follows the text.
///
/// invalid_argument, in a sentence that names the field, for anything that would not arrive as
/// given or that would write a header of its own: line breaks and other control characters in a
/// subject, name, address, file name, header or MIME type, a content id that cannot follow "cid:"
/// or that two attachments share, bytes that are not UTF-8, something that is not an address.
/// Thread-safe.
///
/// There are never more than two copies of a long attachment: the draft's own is freed before the
/// message becomes a string, so move the draft in when it is no longer needed.
Result<std::string> write_message(Draft draft, BccHeader bcc);

}  // namespace gmail_mcp::mime
