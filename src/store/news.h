#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/task.h"
#include "model/connection.h"
#include "model/news.h"
#include "store/archive.h"

namespace gmail_mcp::store {

/// What a step of an archive changes for those who watch the mailbox; nullopt: nothing. `added`:
/// the messages of it that were not there before.
std::optional<model::MailboxNews> news_of(const model::ConnectionId& id, const ArchiveStep& step,
                                          const std::vector<model::MessageId>& added);

/// What has happened since the reader asked before.
struct Heard {
  std::vector<model::MailboxNews> mailboxes;  // brought by other stores; one a connection
  std::vector<model::ConnectionId>
      connections;  // their status changed, or they are gone: also ours
  /// Sessions of MCP clients (store/mcp_sessions.h), by name.
  std::vector<std::string> changed_sessions;
  std::vector<std::string> ended_sessions;
  bool missed = false;  // more than is read at a time: anything may be new
};

/// News between the processes on a database, kept for some minutes. An archive writes its own in
/// the transaction of the change, and so do changes of a connection's status: what is durable is
/// heard, even if the process that did it is killed at once. Every reader hears everything at least
/// once.
class News {
 public:
  virtual ~News() = default;

  /// How far a reader has read; new ones begin some seconds ago.
  struct Place {
    std::optional<std::int64_t> from;
    std::set<std::int64_t> heard;  // rows behind `from`
  };
  struct Hearing {
    Heard heard;
    Place next;
  };
  virtual Task<Hearing> hear(Place place) = 0;

  /// Writes what no archive writes. Nothing is heard of it in this store.
  virtual Task<void> tell(model::MailboxNews news) = 0;

  /// Removes what is older than any reader needs.
  virtual Task<void> purge() = 0;

  /// A reader who has not read for so long may have missed something.
  static constexpr std::chrono::seconds kept{120};
};

}  // namespace gmail_mcp::store
