#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// What every backend asks of a label, and says of it, before the server does.

/// Why no label can have that name: Gmail's own rules
/// (https://developers.google.com/workspace/gmail/api/guides/labels) and those of IMAP's folders.
std::optional<Error> label_name_fault(std::string_view name);

bool has_label(const model::Message& message, std::string_view id);

/// Whether `label` is below `parent`: nesting is a matter of the names.
bool is_within(std::string_view label, std::string_view parent);

Error label_exists();
Error label_is_gmails();
Error no_such_label();

}  // namespace gmail_mcp::mail
