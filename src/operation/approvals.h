#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/fair_share.h"
#include "base/task.h"
#include "crypto/fernet.h"
#include "crypto/sealer.h"
#include "mail/outbox.h"
#include "mail/pool.h"
#include "model/access.h"
#include "model/caller.h"
#include "operation/decision.h"
#include "operation/first_recipients.h"
#include "operation/held_message.h"
#include "operation/send_result.h"
#include "operation/services.h"
#include "store/store.h"

namespace gmail_mcp::operation {

class Call;

/// Messages that wait for a person's approval (docs/approvals.md). What is held is the message as
/// it will go out, byte for byte; the approval holds for its digest, once, for 24 hours. One loop.
class Approvals {
 public:
  struct Options {
    std::optional<model::Approval> rule;  // send.approval; nullopt: by who calls
    std::string public_url;
    /// Called whenever somebody is told that a message waits: over stdio nothing listens until
    /// then. Returns why nobody can open the page and what to do about it, in one sentence; "" when
    /// they can. Empty: the page is always served.
    std::function<std::string()> serve_page;
  };
  /// What it uses; outlives it.
  struct Needs {
    store::Store& store;
    mail::Pool& pool;
    mail::Outbox& outbox;
    const crypto::KeyRing& keys;
  };
  Approvals(const Services& services, Needs needs, Options options);

  /// The rule for this caller. An explicit rule of the server's can be made stricter by a
  /// credential, never weaker.
  model::Approval rule_for(const model::Caller& caller, bool is_stdio) const;

  /// Judges the recipients and the number of every send.
  mail::SendPolicy policy(model::Access access) const;
  /// Holds back what needs approval by this rule: none for `never`.
  mail::SendGuard guard(model::Approval rule);
  /// What the same call was answered before, if it was held.
  Task<std::optional<SendResult>> same(const model::Access& access, const mail::SendOrder& order);
  /// What became of it; not_found when this access has no such held send.
  Task<SendResult> result(const model::Access& access, std::string send_id);

  /// The same for a call, which must be for the user of that send and may use its connection; also
  /// of a send that was not held.
  Task<SendResult> result(Call& call, std::string send_id);
  Task<HeldView> look(Call& call, std::string send_id);
  Task<SendResult> decide(Call& call, Decision decision);

  /// For the page: the id in a link of ours, also when its time is over.
  std::optional<std::string> id_in_link(std::string_view secret) const;
  /// Whoever has the link may look and decide.
  Task<std::optional<HeldView>> look_by_link(std::string secret);
  Task<SendResult> decide_by_link(Call& call, std::string secret, Decision decision);

 private:
  // What the steps of one decision work on.
  struct Deciding {
    model::Access access;
    store::HeldSend held;
    model::Connection connection;
    std::string sealed;
    HeldMessage message;
    std::optional<model::MessageId> draft_message;  // in its draft, as it was approved
  };

  Task<void> judge(mail::AboutToSend about, model::Approval rule);
  Task<void> hold(mail::AboutToSend about, HeldMessage message);
  Task<HeldView> view_of(model::Access access, store::HeldSend held);
  Task<HeldMessage> open(std::string sealed);
  FairShare::Hold room_for(const model::Connection& connection, const store::HeldSend& held) const;
  std::string link(const store::HeldSend& held) const;
  Task<SendResult> result_of(model::Access access, store::HeldSend held);
  Task<void> add_fate(model::Access access, std::string send_id, model::Connection connection,
                      SendResult& result);
  Task<SendResult> carry_out(model::Access access, store::HeldSend held,
                             model::Connection connection, Decision decision);
  Task<void> send(std::shared_ptr<Deciding> one);
  Task<void> save_as_draft(std::shared_ptr<Deciding> one);
  Task<void> check_draft(std::shared_ptr<Deciding> one);

  const Services& services_;
  const Needs needs_;
  const Options options_;
  const crypto::Sealer links_;
  FirstRecipients first_;
};

}  // namespace gmail_mcp::operation
