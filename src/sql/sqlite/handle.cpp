#include "sql/sqlite/handle.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "sql/sqlite/error.h"
#include "sql/sqlite/gathered_log.h"

namespace gmail_mcp::sql::sqlite {

namespace {

constexpr std::chrono::milliseconds short_wait{50};

// The largest database that is rewritten in memory.
constexpr std::int64_t most_in_memory = std::int64_t{256} << 20;

// For a stranger's file. A hundred thousand accounts take some seven million steps; tokens have a
// few KB.
constexpr std::int64_t stranger_steps = 100'000'000;
constexpr int steps_between_looks = 100'000;
constexpr int stranger_value_bytes = 1 << 20;
constexpr std::size_t stranger_answer_bytes = std::size_t{128} << 20;
constexpr std::int64_t stranger_heap_bytes = std::int64_t{256} << 20;

Error too_much() {
  return {Errc::too_large, "The database file asks for more work than reading it is worth.",
          "It is damaged, or was made to stop whoever reads it: look into it with sqlite3."};
}

std::size_t bytes_of(const Row& row) {
  std::size_t bytes = 64 * row.size();
  for (const auto& value : row) {
    if (const auto* text = std::get_if<std::string>(&value.variant())) bytes += text->size();
  }
  return bytes;
}

Value value_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return Value{std::int64_t{sqlite3_column_int64(statement, column)}};
    case SQLITE_FLOAT: return Value{sqlite3_column_double(statement, column)};
    case SQLITE_NULL: return Value{};
    default: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return Value{bytes == nullptr ? std::string{} : std::string{bytes, size}};
    }
  }
}

// SQLite does not copy the texts: they must outlive the statement's run.
struct Bind {
  sqlite3_stmt* statement;
  int index;

  int operator()(Null) const { return sqlite3_bind_null(statement, index); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
  int operator()(const std::string& value) const {
    return sqlite3_bind_text64(statement, index, value.data(), value.size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
};

// Resets a statement for its next run, however this one ends.
class Run {
 public:
  explicit Run(sqlite3_stmt* statement) : statement_{statement} {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

bool is_blank(std::string_view text) { return trim(text).empty(); }

}  // namespace

Handle::Handle(const std::string& path, Role role, std::chrono::milliseconds busy_timeout)
    : busy_timeout_{busy_timeout}, path_{path} {
  sqlite3* database = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const char* file_system = role == Role::writer ? gathering_file_system() : nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, file_system);
  database_.reset(database);
  if (code != SQLITE_OK) throw failure(code, "(opening)");
  configure(role);
  is_open_ = true;
}

void Handle::configure(Role role) {
  sqlite3* database = database_.get();
  sqlite3_busy_timeout(database, static_cast<int>(busy_timeout_.count()));
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  // The file may come from someone else: its schema must not call functions, and no statement may
  // bypass SQL.
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  if (role != Role::writer) {
    if (role == Role::stranger) bound_by_limits();
    run("PRAGMA query_only = ON");
    // Reads the file, so that a file that is not a database is detected here, where its path may be
    // named.
    run("PRAGMA schema_version");
    return;
  }
  use_write_ahead_log();
  // What gathers the log relies on it.
  run("PRAGMA synchronous = FULL");
  run("PRAGMA secure_delete = ON");
  // Three times the default. Merging the full-text index of a big archive reads many pages again
  // and again. What it holds is forgotten when the log is emptied (writer.cpp): the audit's rows
  // alone would fill any.
  run("PRAGMA cache_size = -6144");
  // Four times the default, so that the log is copied into the file less often while an archive is
  // filled.
  run("PRAGMA wal_autocheckpoint = 4000");
}

void Handle::bound_by_limits() {
  sqlite3* database = database_.get();
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, stranger_value_bytes);
  sqlite3_limit(database, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100);
  most_bytes_ = stranger_answer_bytes;
  steps_left_ = stranger_steps;
  sqlite3_progress_handler(database, steps_between_looks, &count_steps, this);
  heap_limit_.emplace();
  run("PRAGMA temp_store = MEMORY");
}

int Handle::count_steps(void* self) {
  auto& left = static_cast<Handle*>(self)->steps_left_;
  left -= steps_between_looks;
  return left < 0 ? 1 : 0;
}

std::atomic<int> Handle::HeapLimit::open_ = 0;

Handle::HeapLimit::HeapLimit() {
  if (open_++ == 0) sqlite3_hard_heap_limit64(stranger_heap_bytes);
}

Handle::HeapLimit::~HeapLimit() {
  if (--open_ == 0) sqlite3_hard_heap_limit64(0);
}

void Handle::use_write_ahead_log() {
  // When several processes open a new file together, SQLite lets one convert it and refuses the
  // others without waiting.
  constexpr const char* convert = "PRAGMA journal_mode = WAL";
  auto left = busy_timeout_;
  int code = SQLITE_BUSY;
  while ((code = sqlite3_exec(database_.get(), convert, nullptr, nullptr, nullptr)) != SQLITE_OK) {
    if ((code & 0xFF) != SQLITE_BUSY || left.count() <= 0) throw failure(code, convert);
    left -= std::chrono::milliseconds{sqlite3_sleep(1)};
  }
}

Rows Handle::run(Sql sql, std::span<const Value> parameters) {
  sqlite3_stmt* statement = prepared(sql.text());
  const Run guard{statement};
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != parameters.size()) {
    throw Error{Errc::internal, "A statement was given the wrong number of parameters."}
        .with_detail(sql.text());
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const int code = std::visit(Bind{statement, static_cast<int>(i) + 1}, parameters[i].variant());
    if (code != SQLITE_OK) throw failure(code, sql.text());
  }
  Rows rows;
  std::size_t bytes = 0;
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    const int columns = sqlite3_column_count(statement);
    Row& row = rows.emplace_back();
    row.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) row.push_back(value_of(statement, i));
    if (!most_bytes_) continue;
    bytes += bytes_of(row);
    if (bytes > *most_bytes_) throw too_much();
  }
  if (code != SQLITE_DONE) throw failure(code, sql.text());
  return rows;
}

