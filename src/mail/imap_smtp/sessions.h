#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "accounts/password_source.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/task.h"
#include "google/patience.h"
#include "imap/client.h"

namespace gmail_mcp::mail {

/// Whose mail is read, and with which password.
struct ImapAccount {
  std::string address;
  std::shared_ptr<accounts::PasswordSource> password;
};

struct SessionOptions {
  imap::Server server;
  std::size_t per_account = 2;          // calls and polls; a watcher comes on top
  std::size_t polling = 200;            // polls at a time, all accounts together
  std::chrono::seconds idle_close{60};  // an unused connection is closed after this
  std::chrono::seconds patience{20};    // for a connection to become free, then rate_limited
  imap::Limits limits;
};

/// What a connection is wanted for.
enum class SessionUse { call, poll, watch };

class Sessions;

/// A logged-in connection, ours until this is destroyed. It goes back to be used again if it is
/// sound; else it is closed. After Sessions::close() its calls fail.
class SessionLease {
 public:
  SessionLease(SessionLease&& other) noexcept;
  SessionLease& operator=(SessionLease&& other) noexcept;
  ~SessionLease();

  imap::Client& operator*() const;
  imap::Client* operator->() const;

  /// Whether somebody used this connection before: it may have died since.
  bool was_used() const;

 private:
  friend class Sessions;
  struct Held;
  explicit SessionLease(std::unique_ptr<Held> held);
  std::unique_ptr<Held> held_;
};

/// The IMAP connections of all accounts at one server. Keyed by address: two users who connected
/// the same account share its limits; they share a connection only if their passwords are the same,
/// so that nobody reads with another's. One loop; must be closed before it is destroyed.
class Sessions {
 public:
  Sessions(const Executor& executor, SessionOptions options, Clock& clock, Log& log);
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// A connection that is logged in: one that is unused, a new one, or the next that becomes free.
  /// `watch` always makes a new one. Throws as imap::Client does; a refused password goes to the
  /// account's PasswordSource, whose Error is thrown (`reconnect_required`).
  Task<SessionLease> acquire(ImapAccount account, SessionUse use);

  /// How often something has been tried in vain; one for each call.
  struct Tries {
    google::Policy policy;  // Google's servers have the same bad moments by all their protocols
    std::optional<google::Patience> patience;
  };
  /// Whether what failed so may be tried once more: after a wait, within the policy's budget.
  Task<bool> may_try_again(const Error& error, Tries& tries);

  /// Runs `work`, which must be safe to repeat, on a connection. If that was an old one and turns
  /// out to be dead, at once on a new one; what the server cannot do now is tried again as
  /// may_try_again says.
  template <class T>
  Task<T> repeat(ImapAccount account, std::function<Task<T>(SessionLease&)> work);
  template <class T>
  Task<T> read(ImapAccount account, std::function<Task<T>(imap::Client&)> work) {
    return repeat<T>(std::move(account),
                     [work = std::move(work)](SessionLease& lease) { return work(*lease); });
  }

  /// Closes the unused connections of an address: its password changed, it was removed.
  void forget(const std::string& address);

  struct Counts {
    std::size_t open = 0;
    std::size_t unused = 0;
  };
  Counts counts() const;

  /// Closes everything, leased connections too, and waits for what runs.
  Task<void> close();

 private:
  friend class SessionLease;
  struct State;
  std::shared_ptr<State> state_;
};

template <class T>
Task<T> Sessions::repeat(ImapAccount account, std::function<Task<T>(SessionLease&)> work) {
  Tries tries;
  for (;;) {
    std::optional<Error> failure;
    bool was_dead = false;
    try {
      auto lease = co_await acquire(account, SessionUse::call);
      try {
        co_return co_await work(lease);
      } catch (const Error& error) {
        was_dead = lease.was_used() && !lease->is_open();
        failure = error;
      }
    } catch (const Error& error) {
      failure = error;
    }
    if (was_dead) {
      forget(account.address);  // the others died with it
      continue;
    }
    const bool again = co_await may_try_again(*failure, tries);
    if (!again) throw Error{*failure};
  }
}

}  // namespace gmail_mcp::mail
