#include "mail/imap_smtp/sessions.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "crypto/digest.h"
#include "net/tls.h"

namespace gmail_mcp::mail {

namespace {

using std::chrono::steady_clock;

Error closed() { return {Errc::unavailable, "The server is shutting down.", "Try again."}; }

// An open connection and what is remembered of it.
struct Connection {
  std::unique_ptr<imap::Client> client;
  std::string key;  // digest of the password it was opened with
  steady_clock::time_point unused_since{};
};

// One address: its connections share the server's limit.
struct Account {
  explicit Account(const Executor& executor) : changed{executor, Timer::time_point::max()} {}

  bool is_forgettable() const { return users == 0 && unused.empty(); }

  std::vector<Connection> unused;  // the latest last
  std::size_t leased = 0;          // to calls and polls, those being opened included
  std::size_t users = 0;           // who holds or waits for one
  bool is_logging_in = false;
  Timer changed;  // never expires; cancelled when something became free
};

}  // namespace

struct Sessions::State : std::enable_shared_from_this<Sessions::State> {
  State(const Executor& executor, SessionOptions with, Clock& clock, Log& log)
      : executor{executor},
        options{std::move(with)},
        clock{clock},
        log{log},
        authorities{options.server.ca_file},
        background{executor},
        polls_changed{executor, Timer::time_point::max()} {}

  std::shared_ptr<Account> account(const std::string& address) {
    auto& found = accounts[to_lower_ascii(address)];
    if (!found) found = std::make_shared<Account>(executor);
    return found;
  }
  void forget_if_empty(const std::string& address) {
    const auto at = accounts.find(to_lower_ascii(address));
    if (at != accounts.end() && at->second->is_forgettable()) accounts.erase(at);
  }

  Task<Connection> open(const ImapAccount& who, Secret password);
  Task<void> wait(Timer& timer, steady_clock::time_point until);
  Task<void> sweep();
  void give_back(Account& account, Connection connection, bool is_kept);

