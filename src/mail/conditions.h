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

/// The state of each mailbox: all work on one reports here, and it is stored with the connection
/// (last_ok, last_error). While a mailbox keeps answering, or failing for the same reason, it is
/// written only every few minutes. One loop.
class Conditions {
 public:
  Conditions(store::Connections& connections, const Clock& clock)
      : connections_{connections}, clock_{clock} {}

  /// The mailbox answered.
  void ok(const model::ConnectionId& id);
  /// A request failed, or something stays undone; `what` is a sentence of ours, without mail
  /// content. Background work also reports here what it had to leave out.
  void trouble(const model::ConnectionId& id, const Error& what);
  /// A failed call: trouble, unless it is only about the request.
  void failed(const model::ConnectionId& id, const Error& failure);
  /// The connection is new again, or gone: the next report counts as a change.
  void forget(const model::ConnectionId& id);
  /// The program is closing: failures from now on say nothing about a mailbox.
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
