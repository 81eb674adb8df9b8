#pragma once

#include <string>
#include <vector>

#include "mail/mailbox.h"

namespace gmail_mcp::tools {

/// What a caller wrote into `argument`, ids or names in any case, as ids. An id wins over a name.
/// The mailbox is asked only if there is something else than ids of Gmail's own labels. Throws
/// invalid_argument for a label that is not there, or when a name fits several.
Task<std::vector<std::string>> label_ids(mail::Mailbox& mailbox, std::string_view argument,
                                         std::vector<std::string> given);

}  // namespace gmail_mcp::tools
