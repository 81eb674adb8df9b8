#include "mail/imap_smtp/envelope.h"

#include <algorithm>

#include "base/text.h"
#include "mail/recipients.h"
#include "mime/address.h"
#include "mime/body_source.h"
#include "mime/header.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

mime::Part header_of(std::string_view rfc822) {
  auto part = mime::read_message(mime::header_section(rfc822));
  return part ? std::move(*part) : mime::Part{};
}

bool is_bcc(std::string_view line) {
  const auto colon = line.find(':');
  return colon != std::string_view::npos &&
         equals_ignoring_case(trim(line.substr(0, colon)), "bcc");
}

}  // namespace

Result<std::vector<std::string>> recipients_of(std::string_view rfc822) {
  const auto root = header_of(rfc822);
  Recipients recipients;
  for (const std::string_view name : {"To", "Cc", "Bcc"}) {
    for (const auto& field : root.headers) {
      if (!equals_ignoring_case(field.first, name)) continue;
      for (const auto& address : mime::parse_addresses(field.second)) recipients.add(address.email);
    }
  }
  return std::move(recipients).finish();
}

std::string message_id_of(std::string_view rfc822) {
  const auto root = header_of(rfc822);
  auto ids = mime::parse_message_ids(mime::header(root, "Message-ID"));
  return ids.empty() ? std::string{} : std::move(ids.front());
}

// Each line that stays is moved once.
void remove_bcc(std::string& rfc822) {
  const auto end = mime::header_section(rfc822).size();
  std::size_t kept = 0;
  bool dropping = false;
  for (std::size_t at = 0; at < end;) {
    const auto feed = rfc822.find('\n', at);
    const auto length = std::min(end, feed == std::string::npos ? end : feed + 1) - at;
    const auto line = std::string_view{rfc822}.substr(at, length);
    // A folded line belongs to the field before it.
    if (line.front() != ' ' && line.front() != '\t') dropping = is_bcc(line);
    if (!dropping) {
      if (kept < at) std::char_traits<char>::move(rfc822.data() + kept, line.data(), length);
      kept += length;
    }
    at += length;
  }
  rfc822.erase(kept, end - kept);
}

}  // namespace gmail_mcp::mail
