#include <algorithm>
#include <map>
#include <utility>

#include "store/sql/news_rows.h"
#include "store/sql/parts.h"

namespace gmail_mcp::store {

namespace {

constexpr std::int64_t rows_at_a_time = 1000;
// Before a reader has asked for the first time, a mailbox may already be open or watched here.
constexpr std::int64_t looks_back_seconds = 10;

constexpr sql::Sql add_news{
    "news.add_news",
    "INSERT INTO news (origin, what, connection_id, people) VALUES (?1, 'mail', ?2, ?3)"};

// What is heard of one connection together.
void add_people(model::MailboxNews& news, const sql::Value& people) {
  if (people.is_null()) {
    news.of_many = true;
    return;
  }
  for (auto& one : texts_from(people.text())) news.correspondents.push_back(std::move(one));
}

class SqlNews final : public News {
 public:
  SqlNews(sql::Database& database, const Dialect& dialect, std::string origin)
      : database_{database}, dialect_{dialect}, origin_{std::move(origin)} {}

  Task<Hearing> hear(Place place) override {
    sql::Statement statement{dialect_.first_news, looks_back_seconds, origin_, rows_at_a_time};
    if (place.from) {
      statement = sql::Statement{dialect_.read_news, *place.from, origin_, rows_at_a_time};
    }
    const sql::Rows rows = co_await database_.read(std::move(statement));
    co_return hearing_of(place, rows);
  }

  Task<void> tell(model::MailboxNews news) override {
    co_await database_.write(add_news, origin_, news.connection, people_of(news));
  }

  Task<void> purge() override {
    for (bool more = true; more;) {
      std::vector<sql::Statement> statements;
      statements.emplace_back(dialect_.purge_news, kept.count());
      const auto results = co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
      more = !results[0].empty();
    }
  }

 private:
  static Hearing hearing_of(const Place& place, const sql::Rows& rows) {
    Hearing hearing;
    const auto mark = rows.front()[0].integer();
    hearing.next.from = mark;
    // The numbers go on growing, unless a database from before took the place of this one.
    hearing.heard.missed = place.from && mark < *place.from;
    std::map<model::ConnectionId, model::MailboxNews> mailboxes;
    std::set<model::ConnectionId> connections;
    std::set<std::string> changed_sessions;
    std::set<std::string> ended_sessions;
    bool knows_oldest = true;  // the rows come newest first
    for (const auto& row : rows) {
      if (row[1].is_null()) continue;
      const auto id = row[1].integer();
      if (row[2].integer() >= mark) hearing.next.heard.insert(id);
      knows_oldest = place.heard.contains(id);
      if (knows_oldest) continue;
      const model::ConnectionId connection{row[4].text()};
      const auto& what = row[3].text();
      if (what == "connection") {
        connections.insert(connection);
      } else if (what == "session") {
        changed_sessions.insert(row[4].text());
      } else if (what == "session_end") {
        ended_sessions.insert(row[4].text());
      } else {
        auto& news = mailboxes[connection];
        news.connection = connection;
        add_people(news, row[5]);
      }
    }
    const bool is_full = static_cast<std::int64_t>(rows.size()) == rows_at_a_time;
    if (is_full && !knows_oldest) hearing.heard.missed = true;
    for (auto& [id, news] : mailboxes) {
      std::sort(news.correspondents.begin(), news.correspondents.end());
      const auto end = std::unique(news.correspondents.begin(), news.correspondents.end());
      news.correspondents.erase(end, news.correspondents.end());
      hearing.heard.mailboxes.push_back(std::move(news));
    }
    hearing.heard.connections.assign(connections.begin(), connections.end());
    hearing.heard.changed_sessions.assign(changed_sessions.begin(), changed_sessions.end());
    hearing.heard.ended_sessions.assign(ended_sessions.begin(), ended_sessions.end());
    return hearing;
  }

  sql::Database& database_;
  const Dialect& dialect_;
  std::string origin_;
};

}  // namespace

std::span<const sql::Sql> statements_of_news() {
  static constexpr sql::Sql all[] = {add_news};
  return all;
}

std::unique_ptr<News> sql_news(sql::Database& database, const Dialect& dialect,
                               std::string origin) {
  return std::make_unique<SqlNews>(database, dialect, std::move(origin));
}

}  // namespace gmail_mcp::store
