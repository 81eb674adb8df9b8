#include "sql/sqlite/sqlite.h"

#include <optional>

#include "sql/sqlite/file.h"
#include "sql/sqlite/readers.h"
#include "sql/sqlite/writer.h"

namespace gmail_mcp::sql {

namespace {

using sqlite::Job;

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const SqliteOptions& options, bool in_memory) {
    if (!options.look_only) {
      writer_.emplace(options.path, options.busy_timeout, options.scrub_after, options.in_turn);
    }
    // A database in memory belongs to one connection, which then reads and writes.
    const auto role = options.look_only ? sqlite::Role::stranger : sqlite::Role::reader;
    if (!in_memory) readers_.emplace(options.path, role, options.readers, options.busy_timeout);
    if (!in_memory) file_.emplace(options.path);
  }

  void check_place() const override {
    if (file_) file_->check();
  }

  Task<Rows> read(Statement statement) override {
    Job job{.statements = {&statement, 1}};
    if (readers_) {
      co_await through_readers(job);
    } else {
      co_await through_writer(job, Urgency::interactive);
    }
    co_return std::move(job.results.front());
  }

  Task<Rows> write(Statement statement) override {
    Job job{.statements = {&statement, 1}};
    co_await through_writer(job, Urgency::interactive);
    co_return std::move(job.results.front());
  }

  Task<std::vector<Rows>> atomically(std::vector<Statement> statements, Urgency urgency) override {
    Job job{.statements = statements};
    co_await through_writer(job, urgency);
    co_return std::move(job.results);
  }

  // Bulk work never shares a batch with other jobs: this cannot run inside a transaction.
  Task<bool> compact(std::optional<std::int64_t> most_bytes) override {
    Job job{.statements = {}, .compacts = true, .most_bytes = most_bytes};
    co_await through_writer(job, Urgency::bulk);
    co_return job.is_compact;
  }

  Task<Tables> tables() override {
    Statement statement{
        "SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c "
        "WHERE m.type IN ('table', 'view')"};
    const Rows rows = co_await read(std::move(statement));
    Tables tables;
    for (const Row& row : rows) tables[row[0].text()].insert(row[1].text());
    co_return tables;
  }

 private:
  Task<void> through_readers(Job& job) {
    std::function<void(Resumption)> start = [&](Resumption resume) {
      job.resume = std::move(resume);
      readers_->submit(job);
    };
    co_await suspend(std::move(start));
    if (job.failure) std::rethrow_exception(job.failure);
  }

  Task<void> through_writer(Job& job, Urgency urgency) {
    if (!writer_) throw Error{Errc::internal, "The database was opened to look at only."};
    std::function<void(Resumption)> start = [&](Resumption resume) {
      job.resume = std::move(resume);
      writer_->submit(job, urgency);
    };
    co_await suspend(std::move(start));
    if (job.failure) std::rethrow_exception(job.failure);
  }

  std::optional<sqlite::KnownFile> file_;
  std::optional<sqlite::Writer> writer_;
  std::optional<sqlite::Readers> readers_;  // closed first, so that the writer empties the log
};

}  // namespace

std::unique_ptr<Database> open_sqlite(SqliteOptions options, Log& log) {
  const bool in_memory = options.path == ":memory:";
  if (!in_memory && !options.look_only) sqlite::prepare_file(options.path, log);
  return std::make_unique<SqliteDatabase>(options, in_memory);
}

}  // namespace gmail_mcp::sql
