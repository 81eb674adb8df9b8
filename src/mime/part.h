#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gmail_mcp::mime {

/// One node of a message (RFC 2045, RFC 2046): a multipart with `parts`, or a leaf with `content`.
/// An embedded message (message/rfc822) is a leaf: its content is the message, as received.
struct Part {
  std::string id;           // Gmail's part id: "" for the root, then "0", "1", "1.0" …
  std::string mime_type;    // lower case type/subtype
  std::string filename;     // decoded (RFC 2231, RFC 2047), "" if none
  std::string charset;      // as declared, lower case, "" if none
  std::string disposition;  // lower case: "attachment", "inline", "" if none
  std::string content_id;   // without brackets

  /// Bytes with the transfer encoding undone; empty for a multipart. Text that is meant to be read
  /// is UTF-8. A file somebody attached is byte for byte what was attached, text or not.
  std::string content;

  /// Of this part, as sent: unfolded, otherwise raw (see decode_words and parse_addresses).
  std::vector<std::pair<std::string, std::string>> headers;

  std::vector<Part> parts;
};

/// The first header of that name, in any case; "" if there is none. Borrows from `part`.
std::string_view header(const Part& part, std::string_view name);

/// Whether this is text to be read rather than a file: text/plain or text/html, without a file name
/// and not declared an attachment.
bool is_readable_text(const Part& part);

struct Bodies {
  std::string plain;
  std::optional<std::string> html;
};

/// The first text/plain and the first text/html that are readable text, through multiparts of any
/// kind, never from an embedded message.
Bodies bodies(const Part& root);

struct AttachmentInfo {
  std::string part_id;
  std::string filename;  // never empty
  std::string mime_type;
  std::size_t size;  // bytes of content
  bool is_inline;    // shown within the text, as images of an HTML body are
};

/// Every leaf that is not one of the bodies, in order: files, inline images, further texts,
/// embedded messages. What has no name is called "attachment.pdf", "attachment-2.png" and so on by
/// its position, so the name is the same each time.
std::vector<AttachmentInfo> attachments(const Part& root);

}  // namespace gmail_mcp::mime
