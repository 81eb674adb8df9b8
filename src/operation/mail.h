#pragma once

#include <optional>
#include <string>

#include "base/task.h"
#include "mail/compose.h"
#include "mail/mailbox.h"
#include "mail/outbox.h"
#include "mail/pool.h"
#include "model/draft_change.h"
#include "operation/approvals.h"
#include "operation/send_result.h"
#include "operation/services.h"

namespace gmail_mcp::operation {

class Call;

/// Opens mailboxes, sends messages and writes drafts. The policy judges the recipients of both.
/// What it is given outlives it.
class Mail {
 public:
  Mail(const Services& services, mail::Pool& pool, mail::Outbox& outbox, Approvals& approvals)
      : services_{services}, pool_{pool}, outbox_{outbox}, approvals_{approvals} {}

  mail::Pool& pool() const { return pool_; }
  mail::Outbox& outbox() const { return outbox_; }

  /// At most once (mail/outbox.h). What needs a person's approval is held instead, and the result
  /// says so (operation/approvals.h).
  Task<SendResult> send(Call& call, std::string connection_id, mail::NewMessage message,
                        std::string idempotency_key);
  Task<SendResult> send_draft(Call& call, std::string connection_id, model::DraftId draft,
                              std::string idempotency_key);

  Task<mail::DraftRef> create_draft(Call& call, std::string connection_id,
                                    mail::NewMessage message);
  /// Keeps everything that `change` does not name.
  Task<mail::DraftRef> change_draft(Call& call, std::string connection_id, model::DraftId draft,
                                    model::DraftChange change);

 private:
  Task<mail::SendOrder> order(Call& call, std::string connection_id, std::string idempotency_key);
  Task<SendResult> place(Call& call, mail::SendOrder order);
  /// Saves after the policy has judged it. `replaced`: the draft whose place it takes.
  Task<mail::DraftRef> save_draft(Call& call, mail::MailboxLease box, mail::Composed composed,
                                  std::optional<model::DraftId> replaced);

  const Services& services_;
  mail::Pool& pool_;
  mail::Outbox& outbox_;
  Approvals& approvals_;
};

}  // namespace gmail_mcp::operation
