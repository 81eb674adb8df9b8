#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mime/address.h"

// Reads the values of a message's headers. All of this reads strangers' text: it never fails, takes
// time linear in its input and is thread-safe.
namespace gmail_mcp::mime {

/// The encoded words of a header value as text (RFC 2047), and the rest as it stands. One line of
/// valid UTF-8: folds are undone and control characters become blanks, so that the result can
/// safely be put into a new header. Also reads what is common but wrong: words inside quotation
/// marks or without blanks around them, characters cut between two words, raw 8-bit text.
std::string decode_words(std::string_view raw);

/// The ids of a Message-ID, In-Reply-To or References header (RFC 5322 §3.6.4), each as "<a@b>", in
/// order. Only ids that can be written into a header again are returned: printable ASCII, blanks
/// included, of at most 900 characters. The last 1,000 when there are more.
std::vector<std::string> parse_message_ids(std::string_view raw);

/// The time that a Date header gives (RFC 5322 §3.3 and the obsolete forms of §4.3); nullopt if
/// none. A leap second is the one that follows it.
std::optional<Timestamp> parse_date(std::string_view raw);

}  // namespace gmail_mcp::mime
