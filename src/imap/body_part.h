#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gmail_mcp::imap {

/// One node of a BODYSTRUCTURE (RFC 3501 §7.4.2): the structure of a message, without its content.
struct BodyPart {
  using Parameters = std::vector<std::pair<std::string, std::string>>;  // names in lower case

  /// The name of the part in BODY[…]: "1", "2.1"; its header is "2.1.MIME". Empty for a multipart
  /// that is the whole message.
  std::string section;
  std::string mime_type;  // lower case type/subtype
  Parameters parameters;
  std::string content_id;   // with its brackets, as sent
  std::string encoding;     // lower case: "base64", "quoted-printable", "7bit" …
  std::uint64_t bytes = 0;  // encoded
  std::string disposition;  // lower case; "" if there is none or it was not sent
  Parameters disposition_parameters;
  /// The parts of a multipart; in a message/rfc822, the one body inside it.
  std::vector<BodyPart> parts;

  bool is_multipart() const { return mime_type.starts_with("multipart/"); }
};

/// "" if there is none. `name` in lower case.
std::string_view parameter(const BodyPart::Parameters& parameters, std::string_view name);

}  // namespace gmail_mcp::imap
