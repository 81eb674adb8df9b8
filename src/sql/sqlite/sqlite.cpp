#include "sql/sqlite/sqlite.h"

#include <optional>

#include "sql/moment.h"
#include "sql/sqlite/file.h"
#include "sql/sqlite/readers.h"
#include "sql/sqlite/writer.h"

namespace gmail_mcp::sql {

namespace {

using sqlite::WriterJob;

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
    WriterJob job;
    job.statements = {&statement, 1};
    std::function<void()> submit = [&] {
      if (readers_) {
        readers_->submit(job);
      } else {
        writer_->submit(job, Urgency::interactive);
      }
    };
    co_await finished(job, std::move(submit));
    co_return std::move(job.results.front());
  }

  Task<Rows> write(Statement statement) override {
    WriterJob job;
    job.statements = {&statement, 1};
    co_await change(job, Urgency::interactive);
    co_return std::move(job.results.front());
  }

  Task<std::vector<Rows>> atomically(std::vector<Statement> statements, Urgency urgency) override {
    WriterJob job;
    job.statements = statements;
    co_await change(job, urgency);
    co_return std::move(job.results);
  }

  // Bulk work never shares a batch with other jobs: this cannot run inside a transaction.
  Task<bool> compact(std::optional<std::int64_t> most_bytes) override {
    WriterJob job;
    job.compacts = true;
    job.most_bytes = most_bytes;
    co_await change(job, Urgency::bulk);
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
  Task<void> change(WriterJob& job, Urgency urgency) {
    if (!writer_) throw Error{Errc::internal, "The database was opened to look at only."};
    std::function<void()> submit = [&] { writer_->submit(job, urgency); };
    co_await finished(job, std::move(submit));
  }

  std::optional<sqlite::KnownFile> file_;
  std::optional<sqlite::Writer> writer_;
  std::optional<sqlite::Readers> readers_;  // closed first, so that the writer empties the log
};

// One reader in one transaction.
class SqliteMoment final : public Moment {
 public:
  explicit SqliteMoment(std::string path)
      : readers_{std::move(path), sqlite::Role::reader, 1, SqliteOptions{}.busy_timeout} {}

  // A transaction only sees one moment from its first read on.
  Task<void> begin() {
    Statement begin{"BEGIN"};
    co_await read(std::move(begin));
    Statement look{"SELECT count(*) FROM sqlite_schema"};
    co_await read(std::move(look));
  }

  Task<Rows> read(Statement statement) override {
    Job job;
    job.statements = {&statement, 1};
    std::function<void()> submit = [&] { readers_.submit(job); };
    co_await finished(job, std::move(submit));
    co_return std::move(job.results.front());
  }

 private:
  sqlite::Readers readers_;
};

}  // namespace

Task<std::unique_ptr<Database>> open_sqlite_moment(std::string path) {
  auto moment = std::make_unique<SqliteMoment>(std::move(path));
  co_await moment->begin();
  co_return moment;
}

std::unique_ptr<Database> open_sqlite(SqliteOptions options, Log& log) {
  const bool in_memory = options.path == ":memory:";
  if (!in_memory) sqlite::refuse_folder(options.path);
  if (!in_memory && !options.look_only) sqlite::prepare_file(options.path, log);
  return std::make_unique<SqliteDatabase>(options, in_memory);
}

}  // namespace gmail_mcp::sql
