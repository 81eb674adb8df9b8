#include "app/house.h"

#include <filesystem>

#include "accounts/fresh_tokens.h"
#include "accounts/seals.h"
#include "app/measures.h"
#include "app/new_mail.h"
#include "google/scopes.h"
#include "mail/cached_mailbox.h"
#include "mail/gmail_rest/gmail_rest.h"
#include "mail/gmail_rest/history_feed.h"
#include "mail/imap_smtp/imap_feed.h"
#include "operation/removal.h"
#include "prompts/catalog.h"
#include "resources/catalog.h"
#include "sql/migrate.h"
#include "sql/sqlite/sqlite.h"
#include "store/cached.h"
#include "store/sql/migrations.h"
#include "store/sql/sql_store.h"
#include "tools/catalog.h"

namespace gmail_mcp::app {

Task<void> refuse_foreign_database(std::string path, Log& log) {
  if (!std::filesystem::is_regular_file(path)) co_return;
  sql::SqliteOptions options;
  options.path = std::move(path);
  options.look_only = true;
  const auto database = sql::open_sqlite(std::move(options), log);
  co_await sql::plan_migrations(*database, store::sqlite_migrations());
}

namespace {

// Idempotency keys live a day; a message's limits look back as long.
constexpr std::chrono::hours kept_sends{72};
constexpr std::chrono::days kept_audit{90};
// Mailboxes of which mail has grown too old, a quarter of an hour.
constexpr std::int64_t expired_at_a_time = 1000;
// All others wait while the database is written anew: whoever connects and disconnects again and
// again makes it happen no oftener.
constexpr std::chrono::seconds between_scrubs{20};
// At a start; `validate` looks at all.
constexpr std::int64_t seals_looked_at = 1000;
// Whoever asks for them again and again makes the database count no oftener.
constexpr std::chrono::seconds counts_last{2};

Error no_app_passwords() {
  return {Errc::misconfigured, "Accounts with App Passwords are not offered by this server.",
          "Connect the account with Google: gmail_get_auth_url."};
}

}  // namespace

House::House(boost::asio::io_context& loop, setup::Loaded loaded, Clock& clock, Log& log)
    : loop_{loop},
      loaded_{std::move(loaded)},
      clock_{clock},
      log_{log},
      report_{setup::judge(loaded_)},
      throttle_{{.per_credential = loaded_.settings.server.rate_limit.per_credential,
                 .per_user = loaded_.settings.server.rate_limit.per_user},
                clock},
      answers_{{.total = std::size_t{192} << 20U, .of_one = std::size_t{64} << 20U}},
      catalog_{tools::catalog(), resources::catalog(), prompts::catalog()},
      services_{.clock = clock, .log = log},
      housekeeping_{loop.get_executor()} {
  const auto& all = loaded_.settings;
  services_.policy.enabled_toolsets = all.tools.enabled;
  services_.policy.read_only = all.tools.read_only;
  services_.policy.allowed_recipients = all.send.allowed_recipients;
  services_.policy.max_sends_per_day = all.send.max_per_day;
  services_.policy.archives_oauth = all.archive.oauth != setup::OauthArchive::off;
  services_.incomplete = setup::incomplete(report_);
  services_.tally = &tally_;
  services_.throttle = &throttle_;
  services_.answers = &answers_;
  measure_program(meter_, clock_);
  measure_share(meter_, "answers", answers_);
  services_.report = [this] { return report(); };
  services_.count_connections = [this] { return count_connections(); };
  services_.try_setup = [this](bool verbose) { return try_setup(verbose); };
  services_.migrate = [this] { return migrate(); };
  services_.write_config = [this](const setup::NewConfig& wanted) { return write_config(wanted); };
}

House::~House() = default;

Task<void> House::open() {
  // Without a key nothing may be stored; without storage nothing can be done: what is missing is
  // then the answer to everything.
  if (services_.incomplete) co_return;
  keys_ = crypto::KeyRing::parse(settings().all_keys()).value();
  services_.policy.account_keys = keys_->derive_all("spent sends");
  co_await open_store();
  open_accounts();
  open_mail();
  open_archive();
  report_.database_connected = true;
}

Task<void> House::open_store() {
  sql::SqliteOptions options;
  options.path = settings().storage.sqlite.path;
  co_await refuse_foreign_database(options.path, log_);
  options.in_turn = in_turn;
  database_ = sql::open_sqlite(std::move(options), log_);
  const auto plan = co_await sql::migrate(*database_, store::sqlite_migrations(), clock_);
  for (const auto& step : plan.pending) log_.info("migrated", {{"step", step}});
  store_ = store::cache(store::open_sql_store(*database_, clock_, log_), clock_);
  services_.store = store_.get();
  const auto seals = co_await accounts::count_seals(*store_, *keys_, seals_looked_at);
  if (auto complaint = seals.complaint(); !complaint.empty()) {
    report_.warnings.push_back(std::move(complaint));
  }
  measure_connections(meter_, counted_);
}

void House::open_accounts() {
  const auto& google = settings().google;
  http::ClientOptions client_options;
  client_options.ca_file = google.ca_file;
  client_options.proxy = google.proxy;
  http_ = http::make_client(loop_, std::move(client_options));

  if (settings().has_google_client()) {
    google::OAuthClient client{google.client_id, google.client_secret};
    oauth_ = std::make_unique<google::OAuthApi>(*http_, google.endpoints(), std::move(client));
  }
  accounts::VaultOptions vault_options;
  vault_options.refresh_buffer = std::chrono::seconds{settings().token_refresh_buffer_seconds};
  vault_ = std::make_unique<accounts::TokenVault>(*store_, *keys_, oauth_.get(), clock_, log_,
                                                  vault_options);
  services_.vault = vault_.get();
  measure_vault(meter_, *vault_);

  accounts::SignInOptions sign_in;
  sign_in.public_url = settings().effective_public_url();
  sign_in.return_urls = settings().server.return_urls;
  sign_in.state_ttl = std::chrono::seconds{settings().oauth_state_ttl_seconds};
  sign_ins_ = std::make_unique<accounts::SignIns>(*store_, clock_, log_, connect_tally_,
                                                  std::move(sign_in));
  services_.sign_ins = sign_ins_.get();
  receipts_ = std::make_unique<accounts::FlowReceipts>(*store_, *keys_, clock_);
  services_.receipts = receipts_.get();
  if (report_.oauth_ready) open_google();
  if (report_.app_password_ready) open_passwords();
  vault_->set_connect_url([this](const model::Access& access, const model::Connection& connection) {
    return connect_url(access, connection);
  });
}

void House::open_google() {
  const auto& google = settings().google;
  accounts::ConnectOptions options;
  options.endpoints = google.endpoints();
  options.client = google::OAuthClient{google.client_id, google.client_secret};
  options.redirect_uris = settings().effective_redirect_uris();
  for (const auto& scope : google.scopes) {
    auto full = google::full_scope(scope);
    if (!full) {
      throw Error{Errc::misconfigured, "The setting google.scopes names a scope that is not known.",
                  "Use full URLs or short names such as gmail.readonly."};
    }
    options.scopes.push_back(std::move(*full));
  }
  connect_ = std::make_unique<accounts::Connect>(*store_, *keys_, *oauth_, *vault_, *sign_ins_,
                                                 clock_, log_, std::move(options));
  services_.connect = connect_.get();
}

void House::open_passwords() {
  password_check_ = std::make_unique<PasswordCheck>(settings().mail);
  auto* check = password_check_.get();
  passwords_ = std::make_unique<accounts::AppPasswords>(
      *store_, *keys_,
      [check](std::string address, Secret password) {
        return check->verify(std::move(address), std::move(password));
      },
      clock_, log_, connect_tally_);
  passwords_->set_connect_url(
      [this](const model::Access& access, const model::Connection& connection) {
        return connect_url(access, connection);
      });
  services_.passwords = passwords_.get();
}

// Where the person of a lost connection goes: the way it was connected, if that is still open.
Task<std::string> House::connect_url(model::Access access, model::Connection lost) {
  const bool by_google = connect_ && (lost.kind == model::ConnectionKind::oauth || !passwords_);
  if (!by_google && !passwords_) co_return std::string{};
  if (services_.flow_started) services_.flow_started();
  if (by_google) {
    auto start = co_await connect_->renew(access, lost);
    co_return std::move(start.connect_url);
  }
  co_return co_await sign_ins_->link_for(std::move(access), std::move(lost));
}

void House::open_mail() {
  // Idle until a message is big enough to be worth another thread.
  if (!in_turn) work_pool_ = std::make_unique<WorkPool>(1);
  api_root_ = std::make_unique<google::ApiRoot>(settings().google.api_url);
  google_calls_ = std::make_unique<google::CallTally>(meter_);
  gmail_ = std::make_unique<mail::GmailRest>(mail::GmailRest{.http = *http_,
                                                             .root = *api_root_,
                                                             .clock = clock_,
                                                             .work_pool = work_pool_.get(),
                                                             .tally = google_calls_.get()});
  if (const int limit = settings().google.units_per_minute(); limit > 0) {
    google_units_ = std::make_unique<google::UnitBook>(google::QuotaLimits{limit});
    gmail_->units = google_units_.get();
  }
  gmail_->policy.client_id = settings().google.client_id;
  open_imap();
  const auto cache_mb = static_cast<std::size_t>(settings().server.response_cache_mb);
  response_cache_ = std::make_unique<mail::ResponseCache>(cache_mb << 20U, clock_, &meter_);
  measure_cache(meter_, *response_cache_);
  conditions_ = std::make_unique<mail::Conditions>(store_->connections(), clock_);
  services_.conditions = conditions_.get();
  pool_ = std::make_unique<mail::Pool>(
      [this](const model::Connection& connection) {
        conditions_->forget(connection.id);
        auto mailbox =
            mail::report_condition(open_mailbox(connection), connection.id, *conditions_);
        return mail::remember_answers(std::move(mailbox), *response_cache_);
      },
      clock_);
  outbox_ = std::make_unique<mail::Outbox>(loop_.get_executor(), *store_, *pool_, clock_, log_,
                                           work_pool_.get());
  services_.work_pool = work_pool_.get();
  services_.pool = pool_.get();
  measure_pool(meter_, *pool_);
  services_.outbox = outbox_.get();
}

void House::open_imap() {
  const auto& all = settings().mail;
  mail::SessionOptions options;
  options.server = imap_server(all);
  options.per_account = static_cast<std::size_t>(all.connections_per_account);
  options.polling = static_cast<std::size_t>(all.max_connections_polling);
  sessions_ =
      std::make_unique<mail::Sessions>(loop_.get_executor(), std::move(options), clock_, log_);
  submission_ = std::make_unique<smtp::Submission>(smtp_server(all));
  imap_smtp_ = std::make_unique<mail::ImapSmtp>(mail::ImapSmtp{.sessions = *sessions_,
                                                               .submission = *submission_,
                                                               .clock = clock_,
                                                               .work_pool = work_pool_.get()});
}

void House::open_archive() {
  mail::Archive::Options options;
  options.retention = std::chrono::days{settings().archive.retention_days};
  options.oauth_retention = std::chrono::days{settings().archive.days_of_oauth()};
  options.work_pool = work_pool_.get();
  options.tell_stuck = [this](const model::ConnectionId& id, const std::string& sentence) {
    if (!sentence.empty()) conditions_->trouble(id, Error{Errc::unavailable, sentence});
  };
  archive_ = std::make_unique<mail::Archive>(
      *store_,
      [this](const model::Connection& connection, mail::FeedUse use) {
        return mail::report_condition(open_feed(connection, use), connection.id, *conditions_);
      },
      [this](const mail::MailboxNews& news) {
        pool_->note_news(news.connection);
        if (mailbox_news) mailbox_news(news);
      },
      clock_, log_, options);
  services_.archive = archive_.get();
  services_.account_disconnected = [this](const model::Connection& connection) {
    return stop_following(connection.id);
  };
  services_.account_leaving = [this](const model::Connection& connection) {
    return forget(connection.id);
  };
  mail::SentNews sent_news;
  sent_news.read = [this](model::Connection connection, const std::string& rfc822) {
    return archive_->read_sent(std::move(connection), rfc822);
  };
  sent_news.tell = [this](model::Connection connection, model::Sent sent, model::Message message) {
    return archive_->note_sent(std::move(connection), std::move(sent), std::move(message));
  };
  outbox_->set_sent_news(std::move(sent_news));
}

std::unique_ptr<mail::Mailbox> House::open_mailbox(const model::Connection& connection) {
  // Whoever got the connection through an Access may use its mailbox.
  const auto access = model::Access::system("an open mailbox");
  Shareholder reader{&answers_, connection.external_user_id.str()};
  if (connection.kind == model::ConnectionKind::app_password) {
    if (!passwords_) throw no_app_passwords();
    return mail::open_imap_smtp(*imap_smtp_, passwords_->source(access, connection.id),
                                connection.gmail_address, std::move(reader));
  }
  return mail::open_gmail_rest(*gmail_, vault_->source(access, connection.id),
                               connection.gmail_address, connection.scopes, std::move(reader));
}

std::unique_ptr<mail::Feed> House::open_feed(const model::Connection& connection,
                                             mail::FeedUse use) {
  const auto access = model::Access::system("an archive");
  if (connection.kind == model::ConnectionKind::app_password) {
    if (!passwords_) throw no_app_passwords();
    mail::ImapAccount account{.address = connection.gmail_address,
                              .password = passwords_->source(access, connection.id)};
    const mail::ImapFeeds shared{
        .sessions = *sessions_, .clock = clock_, .work_pool = work_pool_.get()};
    return mail::open_imap_feed(shared, std::move(account), use);
  }
  return mail::open_history_feed(*gmail_, vault_->source(access, connection.id),
                                 connection.gmail_address, connection.scopes,
                                 std::chrono::days{settings().archive.days_of_oauth()});
}

Task<void> House::stop_following(model::ConnectionId id) {
  if (watch_) co_await watch_->remove(id);
  co_await archive_->stop(id);
  conditions_->forget(id);
}

// Everything that follows or keeps this mailbox.
Task<void> House::forget(model::ConnectionId id) {
  co_await stop_following(id);
  co_await archive_->erase(std::move(id));
  scrub_is_due_ = true;
  if (keeps_house_ && !is_scrubbing_) housekeeping_.spawn(scrub());
}

Task<void> House::erase_traces() {
  scrub_is_due_ = false;
  co_await archive_->scrub(true);
  co_await store_->flush();
  co_await database_->compact(std::nullopt);
}

// Nobody waits for it, but nobody should find the words in the file for long either.
Task<void> House::scrub() {
  is_scrubbing_ = true;
  try {
    while (scrub_is_due_) {
      const auto now = clock_.steady_now();
      const auto until = scrubbed_at_ ? *scrubbed_at_ + between_scrubs : now;
      if (keeps_house_ && now < until) {
        co_await clock_.sleep(std::chrono::ceil<std::chrono::milliseconds>(until - now));
      }
      scrub_is_due_ = false;
      co_await archive_->scrub(false);
      scrubbed_at_ = clock_.steady_now();
    }
  } catch (const Error& error) {
    log_.warning("housekeeping_failed", {{"problem", error.message}});
  }
  is_scrubbing_ = false;
}

void House::start_watch() {
  if (!archive_) return;
  auto open = [this](const model::Connection& connection, mail::FeedUse use) {
    return mail::report_condition(open_feed(connection, use), connection.id, *conditions_);
  };
  auto watched = archived_mailboxes(*store_, *archive_, std::move(open), settings().archive.oauth);
  watched.hung = [this](const model::Connection& connection, const Error& error) {
    conditions_->trouble(connection.id, error);
  };
  watch_ = std::make_unique<mail::Watch>(loop_.get_executor(), store_->leases(), std::move(watched),
                                         clock_, log_, watch_options(settings().mail));
  watch_->start();
  measure_watch(meter_, *watch_);
  // A new account is followed at once; whatever else is archived is found within a minute.
  services_.account_added = [this](const model::Connection& connection) {
    conditions_->forget(connection.id);
    if (is_archived_unasked(connection, settings().archive.oauth)) watch_->add(connection);
  };
}

void House::start_housekeeping() {
  if (store_) {
    keeps_house_ = true;
    housekeeping_.spawn(keep_house());
    housekeeping_.spawn(store::keep_written(*store_, clock_));
  }
  if (store_ && oauth_) housekeeping_.spawn(keep_tokens_fresh());
}

Task<void> House::keep_tokens_fresh() {
  accounts::FreshTokenOptions options;
  options.refresh_buffer = std::chrono::seconds{settings().token_refresh_buffer_seconds};
  while (true) {
    co_await clock_.sleep(std::chrono::seconds{30});
    try {
      co_await accounts::renew_expiring_tokens(*vault_, *store_, clock_, log_, options);
    } catch (const Error& error) {
      log_.warning("early_refresh_failed", {{"problem", error.message}});
    }
  }
}

// What may not be kept any longer goes, and what was in it leaves the file.
Task<void> House::shorten_archives() {
  const auto now = clock_.now();
  if (!scrubbed_all_at_) scrubbed_all_at_ = now;
  try {
    if (settings().archive.oauth == setup::OauthArchive::off) {
      co_await erase_oauth_archives(*store_, *archive_);
    }
    co_await archive_->expire(expired_at_a_time);
    const bool is_long_ago = now - *scrubbed_all_at_ >= std::chrono::hours{24};
    if (is_long_ago) scrubbed_all_at_ = now;
    co_await archive_->scrub(is_long_ago);
  } catch (const Error& error) {
    log_.warning("housekeeping_failed", {{"problem", error.message}});
  }
}

Task<void> House::keep_house() {
  const auto access = model::Access::system("housekeeping");
  while (true) {
    co_await operation::finish_endings(services_);
    co_await shorten_archives();
    co_await clock_.sleep(std::chrono::minutes{15});
    const auto now = clock_.now();
    try {
      co_await store_->flows().purge_expired(access, now - std::chrono::hours{1});
      co_await store_->sends().purge(access, now - kept_sends);
      co_await store_->sends().forget_spent();
      co_await store_->audit().purge(now - kept_audit);
    } catch (const Error& error) {
      log_.warning("housekeeping_failed", {{"problem", error.message}});
    }
  }
}

Task<std::vector<store::ConnectionCount>> House::count_connections() {
  const auto now = clock_.steady_now();
  const bool is_fresh = counted_at_ && now - *counted_at_ < counts_last;
  if (store_ && !is_fresh) {
    const auto access = model::Access::system("counting connections");
    auto counts = co_await store_->connections().count(access);
    counted_ = std::move(counts);
    counted_at_ = now;
  }
  co_return counted_;
}

// What it says may be asked for by anybody, so that the store is looked at once a second at most.
Task<setup::Report> House::report() {
  constexpr std::chrono::seconds pause{1};
  const auto now = clock_.steady_now();
  if (store_ && (!looked_at_store_ || now - *looked_at_store_ >= pause)) {
    looked_at_store_ = now;
    std::optional<Error> trouble;
    try {
      co_await store_->check();
    } catch (const Error& error) {
      trouble = error;
    }
    if (trouble && !store_trouble_) {
      log_.error("database_in_trouble",
                 {{"problem", trouble->message}, {"detail", trouble->detail}});
    }
    store_trouble_ = std::move(trouble);
  }
  auto report = report_;
  if (store_trouble_) {
    report.database_connected = false;
    report.ready = false;
    report.issues.push_back(store_trouble_->message + " " + store_trouble_->hint);
  }
  co_return report;
}

Task<void> House::close(std::chrono::milliseconds grace) {
  const bool kept_house = keeps_house_;
  keeps_house_ = false;
  housekeeping_.cancel();
  co_await housekeeping_.join();
  services_.account_added = nullptr;
  if (conditions_) conditions_->close();
  if (watch_) co_await watch_->close();
  if (archive_) co_await archive_->drain();
  if (outbox_) co_await outbox_->drain(grace);
  if (sessions_) co_await sessions_->close();
  if (vault_) co_await vault_->drain();
  // A server goes on with it at its next start; who has no housekeeping leaves nothing behind.
  if (archive_ && !kept_house) co_await scrub();
  if (store_) co_await store_->flush();
}

}  // namespace gmail_mcp::app
