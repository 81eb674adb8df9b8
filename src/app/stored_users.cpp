#include "app/stored_users.h"

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <limits>

#include "base/text.h"
#include "sql/sqlite/sqlite.h"
#include "store/sql/sql_store.h"

namespace gmail_mcp::app {

namespace {

Task<std::vector<store::UserSummary>> all_users(store::Store& store) {
  const auto access = model::Access::system("validate");
  co_return co_await store.users().list(access, std::numeric_limits<std::int64_t>::max());
}

}  // namespace

std::vector<std::string> warnings_of_stored_users(const setup::Settings& settings) {
  std::vector<std::string> warnings;
  const auto& path = settings.storage.sqlite.path;
  std::error_code failed;
  const bool is_file = std::filesystem::is_regular_file(path, failed);
  if (settings.storage.type != setup::StorageType::sqlite || !is_file) return warnings;
  try {
    boost::asio::io_context loop{1};
    SystemClock clock;
    const auto log = Log::silent();
    sql::SqliteOptions options;
    options.path = path;
    options.look_only = true;
    const auto database = sql::open_sqlite(std::move(options), *log);
    const auto store = store::open_sql_store(*database, clock, *log);
    for (const auto& one : run_to_end(loop, all_users(*store))) {
      const auto& id = one.user.external_id.str();
      const auto fault = model::user_id_fault(id);
      if (!fault) continue;
      // Written so that it can be seen, and changes nothing in the terminal.
      warnings.push_back("A stored user_id goes on working but would be refused today: \"" +
                         percent_encode(id) + "\" (percent-encoded). " + fault->message);
    }
  } catch (const Error&) {
    // No database of ours, or of a version before the first migration: migrate says which.
  }
  return warnings;
}

}  // namespace gmail_mcp::app
