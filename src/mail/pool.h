#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "mail/mailbox.h"
#include "model/connection.h"

namespace gmail_mcp::mail {

/// A mailbox in use. Keeps it open; several callers share one. Goes bad (its calls throw
/// reconnect_required) when the connection is closed under it.
using MailboxLease = std::shared_ptr<Mailbox>;

/// Connection → open Mailbox. Opened mailboxes are kept for a while; a changed credential version
/// opens a new one. One loop.
class Pool {
 public:
  /// Which backend serves a connection: the one place that knows them all is src/app.
  using Open = std::function<std::unique_ptr<Mailbox>(const model::Connection&)>;

  Pool(Open open, Clock& clock, std::chrono::seconds keep_idle = std::chrono::seconds{600},
       std::size_t max_open = 10'000);
  ~Pool();

  /// The mailbox of an active connection, which the caller got through its Access. Opening does no
  /// I/O.
  MailboxLease lease(const model::Connection& connection);

  /// The connection ended or was replaced: nobody gets the old mailbox any more.
  void close(const model::ConnectionId& id);

  /// Something happened in that mailbox: what is remembered of it is out of date.
  void note_news(const model::ConnectionId& id);

  std::size_t open() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::mail
