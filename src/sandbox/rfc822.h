#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gmail_mcp::sandbox {

// Google reads mail with its own code, so the sandbox has a small reader of its own, independent of
// src/mime. So a bug there is noticed instead of being repeated here.

struct HeaderField {
  std::string name;
  std::string value;  // unfolded, encoded words still encoded
};

struct Address {
  std::string name;
  std::string email;
};

/// One node of a mail's part tree. Bodies stay in the mail's bytes.
struct Part {
  std::string id;  // Gmail's partId: "" for the whole, "0", "1.2"
  std::vector<HeaderField> headers;
  std::string mime_type = "text/plain";                         // lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // of Content-Type; lower-case names
  std::string filename;                                         // decoded
  std::string encoding;                                         // lower case
  bool is_attachment = false;  // by Content-Disposition, or because it has a name
  std::size_t head_begin = 0;
  std::size_t body_begin = 0;
  std::size_t body_end = 0;
  std::size_t size = 0;  // of the decoded body; 0 for a multipart
  std::vector<Part> parts;

  bool is_multipart() const { return mime_type.starts_with("multipart/"); }
  bool is_text() const { return mime_type == "text/plain" || mime_type == "text/html"; }
  std::string_view parameter(std::string_view name) const;
};

/// Reads any bytes; anything that is not a mail becomes a text part. Depth and number of parts are
/// bounded.
Part parse_mail(std::string_view raw);

/// The value of the first field of that name, encoded words decoded; "" if there is none.
std::string header(const Part& part, std::string_view name);

/// The part's bytes with the transfer encoding undone.
std::string decoded_body(const Part& part, std::string_view raw);
/// The same as UTF-8, whatever charset a text part declares.
std::string text_body(const Part& part, std::string_view raw);

/// The same as bytes for display: UTF-8 if the declared charset is known, otherwise as sent.
std::string inline_body(const Part& part, std::string_view raw);

/// RFC 2047.
std::string decode_words(std::string_view value);
/// Anything → valid UTF-8; unknown charsets are taken for Latin-1.
std::string to_utf8(std::string_view bytes, std::string_view charset);
bool knows_charset(std::string_view charset);

/// Flat: the members of groups are listed, names decoded.
std::vector<Address> parse_addresses(std::string_view value);
/// Those of the first field of that name.
std::vector<Address> addresses(const Part& part, std::string_view name);

/// The "<…>" ids of a References or In-Reply-To field, without brackets.
std::vector<std::string> message_ids(std::string_view value);

/// The parameter of a field such as Content-Type, decoded: boundary, charset.
std::string parameter_value(std::string_view field, std::string_view name);

/// Reads the fields at [begin, end); returns where the body after them begins.
std::size_t read_head(std::string_view raw, std::size_t begin, std::size_t end,
                      std::vector<HeaderField>& fields);

/// Where each part of a multipart body begins and ends (RFC 2046 §5.1.1).
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::vector<Range> multipart_ranges(std::string_view raw, Range body, std::string_view boundary);

/// Removes every field of that name from the mail's head.
std::string without_header(std::string_view raw, std::string_view name);

}  // namespace gmail_mcp::sandbox
