#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/mailbox.h"

namespace gmail_mcp::sandbox::imap {

/// X-GM-LABELS of a message seen from the folder `key`, whose own label is left out. `utf8`: after
/// ENABLE UTF8=ACCEPT; otherwise names are in modified UTF-7.
std::string labels_text(const StoredMessage& message, const Mailbox& mailbox, std::string_view key,
                        bool utf8);

/// The label id that a name of X-GM-LABELS means: "\\Inbox", "\\Draft", or a user label (UTF-8).
std::optional<std::string> label_id(const Mailbox& mailbox, std::string_view name);

/// The same; a user label that is not there yet is created. Errc::invalid_argument for a name Gmail
/// does not allow.
Result<std::string> label_id_or_new(Mailbox& mailbox, std::string_view name);

}  // namespace gmail_mcp::sandbox::imap
