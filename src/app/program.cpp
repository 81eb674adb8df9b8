#include "app/program.h"

#include "accounts/fresh_tokens.h"
#include "accounts/seals.h"
#include "accounts/sign_in_ends.h"
#include "app/backends.h"
#include "app/freed_memory.h"
#include "app/measures.h"
#include "app/new_mail.h"
#include "mail/cached_mailbox.h"
#include "mail/gmail_rest/gmail_rest.h"
#include "mail/unsupported.h"
#include "mcp/session_id.h"
#include "prompts/catalog.h"
#include "resources/catalog.h"
#include "store/open.h"
#include "tools/catalog.h"

namespace gmail_mcp::app {

namespace {

// Idempotency keys live a day; a message's limits look back as long.
constexpr std::chrono::hours kept_sends{72};
constexpr std::chrono::days kept_audit{90};
// That ended: so that their programs, and the list, can say so.
constexpr std::chrono::days kept_sign_ins{7};
// No id is valid any more, as a last use is known to the day.
constexpr auto forgotten_sessions = mcp::session_lifetime + mcp::session_use_is_noted_after;
constexpr std::chrono::days kept_tokens{30};  // after their end
// At a start; `validate` looks at all.
constexpr std::int64_t seals_looked_at = 1000;
// How long changes of other processes may stay unseen.
constexpr std::chrono::seconds store_remembers{2};

operation::Unready unready(const setup::Report& report) {
  auto missing = setup::incomplete(report);
  if (!missing) missing = Error{Errc::misconfigured, "The database is not open."};
  return {std::move(*missing)};
}

}  // namespace

Program::Program(boost::asio::io_context& loop, setup::Loaded loaded, Clock& clock, Log& log)
    : loop_{loop},
      loaded_{std::move(loaded)},
      clock_{clock},
      log_{log},
      report_{setup::judge(loaded_)},
      throttle_{{.per_credential = loaded_.settings.server.rate_limit.per_credential,
                 .per_user = loaded_.settings.server.rate_limit.per_user},
                clock},
      answers_{{.total = std::size_t{192} << 20U, .of_one = std::size_t{64} << 20U}},
      news_{clock, log},
      shared_limits_{clock, log},
      services_{.clock = clock,
                .log = log,
                .setup = *this,
                .throttle = throttle_,
                .tally = tally_,
                .answers = answers_,
                .state = unready(report_)},
      catalog_{tools::catalog(), resources::catalog(), prompts::catalog()},
      housekeeping_{loop.get_executor()} {
  const auto& all = loaded_.settings;
  services_.policy.enabled_toolsets = all.tools.enabled;
  services_.policy.read_only = all.tools.read_only;
  services_.policy.allowed_recipients = all.send.allowed_recipients;
  services_.policy.max_sends_per_day = all.send.max_per_day;
  services_.policy.archives_oauth = all.archive.oauth != setup::OauthArchive::off;
  measure_program(meter_, clock_);
  measure_share(meter_, "answers", answers_);
}

Program::~Program() = default;

const operation::House& Program::ready() const {
  if (auto missing = setup::incomplete(report_)) throw Error{std::move(*missing)};
  return *services_.house();
}

Task<void> Program::open(std::function<void()> sign_in_begins,
                         std::function<std::string()> serve_approvals) {
  // Without a key nothing may be stored, and without storage nothing can be done: calls are then
  // answered with what is missing.
  if (setup::incomplete(report_)) co_return;
  keys_ = crypto::KeyRing::parse(settings().all_keys()).value();
  services_.policy.account_keys = [&keys = *keys_, derived = std::vector<Secret>{}]() mutable {
    if (derived.empty()) derived = keys.derive_all("spent sends");
    return derived;
  };
  co_await open_store();
  open_credentials();
  open_mailboxes();
  open_history();
  open_mail(std::move(serve_approvals));
  open_accounts(std::move(sign_in_begins));
  const operation::House house{.store = *store_,
                               .approvals = *approvals_,
                               .mail = *mail_,
                               .history = *history_,
                               .accounts = *accounts_,
                               .user_tokens = *user_tokens_};
  services_.state.emplace<operation::House>(house);
  report_.database_connected = true;
}

Task<void> Program::open_store() {
  store::OpenOptions options;
  options.in_turn = in_turn;
  options.remembers = store_remembers;
  auto where = settings().storage.where().value();
  auto opened = co_await store::open(std::move(where), clock_, log_, options);
  const auto plan = co_await opened->migrate();
  for (const auto& step : plan.pending) log_.info("migrated", {{"step", step}});
  co_await store::refuse_half_restored(*opened);
  store_ = std::move(opened);
  const auto seals = co_await accounts::count_seals(*store_, *keys_, seals_looked_at);
  if (auto complaint = seals.complaint(); !complaint.empty()) {
    report_.warnings.push_back(std::move(complaint));
  }
}

void Program::open_mailboxes() {
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
  pool_ = std::make_unique<mail::Pool>(
      [this](const model::Connection& connection) {
        conditions_->forget(connection.id);
        auto mailbox =
            mail::report_condition(open_mailbox(connection), connection.id, *conditions_);
        return mail::remember_answers(std::move(mailbox), *response_cache_);
      },
      clock_);
  services_.work_pool = work_pool_.get();
  measure_pool(meter_, *pool_);
}

void Program::open_imap() {
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
  backends_ = backends({.gmail = *gmail_,
                        .imap_smtp = *imap_smtp_,
                        .vault = *vault_,
                        .passwords = passwords_.get(),
                        .answers = answers_,
                        .reach = std::chrono::days{settings().archive.days_of_oauth()}});
}

void Program::open_history() {
  operation::History::Options options;
  auto& archive = options.archive;
  archive.retention = std::chrono::days{settings().archive.retention_days};
  archive.oauth_retention = std::chrono::days{settings().archive.days_of_oauth()};
  archive.work_pool = work_pool_.get();
  archive.tell_stuck = [this](const model::ConnectionId& id, const std::string& sentence) {
    if (!sentence.empty()) conditions_->trouble(id, Error{Errc::unavailable, sentence});
  };
  options.watch = watch_options(settings().mail);
  options.is_archived_unasked = [this](const model::Connection& connection) {
    return is_archived_unasked(connection, settings().archive.oauth);
  };
  history_.emplace(
      loop_.get_executor(), services_,
      operation::History::Needs{.store = *store_, .vault = *vault_, .conditions = *conditions_},
      [this](const model::Connection& connection, mail::FeedUse use) {
        return mail::report_condition(open_feed(connection, use), connection.id, *conditions_);
      },
      [this](const model::MailboxNews& news) { news_.tell(news); }, std::move(options));
  measure_watch(meter_, history_->watch());
  listening_ = news_.listen(follower_of_news());
}

// Limits that protect others hold for all processes together.
void Program::share_limits() {
  shared_limits_.add(
      {.name = "calls",
       .spent = [this](std::size_t most) { return throttle_.take_charged(most); },
       .charge = [this](const store::SpentThere& there) { throttle_.charge_elsewhere(there); }});
  if (google_units_) {
    shared_limits_.add(
        {.name = "google",
         .spent =
             [this](std::size_t most) {
               std::vector<store::Spent> spent;
               for (auto& one : google_units_->take_news(most, clock_.steady_now())) {
                 spent.push_back(
                     {.name = std::move(one.address), .total = one.total, .recent = one.in_use});
               }
               return spent;
             },
         .charge =
             [this](const store::SpentThere& there) {
               google_units_->take_elsewhere(there.spent.name, there.process, there.spent.total,
                                             there.spent.recent, clock_.steady_now());
             }});
  }
  housekeeping_.spawn(shared_limits_.keep(store_->spending()));
}

// What is open or watched here must not outlive its connection, whichever process ends that, nor
// show what has changed.
operation::News::Listener Program::follower_of_news() {
  return {.is_wanted = [this] { return pool_->open() > 0 || history_->watch().follows_any(); },
          .mailbox = [this](const model::MailboxNews& news) { pool_->note_news(news.connection); },
          .connection = [this](const model::ConnectionId& id) { heed(id); },
          .missed = [this] { pool_->note_news(); }};
}

void Program::heed(const model::ConnectionId& id) {
  pool_->close(id);
  vault_->forget(id);
  housekeeping_.spawn(heed_change(id));
}

Task<void> Program::heed_change(model::ConnectionId id) {
  using model::ConnectionStatus;
  const auto access = model::Access::system("news of connections");
  try {
    const auto now = co_await store_->connections().credential(access, id);
    const bool has_ended = !now || now->connection.status == ConnectionStatus::disconnected;
    if (has_ended) {
      co_await history_->stop(id);
    } else if (now->connection.is_active()) {
      history_->note_change(now->connection);
    }
  } catch (const Error& error) {
    // Its next call, or the watch's next look at the connections, finds out.
    log_.warning("connection_not_looked_at",
                 {{"connection_id", id.str()}, {"problem", error.message}});
  }
}

void Program::open_mail(std::function<std::string()> serve_approvals) {
  auto& archive = history_->archive();
  mail::SentNews sent_news;
  sent_news.read = [&archive](model::Connection connection, const std::string& rfc822) {
    return archive.read_sent(std::move(connection), rfc822);
  };
  sent_news.tell = [&archive](model::Connection connection, model::Sent sent,
                              model::Message message) {
    return archive.note_sent(std::move(connection), std::move(sent), std::move(message));
  };
  outbox_ = std::make_unique<mail::Outbox>(loop_.get_executor(), *store_, *pool_, clock_, log_,
                                           work_pool_.get(), std::move(sent_news));
  operation::Approvals::Options approval;
  approval.rule = settings().send.approval_rule();
  approval.public_url = settings().effective_public_url();
  approval.serve_page = std::move(serve_approvals);
  approvals_.emplace(services_,
                     operation::Approvals::Needs{
                         .store = *store_, .pool = *pool_, .outbox = *outbox_, .keys = *keys_},
                     std::move(approval));
  mail_.emplace(services_, *pool_, *outbox_, *approvals_);
}

void Program::open_accounts(std::function<void()> sign_in_begins) {
  accounts_.emplace(services_,
                    operation::Accounts::Needs{.store = *store_,
                                               .vault = *vault_,
                                               .sign_ins = *sign_ins_,
                                               .receipts = *receipts_,
                                               .conditions = *conditions_,
                                               .google = connect_.get(),
                                               .passwords = passwords_.get()},
                    *mail_, *history_, std::move(sign_in_begins));
  measure_connections(meter_, accounts_->counted());
}

std::unique_ptr<mail::Mailbox> Program::open_mailbox(const model::Connection& connection) {
  return mail::refuse_unsupported(backends_.at(connection.kind).open_mailbox(connection));
}

std::unique_ptr<mail::Feed> Program::open_feed(const model::Connection& connection,
                                               mail::FeedUse use) {
  return backends_.at(connection.kind).open_feed(connection, use);
}

Task<void> Program::erase_traces() {
  co_await history_->scrub_all();
  co_await store_->flush();
  co_await store_->compact();
}

void Program::start_watch() {
  if (history_) history_->start();
}

void Program::start_housekeeping() {
  if (!history_) return;
  history_->scrub_by_itself();
  housekeeping_.spawn(keep_house());
  housekeeping_.spawn(keep_giving_back_freed_memory(clock_, *http_));
  housekeeping_.spawn(store::keep_written(*store_, clock_));
  housekeeping_.spawn(news_.keep(store_->news()));
  housekeeping_.spawn(user_tokens_->watch());
  if (client_tokens_) housekeeping_.spawn(client_tokens_->watch());
  share_limits();
  if (oauth_) housekeeping_.spawn(keep_tokens_fresh());
}

Task<void> Program::keep_tokens_fresh() {
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

Task<void> Program::keep_house() {
  const auto access = model::Access::system("housekeeping");
  while (true) {
    co_await accounts_->finish_endings();
    if (client_tokens_) {
      co_await accounts::end_sign_ins_without_mailbox(*store_, clock_, log_, std::nullopt,
                                                      "not_connected_any_more");
    }
    co_await history_->shorten();
    co_await clock_.sleep(std::chrono::minutes{15});
    const auto now = clock_.now();
    try {
      co_await store_->flows().purge_expired(access, now - std::chrono::hours{1});
      co_await store_->tries().purge(now - std::chrono::hours{1});
      co_await store_->held_sends().expire();
      co_await store_->client_grants().purge(now - kept_sign_ins, now);
      co_await store_->user_tokens().purge(access, now - kept_tokens);
      co_await store_->sends().purge(access, now - kept_sends);
      co_await store_->sends().forget_spent();
      co_await store_->mcp_sessions().purge(now - forgotten_sessions);
      co_await store_->audit().purge(now - kept_audit);
    } catch (const Error& error) {
      log_.warning("housekeeping_failed", {{"problem", error.message}});
    }
  }
}

// Any caller may ask for it, so the store is checked once a second at most.
Task<setup::Report> Program::report() {
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
  if (token_issuer_) token_issuer_->tell(report);
  if (store_trouble_) {
    report.database_connected = false;
    report.ready = false;
    report.issues.push_back(store_trouble_->message + " " + store_trouble_->hint);
  }
  co_return report;
}

Task<void> Program::close(std::chrono::milliseconds grace) {
  housekeeping_.cancel();
  co_await housekeeping_.join();
  if (token_issuer_) co_await token_issuer_->close();
  if (conditions_) conditions_->close();
  if (history_) co_await history_->close();
  if (outbox_) co_await outbox_->drain(grace);
  if (sessions_) co_await sessions_->close();
  if (vault_) co_await vault_->drain();
  if (user_tokens_) co_await user_tokens_->close();
  if (history_) co_await history_->scrub();
  if (store_) co_await store_->flush();
}

}  // namespace gmail_mcp::app
