#include "sql/postgres/moment.h"

#include <chrono>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "sql/moment.h"
#include "sql/own_loop.h"
#include "sql/postgres/error.h"
#include "sql/postgres/handle.h"
#include "sql/postgres/servers.h"
#include "sql/postgres/text.h"

namespace gmail_mcp::sql {

namespace {

using postgres::ResultHandle;

Rows rows_in(const PGresult* result) {
  Rows rows;
  const int columns = PQnfields(result);
  for (int i = 0; i < PQntuples(result); ++i) {
    Row& row = rows.emplace_back();
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result, i, column) != 0) {
        row.emplace_back();
        continue;
      }
      const std::string_view text{PQgetvalue(result, i, column),
                                  static_cast<std::size_t>(PQgetlength(result, i, column))};
      row.push_back(postgres::value_of(PQftype(result, column), text));
    }
  }
  return rows;
}

constexpr std::chrono::milliseconds connect_limit{3000};

// Its loop's thread waits for the server; nobody else is on it.
class PostgresMoment final : public Moment {
 public:
  explicit PostgresMoment(const std::string& url) : servers_{url} {}

  Task<void> begin() { return loop_.run(connect()); }

  Task<Rows> read(Statement statement) override {
    co_return co_await loop_.run(answer_to(std::move(statement)));
  }

 private:
  Task<void> connect() {
    connection_ = co_await servers_.connect(connect_limit);
    PQexitPipelineMode(connection_.get());
    PQsetnonblocking(connection_.get(), 0);
    ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {});
    ask("SET LOCAL timezone TO 'UTC'", {});
    // Nobody cancels what is asked here.
    ask("SET LOCAL lock_timeout TO '10s'", {});
    ask("SET LOCAL statement_timeout TO '10min'", {});
    ask("SET LOCAL datestyle TO 'ISO, MDY'", {});
    // The moment is that of the first question.
    ask("SELECT 1", {});
  }

  Task<Rows> answer_to(Statement statement) {
    const auto text = postgres::with_dollars(statement.sql.text());
    co_return ask(text.c_str(), statement.parameters);
  }

  Rows ask(const char* text, const std::vector<Value>& values) {
    const postgres::Parameters parameters{values};
    const ResultHandle result{PQexecParams(connection_.get(), text, parameters.count(), nullptr,
                                           parameters.texts(), nullptr, nullptr, 0)};
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return rows_in(result.get());
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    if (state == nullptr) throw postgres::lost_error(postgres::Sent::a_read);
    postgres::Refusal refusal;
    refusal.state = state;
    throw postgres::statement_error(refusal);
  }

  OwnLoop loop_;
  postgres::Servers servers_;
  postgres::ConnectionHandle connection_;  // closed first, which ends the transaction
};

}  // namespace

Task<std::unique_ptr<Database>> open_postgres_moment(PostgresOptions options) {
  auto moment = std::make_unique<PostgresMoment>(options.url);
  co_await moment->begin();
  co_return moment;
}

}  // namespace gmail_mcp::sql
