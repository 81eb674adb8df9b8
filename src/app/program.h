#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "accounts/app_passwords.h"
#include "accounts/authorization_server.h"
#include "accounts/client_documents.h"
#include "accounts/client_tokens.h"
#include "accounts/connect.h"
#include "accounts/flow_receipts.h"
#include "accounts/recognizer.h"
#include "accounts/sign_ins.h"
#include "accounts/token_vault.h"
#include "accounts/user_tokens.h"
#include "app/mail_servers.h"
#include "app/token_issuer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/meter.h"
#include "base/task.h"
#include "crypto/fernet.h"
#include "google/api_root.h"
#include "google/oauth.h"
#include "http/client.h"
#include "mail/backend.h"
#include "mail/conditions.h"
#include "mail/feed.h"
#include "mail/gmail_rest/gmail_rest.h"
#include "mail/imap_smtp/imap_smtp.h"
#include "mail/imap_smtp/sessions.h"
#include "mail/outbox.h"
#include "mail/pool.h"
#include "mail/response_cache.h"
#include "operation/accounts.h"
#include "operation/approvals.h"
#include "operation/catalog.h"
#include "operation/history.h"
#include "operation/mail.h"
#include "operation/news.h"
#include "operation/services.h"
#include "operation/shared_limits.h"
#include "operation/tally.h"
#include "setup/load.h"
#include "setup/report.h"
#include "store/store.h"

namespace gmail_mcp::app {

/// Everything below the doors, built from the settings: `open` shows the order. With an incomplete
/// set-up only the parts are built that are needed to say what is missing. One loop.
class Program final : private operation::Setup {
 public:
  Program(boost::asio::io_context& loop, setup::Loaded loaded, Clock& clock, Log& log);
  ~Program();

  /// Opens the database, migrates it, and makes everything that uses it. Throws misconfigured when
  /// the database cannot be used. `sign_in_begins`: see operation::Accounts; `serve_approvals`: see
  /// operation::Approvals.
  Task<void> open(std::function<void()> sign_in_begins = {},
                  std::function<std::string()> serve_approvals = {});

  const setup::Settings& settings() const { return loaded_.settings; }
  const setup::Report& judged() const { return report_; }
  const operation::Services& services() const { return services_; }
  /// Throws what is missing when the set-up is incomplete.
  const operation::House& ready() const;
  const operation::Catalog& catalog() const { return catalog_; }
  store::Store* store() { return store_.get(); }
  /// Who recognises bearer tokens that are not in the settings, in the order in which they are
  /// asked; none while the set-up is incomplete. Borrowed from the program.
  std::vector<accounts::Recognizer*> recognizers();
  /// Begins to fetch the keys of server.oauth.issuer before a caller needs them: for servers with
  /// callers from elsewhere.
  void follow_issuer();
  /// nullptr while the set-up is incomplete.
  const crypto::KeyRing* keys() const { return keys_ ? &*keys_ : nullptr; }
  /// Sign in with Google for MCP clients; null when it is off or the set-up is incomplete.
  accounts::AuthorizationServer* authorization_server() { return authorization_server_.get(); }
  accounts::ClientTokens* client_tokens() { return client_tokens_.get(); }
  Clock& clock() { return clock_; }
  Log& log() { return log_; }
  /// The numbers of /metrics. Made before everything that counts.
  Meter& meter() { return meter_; }

  /// No threads of its own, so that the same happens in the same order each time: for tests. Set
  /// before `open`.
  bool in_turn = false;

  /// What came into archives, here and in other processes, after it is durable.
  operation::News& news() { return news_; }

  /// Begins to follow the archived mailboxes: for servers only, not for single commands.
  void start_watch();

  /// Begins to renew tokens before they expire, to finish interrupted removals and revocations, and
  /// to delete, every quarter of an hour, what is no longer needed: for servers.
  void start_housekeeping();

