#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "mime/address.h"

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
  std::optional<std::string> html;  // the same message for those who can see it
  std::vector<Attachment> attachments;
  std::string message_id;                            // "<…>"; no header when empty
  std::vector<std::string> in_reply_to, references;  // likewise
  Timestamp date;
  std::vector<std::pair<std::string, std::string>> extra_headers;
  /// Of another message, by body_source(): goes out instead of texts and attachments.
  std::optional<std::string> body_as_is = {};
};

/// Whether it can be an attachment's: "application/pdf", also with parameters. Not a multipart.
bool is_media_type(std::string_view mime_type);

/// Whether an attachment may have it: a word that every HTML can name behind "cid:".
bool is_content_id(std::string_view id);

/// Whether the recipients of the Bcc field are named in the message. The Gmail API takes recipients
/// from the headers and removes this one itself; SMTP sends the message as it is.
enum class BccHeader { keep, omit };

/// The bytes of the message (RFC 5322 and RFC 2045 to 2049): with CRLF, header lines of at most 78
/// characters where they can be folded, no line above 998. All of it is ASCII, but for
/// internationalised addresses (RFC 6532) and what came as `body_as_is`.
///
/// What is inline and has a content id is a part of the HTML (multipart/related, RFC 2387); without
/// HTML it stands behind the text.
///
/// invalid_argument, in a sentence that names the field, for anything that would not arrive as
/// given or that would write a header of its own: line breaks and other control characters in a
/// subject, name, address, file name, header or MIME type, a content id that no "cid:" can name or
/// that two attachments have, bytes that are not UTF-8, an address
/// that is none. Thread-safe.
///
/// Of long attachments there are never more than two copies: the draft's own are freed before the
/// message stands as a string, so give the draft away where it is not needed any more.
Result<std::string> write_message(Draft draft, BccHeader bcc);

}  // namespace gmail_mcp::mime
