#pragma once

#include <functional>
#include <list>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "model/news.h"
#include "store/news.h"

namespace gmail_mcp::operation {

/// Carries news to those in this process who want them, whichever process brought them. Within a
/// second, and at least once. One loop; it outlives those who listen.
class News {
 public:
  struct Listener {
    /// Whether it would do something with news now: the database is read only while somebody does.
    std::function<bool()> is_wanted;
    std::function<void(const model::MailboxNews&)> mailbox;
    /// The connection's status has changed, or it is gone. May be empty.
    std::function<void(const model::ConnectionId&)> connection = {};
    /// A session of an MCP client (store/mcp_sessions.h) has changed, or has ended, by its name.
    /// May be empty.
    std::function<void(const std::string&)> session_changed = {};
    std::function<void(const std::string&)> session_ended = {};
    /// Something was missed: anything may be new.
    std::function<void()> missed;
  };

  /// Ends the listening when it is destroyed.
  class Listening {
   public:
    Listening() = default;
    Listening(Listening&& other) noexcept;
    Listening& operator=(Listening&& other) noexcept;
    ~Listening();

   private:
    friend class News;
    Listening(News& news, std::list<Listener>::iterator listener)
        : news_{&news}, listener_{listener} {}

    News* news_ = nullptr;
    std::list<Listener>::iterator listener_;
  };

  News(Clock& clock, Log& log) : clock_{clock}, log_{log} {}

  [[nodiscard]] Listening listen(Listener listener);

  /// News of this process, which the store has written, or is to write, for the others.
  void tell(const model::MailboxNews& news) const;

  /// Listens to the other processes until it is cancelled.
  Task<void> keep(store::News& from);

 private:
  bool is_wanted() const;
  void pass_on(const store::Heard& heard) const;
  Task<void> read(store::News& from, store::News::Place& place);

  Clock& clock_;
  Log& log_;
  std::list<Listener> listeners_;
  std::chrono::steady_clock::time_point read_at_;
  bool is_failing_ = false;
};

}  // namespace gmail_mcp::operation
