#pragma once

#include <optional>

#include "base/task.h"
#include "mail/mailbox.h"
#include "model/delivery_report.h"

namespace gmail_mcp::operation {

/// The report in a message that is one; nullopt for any other message, and for an unreadable
/// report. The report and the header of the returned message are fetched as attachments, unless
/// they are above 1 MB. Borrows both until the end.
Task<std::optional<model::DeliveryReport>> delivery_report(mail::Mailbox& mailbox,
                                                           const model::Message& message);

}  // namespace gmail_mcp::operation
