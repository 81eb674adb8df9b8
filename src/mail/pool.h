#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
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
       std::size_t max_open = 10'000)
      : open_{std::move(open)}, clock_{clock}, keep_idle_{keep_idle}, max_open_{max_open} {}

  /// The mailbox of an active connection, which the caller got through its Access. Opening does no
  /// I/O.
  MailboxLease lease(const model::Connection& connection);

  /// The connection ended or was replaced: nobody gets the old mailbox any more.
  void close(const model::ConnectionId& id) { entries_.erase(id); }

  /// Something happened in that mailbox: what is remembered of it is out of date.
  void note_news(const model::ConnectionId& id);
  /// The same of all that are open.
  void note_news();

  std::size_t open() const { return entries_.size(); }

 private:
  struct Entry {
    MailboxLease mailbox;
    std::int64_t version = 0;
    std::chrono::steady_clock::time_point last_used;
  };
  void make_room();

  Open open_;
  Clock& clock_;
  std::chrono::seconds keep_idle_;
  std::size_t max_open_;
  std::unordered_map<model::ConnectionId, Entry> entries_;
};

}  // namespace gmail_mcp::mail
