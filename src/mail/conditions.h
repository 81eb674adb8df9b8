#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/error.h"
#include "mail/feed.h"
#include "mail/mailbox.h"
#include "model/connection.h"
#include "store/connections.h"

namespace gmail_mcp::mail {

/// How each mailbox does: who works on one reports here, and the store remembers it beside the
/// connection (last_ok, last_error). A mailbox that goes on answering, or failing for the same
/// reason, is written every few minutes only. One loop.
class Conditions {
 public:
  Conditions(store::Connections& connections, const Clock& clock)
      : connections_{connections}, clock_{clock} {}

  /// The mailbox answered.
  void ok(const model::ConnectionId& id);
  /// Something asked of it came to nothing, or stays undone; `what` is a sentence of ours, without
  /// mail content. Background work reports here what it had to leave out, too.
  void trouble(const model::ConnectionId& id, const Error& what);
  /// A failure of a call: trouble, unless it is only about what was asked for.
  void failed(const model::ConnectionId& id, const Error& failure);
  /// The connection is there anew, or gone: what is reported next is news.
  void forget(const model::ConnectionId& id);
  /// We are leaving: what fails from now on says nothing of a mailbox.
  void close() { is_closed_ = true; }

 private:
  struct Written {
    std::string trouble;  // empty: it was ok
    std::chrono::steady_clock::time_point again_at;
  };
  bool is_news(const model::ConnectionId& id, const std::string& trouble);

  store::Connections& connections_;
  const Clock& clock_;
  std::unordered_map<model::ConnectionId, Written> written_;
  bool is_closed_ = false;
};

/// The same mailbox, and the same feed, which report how their calls end.
std::unique_ptr<Mailbox> report_condition(std::unique_ptr<Mailbox> mailbox, model::ConnectionId id,
                                          Conditions& conditions);
std::unique_ptr<Feed> report_condition(std::unique_ptr<Feed> feed, model::ConnectionId id,
                                       Conditions& conditions);

}  // namespace gmail_mcp::mail
