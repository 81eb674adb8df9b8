#pragma once

#include <memory>

#include "mail/mailbox.h"
#include "mail/response_cache.h"

namespace gmail_mcp::mail {

/// The same mailbox, asking for less:
///
/// - labels for 5 minutes and the profile for an hour, until something changes the mailbox: one of
///   its own calls, or Mailbox::forget_answers when there is news;
/// - the addresses it may write under for an hour: their owner changes them in Gmail's settings, of
///   which nothing tells; that they are refused, for 5 minutes;
/// - attachments, and what is in a message: Gmail never changes them. The labels of a message are
///   asked for each time, and so it is noticed when it is gone.
///
/// A change of which this process hears nothing is seen when the time is up.
std::unique_ptr<Mailbox> remember_answers(std::unique_ptr<Mailbox> mailbox, ResponseCache& cache);

}  // namespace gmail_mcp::mail
