#include "sql/postgres/postgres.h"

#include <utility>

#include "sql/own_loop.h"
#include "sql/postgres/pool.h"
#include "sql/postgres/text.h"

namespace gmail_mcp::sql {

namespace {

using postgres::PgJob;

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(PostgresOptions options, Log& log) : pool_{std::move(options), loop_, log} {}
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;
  ~PostgresDatabase() override {
    loop_.post([this] { pool_.close(); });
    loop_.end();
  }

  Task<Rows> read(Statement statement) override {
    PgJob job;
    job.statements = {&statement, 1};
    co_await done(job);
    co_return std::move(job.results.front());
  }

  Task<Rows> write(Statement statement) override {
    PgJob job;
    job.statements = {&statement, 1};
    job.changes = true;
    co_await done(job);
    co_return std::move(job.results.front());
  }

  Task<std::vector<Rows>> atomically(std::vector<Statement> statements, Urgency urgency) override {
    PgJob job;
    job.statements = statements;
    job.urgency = urgency;
    for (const Statement& one : statements) {
      if (!postgres::only_reads(one.sql.text())) job.changes = true;
    }
    if (statements.empty()) co_return std::vector<Rows>{};
    co_await done(job);
    co_return std::move(job.results);
  }

  Task<Tables> tables() override {
    Statement statement{
        "SELECT c.relname::text, a.attname::text FROM pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
        "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
        "AND a.attnum > 0 AND NOT a.attisdropped"};
    const Rows rows = co_await read(std::move(statement));
    Tables tables;
    for (const Row& row : rows) tables[row[0].text()].insert(row[1].text());
    co_return tables;
  }

 private:
  Task<void> done(PgJob& job) {
    std::function<void()> submit = [&] { pool_.submit(job); };
    co_await finished(job, std::move(submit));
  }

  OwnLoop loop_;
  postgres::Pool pool_;
};

}  // namespace

std::unique_ptr<Database> open_postgres(PostgresOptions options, Log& log) {
  return std::make_unique<PostgresDatabase>(std::move(options), log);
}

}  // namespace gmail_mcp::sql
