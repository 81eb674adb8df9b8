#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "accounts/password_source.h"
#include "base/clock.h"
#include "base/fair_share.h"
#include "base/task.h"
#include "mail/imap_smtp/sessions.h"
#include "mail/mailbox.h"
#include "smtp/submission.h"

namespace gmail_mcp::mail {

/// Shared by all mailboxes over IMAP and SMTP. Borrowed: must outlive them.
struct ImapSmtp {
  Sessions& sessions;
  smtp::Submission& submission;
  Clock& clock;
  WorkPool* work_pool = nullptr;  // for work on more than 256 KiB; may be none
  /// The limit for a server that falls silent while it returns many messages, one of which may be
  /// the cause. After that has happened, a shorter one is used.
  std::chrono::milliseconds patience{10'000};
};

/// A mailbox over IMAP (RFC 3501, with Gmail's X-GM-EXT-1:
/// https://developers.google.com/workspace/gmail/imap/imap-extensions) and SMTP. Opening does no
/// I/O. Its message and thread ids are those of Gmail's REST API.
///
/// On a server without X-GM-EXT-1 a message's id names its folder and UID and changes when it
/// moves, there are no threads and labels, and a search can only do what IMAP can express;
/// capabilities() shows this from the server's first answer on.
///
/// Large contents count against the share of `reader` while they are fetched and read.
std::unique_ptr<Mailbox> open_imap_smtp(const ImapSmtp& shared,
                                        std::shared_ptr<accounts::PasswordSource> password,
                                        std::string address, Shareholder reader = {});

}  // namespace gmail_mcp::mail
