#include "tests/contract/store_contract.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/log.h"
#include "operation/call.h"
#include "sql/migrate.h"
#include "sql/sqlite/sqlite.h"
#include "sql/temp_folder.h"
#include "store/cached.h"
#include "store/sql/migrations.h"
#include "store/sql/sql_store.h"

namespace gmail_mcp::store {

namespace {

enum class Cached { no, yes };

class OpenSqliteStore final : public OpenStore {
 public:
  OpenSqliteStore(const std::string& path, const Clock& clock, Cached cached)
      : log_{Log::silent()}, database_{sql::open_sqlite({.path = path}, *log_)} {
    wait_for(sql::migrate(*database_, sqlite_migrations(), clock));
    store_ = open_sql_store(*database_, clock, *log_);
    if (cached == Cached::yes) store_ = cache(std::move(store_), clock);
  }

  Store& store() override { return *store_; }

 private:
  std::unique_ptr<Log> log_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<Store> store_;
};

class SqliteFile final : public Place {
 public:
  explicit SqliteFile(Cached cached) : cached_{cached} {}

  std::unique_ptr<OpenStore> open(const Clock& clock) override {
    return std::make_unique<OpenSqliteStore>(folder_ / "store.db", clock, cached_);
  }

  std::string bytes() override {
    std::string all;
    for (const auto& file : std::filesystem::directory_iterator{folder_.path()}) {
      std::ifstream stream{file.path(), std::ios::binary};
      all.append(std::istreambuf_iterator<char>{stream}, {});
    }
    return all;
  }

 private:
  sql::TempFolder folder_;
  Cached cached_;
};

class SqliteMemory final : public Place {
 public:
  std::unique_ptr<OpenStore> open(const Clock& clock) override {
    return std::make_unique<OpenSqliteStore>(":memory:", clock, Cached::no);
  }
  std::string bytes() override { return {}; }
};

}  // namespace

const std::vector<Backend>& backends() {
  static const std::vector<Backend> all{
      {"sqlite", true, [] { return std::make_unique<SqliteFile>(Cached::no); }},
      {"sqlite_cached", true, [] { return std::make_unique<SqliteFile>(Cached::yes); }},
      {"sqlite_in_memory", false, [] { return std::make_unique<SqliteMemory>(); }},
  };
  return all;
}

std::vector<Backend> shared_backends() {
  std::vector<Backend> shared;
  for (const auto& backend : backends()) {
    if (backend.can_be_shared) shared.push_back(backend);
  }
  return shared;
}

model::Access only(const std::string& user) {
  model::Caller caller{.kind = model::CallerKind::user,
                       .only_user = model::ExternalUserId{user},
                       .default_user = {},
                       .credential = "test"};
  return operation::Gate::access(caller);
}

void race(int count, const std::function<void(int)>& act) {
  std::barrier start{count};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      act(i);
    });
  }
  for (auto& thread : threads) thread.join();
}

NewCredential StoreContract::credential_of(const std::string& name, const std::string& address) {
  return {.user_id = user(name).id,
          .gmail_address = address,
          .kind = model::ConnectionKind::oauth,
          .scopes = {"https://mail.google.com/", "openid"},
          .google_sub = "sub-of-" + address,
          .display_name = "",
          .ciphertexts = {.access_token = "access", .refresh_token = "refresh", .app_password = ""},
          .token_expires_at = clock_.now() + std::chrono::hours{1}};
}

}  // namespace gmail_mcp::store
