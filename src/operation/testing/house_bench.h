#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "accounts/user_tokens.h"
#include "base/meter.h"
#include "mail/testing/memory_mailbox.h"
#include "operation/accounts.h"
#include "operation/call.h"
#include "operation/history.h"
#include "operation/mail.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::operation::testing {

/// A complete set-up that cannot be changed.
class CompleteSetup : public Setup {
 public:
  virtual ~CompleteSetup() = default;
  Task<setup::Report> report() override { co_return setup::Report{}; }
  Task<setup::Trial> try_out(bool /*verbose*/) override { co_return setup::Trial{}; }
  Task<setup::Migrations> migrate() override { co_return setup::Migrations{}; }
  setup::WrittenConfig write_config(const setup::NewConfig& /*wanted*/) override { return {}; }
};

struct HouseOptions {
  store::Store* store = nullptr;      // null: one in memory
  google::OAuthApi* oauth = nullptr;  // null: no Google client
  Setup* setup = nullptr;             // null: a complete one
  ThrottleLimits limits = {};
  std::optional<model::Approval> approval = {};  // send.approval
  std::function<std::string()> serve_approvals = {};
  FairShare::Limits answers = {.total = std::size_t{1} << 40U, .of_one = std::size_t{1} << 39U};
};

/// A whole house over a store in memory, for tests of operations and the folders above them. Its
/// mailboxes are in memory too, it follows none, and every App Password is accepted.
class HouseBench {
 public:
  HouseBench(boost::asio::io_context& on, Clock& time, Log& lines, HouseOptions given = {})
      : loop{on}, clock{time}, log{lines}, options{given} {
    services.policy.account_keys = [] { return std::vector{Secret{"key"}}; };
    services.state.emplace<House>(House{.store = store,
                                        .approvals = approvals,
                                        .mail = mail,
                                        .history = history,
                                        .accounts = accounts,
                                        .user_tokens = user_tokens});
  }
  ~HouseBench() { run_to_end(loop, close()); }
  HouseBench(const HouseBench&) = delete;
  HouseBench& operator=(const HouseBench&) = delete;

  /// A call of an application for all users.
  Call call() {
    model::Caller caller;
    caller.kind = model::CallerKind::application;
    caller.credential = "test";
    Origin origin;
    origin.surface = "test";
    origin.request_id = "r1";
    return {services, std::move(caller), std::move(origin), "test"};
  }

  boost::asio::io_context& loop;
  Clock& clock;
  Log& log;
  HouseOptions options;
  CompleteSetup complete;
  Meter meter;
  Tally tally{meter};
  Throttle throttle{options.limits, clock};
  FairShare answers{options.answers};
  Services services{.clock = clock,
                    .log = log,
                    .setup = options.setup != nullptr ? *options.setup : complete,
                    .throttle = throttle,
                    .tally = tally,
                    .answers = answers,
                    .state = Unready{Error{Errc::unavailable, "Not yet."}}};
  crypto::KeyRing keys = crypto::KeyRing::parse({Secret{std::string(43, 'A') + "="}}).value();
  std::optional<store::testing::TestStore> own_store = open_store();
  store::Store& store = options.store != nullptr ? *options.store : **own_store;
  accounts::ConnectTally connect_tally{meter};
  accounts::TokenVault vault{store, keys, options.oauth, clock, log};
  accounts::UserTokens user_tokens{loop.get_executor(), store, clock};
  accounts::SignIns sign_ins{store, clock, log, connect_tally, {}};
  accounts::FlowReceipts receipts{store, keys, clock};
  accounts::AppPasswords passwords{
      store, keys, [](std::string, Secret) -> Task<void> { co_return; }, clock, log, connect_tally};
  mail::Conditions conditions{store.connections(), clock};
  std::map<std::string, mail::MemoryMailbox*> mailboxes;  // of the pool, by connection
  mail::Pool pool{[this](const model::Connection& one) { return open_mailbox(one); }, clock,
                  std::chrono::hours{10'000}};
  mail::Outbox outbox{loop.get_executor(), store, pool, clock, log};
  Approvals approvals{services,
                      {.store = store, .pool = pool, .outbox = outbox, .keys = keys},
                      {.rule = options.approval,
                       .public_url = "https://mail.example",
                       .serve_page = options.serve_approvals}};
  Mail mail{services, pool, outbox, approvals};
  std::vector<std::string> asked_to_follow;  // connections, in this order
  History history{loop.get_executor(),
                  services,
                  {.store = store, .vault = vault, .conditions = conditions},
                  mail::OpenFeed{},
                  [](const model::MailboxNews&) {},
                  {.archive = {}, .watch = {}, .is_archived_unasked = [this](const auto& one) {
                     asked_to_follow.push_back(one.id.str());
                     return false;
                   }}};
  Accounts accounts{services,
                    {.store = store,
                     .vault = vault,
                     .sign_ins = sign_ins,
                     .receipts = receipts,
                     .conditions = conditions,
                     .passwords = &passwords},
                    mail,
                    history,
                    {}};

 private:
  std::optional<store::testing::TestStore> open_store() {
    if (options.store != nullptr) return std::nullopt;
    return std::optional<store::testing::TestStore>{std::in_place, clock, log};
  }
  std::unique_ptr<mail::Mailbox> open_mailbox(const model::Connection& connection) {
    auto made = std::make_unique<mail::MemoryMailbox>(connection.gmail_address, clock);
    mailboxes[connection.id.str()] = made.get();
    return made;
  }
  Task<void> close() {
    co_await history.close();
    co_await outbox.drain(std::chrono::seconds{5});
    co_await vault.drain();
    co_await user_tokens.close();
    if (own_store) co_await store.flush();
  }
};

}  // namespace gmail_mcp::operation::testing
