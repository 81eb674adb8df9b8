#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fair_share.h"
#include "base/task.h"
#include "google/api_root.h"
#include "google/call_tally.h"
#include "google/credentials.h"
#include "google/patience.h"
#include "google/quota.h"
#include "google/scopes.h"
#include "http/client.h"
#include "mail/mailbox.h"

namespace gmail_mcp::mail {

/// Shared by all Gmail REST mailboxes of a thread. Borrowed: must outlive them.
struct GmailRest {
  http::Client& http;
  google::ApiRoot& root;
  Clock& clock;
  google::Policy policy = {};
  WorkPool* work_pool = nullptr;       // for work on more than 256 KiB; may be none
  google::CallTally* tally = nullptr;  // may be none
  google::UnitBook* units = nullptr;   // none: each mailbox and feed has its own

  /// The policy for the mailbox `address`.
  google::Policy policy_for(std::string_view address) const {
    auto own = policy;
    if (units != nullptr) own.units = units->of(address, clock.steady_now());
    return own;
  }
};

/// What the person allowed, as full URLs; empty: not known, Google decides.
struct GrantedScopes {
  std::vector<std::string> scopes;

  /// Throws insufficient_scope when it is known that Google would refuse.
  void require(google::Method method) const;
  /// The same for methods that gmail.metadata allows in general but not as we use them.
  void require_content(google::Method method) const;
};

/// A mailbox over the Gmail REST API (reference:
/// https://developers.google.com/workspace/gmail/api). Opening does no I/O. `granted_scopes` are
/// full URLs; anything they do not allow is insufficient_scope, without asking Google. Empty: not
/// known, so Google decides. The mailbox has its own gate.
///
/// Searching requests `format=full` with a mask that leaves out all bytes, not `format=metadata`:
/// it costs the same quota, and only it has the parts, so that has_attachments and attachments are
/// certain in every answer. The price is that all headers come along.
///
/// Large contents count against the share of `reader` while they are fetched and read.
std::unique_ptr<Mailbox> open_gmail_rest(const GmailRest& shared,
                                         std::shared_ptr<google::TokenSource> tokens,
                                         std::string address,
                                         std::vector<std::string> granted_scopes,
                                         Shareholder reader = {});

}  // namespace gmail_mcp::mail