  /// Removes the remains of erased data from the search index, and rewrites the database: no other
  /// change is possible during that, some seconds per gigabyte.
  Task<void> erase_traces();

  /// Finishes what is under way, for at most `grace`, and writes what is buffered. Nothing may call
  /// in afterwards.
  Task<void> close(std::chrono::milliseconds grace);

 private:
  Task<void> open_store();
  void open_credentials();
  void open_google();
  void open_sign_in();
  void open_passwords();
  void open_mailboxes();
  void open_imap();
  void open_mail(std::function<std::string()> serve_approvals);
  void open_history();
  void open_accounts(std::function<void()> sign_in_begins);
  std::unique_ptr<mail::Mailbox> open_mailbox(const model::Connection& connection);
  std::unique_ptr<mail::Feed> open_feed(const model::Connection& connection, mail::FeedUse use);
  Task<setup::Report> report() override;
  Task<setup::Trial> try_out(bool verbose) override;
  Task<setup::Migrations> migrate() override;
  setup::WrittenConfig write_config(const setup::NewConfig& wanted) override;
  Task<void> keep_house();
  Task<void> keep_tokens_fresh();
  void share_limits();
  operation::News::Listener follower_of_news();
  void heed(const model::ConnectionId& id);
  Task<void> heed_change(model::ConnectionId id);

  boost::asio::io_context& loop_;
  setup::Loaded loaded_;
  Clock& clock_;
  Log& log_;
  setup::Report report_;
  std::optional<std::chrono::steady_clock::time_point> looked_at_store_;
  std::optional<Error> store_trouble_;  // at the last check
  Meter meter_;
  operation::Tally tally_{meter_};
  accounts::ConnectTally connect_tally_{meter_};
  operation::Throttle throttle_;
  FairShare answers_;
  operation::News news_;
  operation::SharedLimits shared_limits_;
  operation::Services services_;
  operation::Catalog catalog_;
  std::optional<crypto::KeyRing> keys_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<TokenIssuer> token_issuer_;  // nullptr: there is none
  std::unique_ptr<google::ApiRoot> api_root_;
  std::unique_ptr<google::OAuthApi> oauth_;
  std::unique_ptr<WorkPool> work_pool_;
  std::unique_ptr<google::CallTally> google_calls_;
  std::unique_ptr<accounts::TokenVault> vault_;
  std::unique_ptr<accounts::UserTokens> user_tokens_;
  std::unique_ptr<accounts::SignIns> sign_ins_;
  std::unique_ptr<accounts::FlowReceipts> receipts_;
  std::unique_ptr<accounts::Connect> connect_;
  std::unique_ptr<http::Client> strangers_http_;
  std::unique_ptr<accounts::ClientDocuments> client_documents_;
  std::unique_ptr<accounts::AuthorizationServer> authorization_server_;
  std::unique_ptr<accounts::ClientTokens> client_tokens_;
  std::unique_ptr<PasswordCheck> password_check_;
  std::unique_ptr<accounts::AppPasswords> passwords_;
  std::unique_ptr<google::UnitBook> google_units_;
  std::unique_ptr<mail::GmailRest> gmail_;
  std::unique_ptr<mail::Sessions> sessions_;
  std::unique_ptr<smtp::Submission> submission_;
  std::unique_ptr<mail::ImapSmtp> imap_smtp_;
  mail::Backends backends_;
  std::unique_ptr<mail::ResponseCache> response_cache_;
  std::unique_ptr<mail::Conditions> conditions_;
  std::unique_ptr<mail::Pool> pool_;
  std::unique_ptr<mail::Outbox> outbox_;
  std::optional<operation::Approvals> approvals_;
  std::optional<operation::Mail> mail_;
  std::optional<operation::History> history_;
  std::optional<operation::Accounts> accounts_;
  operation::News::Listening listening_;
  TaskGroup housekeeping_;
};

}  // namespace gmail_mcp::app