bool Handle::truncate_log() {
  sqlite3* database = database_.get();
  // A reader in another process must not hold up our writers: this is tried again later.
  sqlite3_busy_timeout(database, static_cast<int>(short_wait.count()));
  const int code =
      sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(database, static_cast<int>(busy_timeout_.count()));
  return code == SQLITE_OK;
}

void Handle::forget_pages() { sqlite3_db_release_memory(database_.get()); }

bool Handle::compact(std::optional<std::int64_t> most_bytes) {
  const auto pages = run("PRAGMA page_count")[0][0].integer();
  const auto bytes = pages * run("PRAGMA page_size")[0][0].integer();
  if (most_bytes && bytes > *most_bytes) return false;
  // A small database is copied in memory: a temporary file would put people's mail outside our
  // folder, and there may be no room for one.
  if (bytes <= most_in_memory) run("PRAGMA temp_store = MEMORY");
  run("VACUUM");
  run("PRAGMA temp_store = DEFAULT");
  truncate_log();
  return true;
}

void Handle::roll_back() noexcept {
  // If the disk refuses even this, SQLite rolls back at the beginning of the next transaction.
  sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

sqlite3_stmt* Handle::prepared(const char* text) {
  auto& cached = statements_[text];
  if (!cached) {
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int code =
        sqlite3_prepare_v3(database_.get(), text, -1, SQLITE_PREPARE_PERSISTENT, &statement, &rest);
    if (code != SQLITE_OK) throw failure(code, text);
    cached.reset(statement);
    if (statement == nullptr || !is_blank(rest)) {
      throw Error{Errc::internal, "A statement is not one statement."}.with_detail(text);
    }
  }
  return cached.get();
}

Error Handle::failure(int code, const char* statement) const {
  const int kind = code & 0xFF;
  const bool is_limit = kind == SQLITE_INTERRUPT || kind == SQLITE_TOOBIG || kind == SQLITE_NOMEM;
  if (most_bytes_ && is_limit) {
    return too_much().with_detail(fmt::format("{}: SQLite {} in: {}", path_, code, statement));
  }
  Error error = error_of(code, fmt::format("{}: SQLite {}: {} in: {}", path_, code,
                                           sqlite3_errmsg(database_.get()), statement));
  // Only at opening may the path be named, because the operator must learn which file it was.
  if (!is_open_ && error.code == Errc::misconfigured) {
    error.hint += fmt::format(" Its path is {}.", path_);
  }
  return error;
}

}  // namespace gmail_mcp::sql::sqlite
