#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// Throws label_exists where `old`, with all that is within it, cannot bear the new name `name`
/// because one of `labels` (all names there are) bears one of theirs: then nothing is renamed.
void check_rename(const std::vector<std::string>& labels, std::string_view old,
                  std::string_view name);

Error label_exists();
Error label_is_gmails();
Error no_such_label();

}  // namespace gmail_mcp::mail
