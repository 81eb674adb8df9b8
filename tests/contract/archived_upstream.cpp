#include "tests/contract/archived_upstream.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "sql/postgres/postgres.h"
#include "sql/testing/postgres_server.h"
#include "store/sql/dialect.h"

namespace gmail_mcp::mail {

namespace {

constexpr sql::Sql read_rows =
    "SELECT m.message_id, m.thread_id, m.labels, m.subject, t.body_plain, m.sent_at "
    "FROM archive_messages AS m JOIN archives AS a ON a.account = m.account "
    "JOIN archive_texts AS t ON t.key = m.key WHERE a.connection_id = ?1";
constexpr sql::Sql read_cursor = "SELECT cursor FROM archives WHERE connection_id = ?1";
constexpr sql::Sql write_cursor = "UPDATE archives SET cursor = ?2 WHERE connection_id = ?1";

}  // namespace

std::string name_of(Way way) {
  switch (way) {
    case Way::gmail_imap: return "GmailImap";
    case Way::plain_imap: return "PlainImap";
    case Way::rest_in_postgres: return "RestInPostgres";
    case Way::rest: break;
  }
  return "Rest";
}

store::testing::TestStore ArchivedUpstream::open_store() {
  if (GetParam() != Way::rest_in_postgres) return {clock_, *log_};
  sql::PostgresOptions options;
  options.url = sql::testing::PostgresServer::of_this_process().new_database();
  return {clock_, *log_, sql::open_postgres(std::move(options), *log_), store::postgres_dialect()};
}

ArchivedUpstream::ArchivedUpstream() : next_arrival_{clock_.now() - std::chrono::hours{100}} {
  if (is_imap()) {
    imap_ = std::make_unique<ImapSmtpOverSandbox>(loop_, wall_clock_);
    feeds_ = std::make_unique<ImapFeeds>(ImapFeeds{.sessions = imap_->sessions(),
                                                   .clock = clock_,
                                                   .patience = std::chrono::milliseconds{300}});
    moods().without_gmail_extensions = GetParam() == Way::plain_imap;
  } else {
    rest_ = std::make_unique<GmailRestOverSandbox>(loop_, wall_clock_);
  }
  connection_ = connect("ann");
  archive_ = make_archive();
}

ArchivedUpstream::~ArchivedUpstream() {
  sandbox().faults().clear();
  run(archive_->drain());
  if (imap_) run(imap_->stop());
  if (rest_) run(rest_->stop());
}

sandbox::Sandbox& ArchivedUpstream::sandbox() {
  return imap_ ? imap_->sandbox() : rest_->sandbox();
}

void ArchivedUpstream::clear_faults() {
  sandbox().faults().clear();
  moods().without_gmail_extensions = GetParam() == Way::plain_imap;
}

std::string ArchivedUpstream::deliver(const std::string& subject, const std::string& text,
                                      std::vector<std::string> labels) {
  next_arrival_ += std::chrono::minutes{1};
  const auto number = "Message-ID: <" + std::to_string(++letters_) + "@elsewhere.example>\r\n";
  const auto mail = letter(subject, text, number);
  return sandbox().world().deliver(own_address, mail, std::move(labels), next_arrival_).value();
}

model::Connection ArchivedUpstream::connect(const std::string& user) {
  const auto owner = run(store_->users().get_or_create(all_, model::ExternalUserId{user}));
  store::NewCredential credential;
  credential.user_id = owner.id;
  credential.gmail_address = own_address;
  return run(store_->connections().save(all_, credential));
}

std::unique_ptr<Feed> ArchivedUpstream::open_feed() {
  if (rest_) return rest_->open_feed(clock_);
  return open_imap_feed(*feeds_, imap_->account(), FeedUse::look_in);
}

std::unique_ptr<Archive> ArchivedUpstream::make_archive() {
  Archive::Options options;
  options.patience = std::chrono::seconds{60};
  options.tell_stuck = [this](const model::ConnectionId& id, const std::string& sentence) {
    if (id == connection_.id) stuck_ = sentence;
  };
  return std::make_unique<Archive>(
      *store_, [this](const model::Connection&, FeedUse) { return open_feed(); }, nullptr, clock_,
      *log_, std::move(options));
}

std::optional<Error> ArchivedUpstream::sync() {
  try {
    run(archive_->sync(connection_, 0));
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

std::optional<Error> ArchivedUpstream::sync_amid(std::function<void()> act) {
  bool is_over = false;
  const auto at_each_halt = [&]() -> Task<void> {
    const auto executor = co_await current_executor();
    while (!is_over) {
      int held = 0;
      for (const auto& [name, count] : sandbox().counters().held) held += count;
      if (held > 0) {
        act();
        sandbox().faults().let_go();
      }
      co_await boost::asio::post(executor, use_task);
    }
  };
  std::optional<Error> failure;
  const auto both = [&]() -> Task<void> {
    const auto executor = co_await current_executor();
    TaskGroup group{executor};
    group.spawn(at_each_halt());
    try {
      co_await archive_->sync(connection_, 0);
    } catch (const Error& error) {
      failure = error;
    }
    is_over = true;
    co_await group.join();
  };
  run(both());
  return failure;
}

Rows ArchivedUpstream::rows_of(const model::Connection& connection) {
  Rows rows;
  sql::Statement statement{read_rows, connection.id};
  for (const auto& row : run(store_.database->read(std::move(statement)))) {
    auto& text = rows[row[0].text()];
    for (std::size_t i = 1; i < row.size(); ++i) text += row[i].text() + "|";
  }
  return rows;
}

Rows ArchivedUpstream::archived() { return rows_of(connection_); }

Rows ArchivedUpstream::freshly_archived() {
  const auto other = connect("other" + std::to_string(++others_));
  const auto archive = make_archive();
  run(archive->sync(other, 0));
  auto rows = rows_of(other);
  run(archive->erase(other.id));
  return rows;
}

std::vector<std::string> ArchivedUpstream::subjects() {
  sql::Statement statement{read_rows, connection_.id};
  std::vector<std::string> list;
  for (const auto& row : run(store_.database->read(std::move(statement)))) {
    list.push_back(row[3].text());
  }
  return list;
}

std::string ArchivedUpstream::cursor() {
  sql::Statement statement{read_cursor, connection_.id};
  const auto rows = run(store_.database->read(std::move(statement)));
  return rows.at(0).at(0).text();
}

void ArchivedUpstream::set_cursor(const std::string& cursor) {
  sql::Statement statement{write_cursor, connection_.id, cursor};
  run(store_.database->write(std::move(statement)));
}

void ArchivedUpstream::run(Task<void> task) {
  bool done = false;
  std::exception_ptr failure;
  boost::asio::co_spawn(loop_, std::move(task), [&](std::exception_ptr thrown) {
    done = true;
    failure = std::move(thrown);
  });
  loop_.restart();
  while (!done && loop_.run_one() > 0) {
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace gmail_mcp::mail