  Executor executor;
  SessionOptions options;
  Clock& clock;
  Log& log;
  std::map<std::string, std::shared_ptr<Account>> accounts;
  std::vector<imap::Client*> leased;  // to close them
  net::Authorities authorities;
  TaskGroup background;
  Timer polls_changed;
  std::size_t polls = 0;
  bool is_sweeping = false;
  bool is_closed = false;
};

// A place among an account's connections, and among the polls, held while a connection is opened
// and used.
struct SessionLease::Held {
  Held(std::shared_ptr<Sessions::State> all, std::string address, SessionUse use)
      : all{std::move(all)}, address{std::move(address)}, use{use} {
    account = this->all->account(this->address);
    ++account->users;
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  ~Held() {
    if (is_logging_in) account->is_logging_in = false;
    if (connection.client) {
      std::erase(all->leased, connection.client.get());
      // Ten thousand polled accounts would otherwise leave as many connections behind.
      const bool is_kept = use == SessionUse::call || (use == SessionUse::poll && was_used);
      all->give_back(*account, std::move(connection), is_kept);
    }
    if (has_place) --account->leased;
    if (has_poll) {
      --all->polls;
      all->polls_changed.cancel();
    }
    --account->users;
    account->changed.cancel();
    all->forget_if_empty(address);
  }

  std::shared_ptr<Sessions::State> all;
  std::string address;
  SessionUse use;
  std::shared_ptr<Account> account;
  Connection connection;
  bool has_place = false;
  bool has_poll = false;
  bool is_logging_in = false;
  bool was_used = false;
};

SessionLease::SessionLease(std::unique_ptr<Held> held) : held_{std::move(held)} {}
SessionLease::SessionLease(SessionLease&& other) noexcept = default;
SessionLease& SessionLease::operator=(SessionLease&& other) noexcept = default;
SessionLease::~SessionLease() = default;

imap::Client& SessionLease::operator*() const { return *held_->connection.client; }
imap::Client* SessionLease::operator->() const { return held_->connection.client.get(); }
bool SessionLease::was_used() const { return held_->was_used; }

void Sessions::State::give_back(Account& account, Connection connection, bool is_kept) {
  const bool is_sound =
      !is_closed && connection.client->is_open() && connection.client->in_flight() == 0;
  if (!is_kept || !is_sound) return;
  connection.unused_since = clock.steady_now();
  connection.client->limit_silence(options.limits.silence);
  account.unused.push_back(std::move(connection));
  if (is_sweeping) return;
  is_sweeping = true;
  background.spawn(sweep());
}

// Runs while there are unused connections.
Task<void> Sessions::State::sweep() {
  struct Over {
    bool& flag;
    ~Over() { flag = false; }
  } over{is_sweeping};
  while (true) {
    std::optional<steady_clock::time_point> oldest;
    const auto limit = clock.steady_now() - options.idle_close;
    for (auto at = accounts.begin(); at != accounts.end();) {
      auto& unused = at->second->unused;
      std::erase_if(unused, [&](const Connection& one) { return one.unused_since <= limit; });
      for (const auto& one : unused) {
        if (!oldest || one.unused_since < *oldest) oldest = one.unused_since;
      }
      at = at->second->is_forgettable() ? accounts.erase(at) : std::next(at);
    }
    if (!oldest) co_return;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*oldest - limit);
    co_await clock.sleep(std::max(left, std::chrono::milliseconds{1}));
  }
}

Task<void> Sessions::State::wait(Timer& timer, steady_clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
  if (left.count() <= 0) {
    throw Error{Errc::rate_limited, "Rate limited: all connections to this account are in use.",
                "Ask for less at a time."}
        .with_retry_after(std::chrono::seconds{1});
  }
  boost::system::error_code ignored;
  auto change = timer.async_wait(boost::asio::redirect_error(use_task, ignored));
  try {
    co_await with_deadline(left, std::move(change));
  } catch (const Error& error) {
    if (error.code != Errc::timeout) throw;
  }
}

Task<Connection> Sessions::State::open(const ImapAccount& who, Secret password) {
  std::shared_ptr<const net::TlsContext> tls;
  if (options.server.encryption != imap::Encryption::none) tls = authorities.context();
  Connection connection;
  connection.client = co_await imap::Client::connect(options.server, tls, options.limits);
  imap::Login login;
  login.address = who.address;
  login.secret = password;
  bool is_refused = false;
  try {
    co_await connection.client->login(std::move(login));
  } catch (const Error& error) {
    if (error.code != Errc::unauthenticated) throw;
    is_refused = true;
  }
  if (is_refused) {
    log.info("an app password was refused");
    const auto refusal = co_await who.password->refused(std::move(password));
    throw Error{refusal};
  }
  connection.key = crypto::sha256(password.reveal());
  co_return connection;
}

Sessions::Sessions(const Executor& executor, SessionOptions options, Clock& clock, Log& log)
    : state_{std::make_shared<State>(executor, std::move(options), clock, log)} {}

Sessions::~Sessions() = default;

Task<SessionLease> Sessions::acquire(ImapAccount account, SessionUse use) {
  const auto all = state_;
  const auto until = steady_clock::now() + all->options.patience;
  auto password = co_await account.password->password();
  const auto key = crypto::sha256(password.reveal());
  auto held = std::make_unique<SessionLease::Held>(all, account.address, use);
  auto& mine = *held->account;

  if (use == SessionUse::poll) {
    while (all->polls >= all->options.polling) co_await all->wait(all->polls_changed, until);
    ++all->polls;
    held->has_poll = true;
  }
  while (use != SessionUse::watch && !held->has_place) {
    if (all->is_closed) throw closed();
    std::erase_if(mine.unused, [](const Connection& one) { return !one.client->is_open(); });
    const auto ours = std::find_if(mine.unused.rbegin(), mine.unused.rend(),
                                   [&](const Connection& one) { return one.key == key; });
    if (ours != mine.unused.rend()) {
      held->connection = std::move(*ours);
      mine.unused.erase(std::next(ours).base());
      held->was_used = true;
      held->connection.client->doubt();
    } else if (mine.leased + mine.unused.size() < all->options.per_account) {
      // One login at a time: if it is refused, the others are not sent after it.
      if (mine.is_logging_in) {
        co_await all->wait(mine.changed, until);
        continue;
      }
      mine.is_logging_in = true;
      held->is_logging_in = true;
    } else if (!mine.unused.empty()) {
      mine.unused.erase(mine.unused.begin());  // opened with another's password
      continue;
    } else {
      co_await all->wait(mine.changed, until);
      continue;
    }
    ++mine.leased;
    held->has_place = true;
  }
  if (all->is_closed) throw closed();
  if (!held->connection.client) {
    held->connection = co_await all->open(account, std::move(password));
    if (held->is_logging_in) mine.is_logging_in = false;
    held->is_logging_in = false;
    mine.changed.cancel();
    if (all->is_closed) throw closed();
  }
  all->leased.push_back(held->connection.client.get());
  co_return SessionLease{std::move(held)};
}

Task<bool> Sessions::may_try_again(const Error& error, Tries& tries) {
  if (error.code != Errc::unavailable || state_->is_closed) co_return false;
  auto& clock = state_->clock;
  google::Failure failure;
  failure.kind = google::FailureKind::unavailable;
  if (!tries.patience) tries.patience.emplace(tries.policy, clock);
  const auto wait = tries.patience->wait_after(failure, false);
  if (!wait) co_return false;
  tries.patience->spent_one();
  co_await clock.sleep(*wait);
  co_return true;
}

void Sessions::forget(const std::string& address) {
  const auto at = state_->accounts.find(to_lower_ascii(address));
  if (at == state_->accounts.end()) return;
  at->second->unused.clear();
  state_->forget_if_empty(address);
}

Sessions::Counts Sessions::counts() const {
  Counts counts{.open = state_->leased.size()};
  for (const auto& [address, account] : state_->accounts) counts.unused += account->unused.size();
  counts.open += counts.unused;
  return counts;
}

Task<void> Sessions::close() {
  const auto all = state_;
  all->is_closed = true;
  for (auto* client : all->leased) client->close();
  for (const auto& [address, account] : all->accounts) {
    account->unused.clear();
    account->changed.cancel();
  }
  all->polls_changed.cancel();
  all->background.cancel();
  co_await all->background.join();
}

}  // namespace gmail_mcp::mail
