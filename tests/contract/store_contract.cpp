#include "tests/contract/store_contract.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "operation/call.h"
#include "sql/temp_folder.h"
#include "sql/testing/postgres_server.h"
#include "sql/testing/stand_in_project.h"
#include "store/open.h"
#include "store/testing/test_store.h"
#include "tests/contract/listed_database.h"
#include "tests/contract/toy_engine.h"

namespace gmail_mcp::store {

namespace {

enum class Cached { no, yes };

std::unique_ptr<Store> open_migrated(const Where& where, const Clock& clock, Log& log,
                                     Cached cached = Cached::no) {
  OpenOptions options;
  if (cached == Cached::yes) options.remembers = std::chrono::seconds{2};
  auto store = wait_for(open(where, clock, log, options));
  wait_for(store->migrate());
  return store;
}

class InFile final : public Place {
 public:
  explicit InFile(Cached cached) : cached_{cached} {}

  std::unique_ptr<Store> open(const Clock& clock) override {
    return open_migrated(SqliteFile{folder_ / "store.db"}, clock, *log_, cached_);
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

class InMemory final : public Place {
 public:
  std::unique_ptr<Store> open(const Clock& clock) override {
    return open_migrated(SqliteFile{":memory:"}, clock, *log_);
  }
};

// A database for each test, copied from one whose schema is made once: quicker than to make it.
class InPostgres final : public Place {
 public:
  enum class Through { nothing, pooler };

  explicit InPostgres(Through through) : through_{through} {}
  ~InPostgres() override { server().drop_database(database_); }

  std::unique_ptr<Store> open(const Clock& clock) override {
    const auto url = through_ == Through::pooler ? pooler().url(database_) : database_;
    return open_migrated(PostgresServer{.url = Secret{url}}, clock, *log_);
  }

 private:
  static sql::testing::PostgresServer& server() {
    return sql::testing::PostgresServer::of_this_process();
  }
  static sql::testing::PgBouncer& pooler() {
    static sql::testing::PgBouncer one{server()};
    return one;
  }
  static const std::string& migrated() {
    static const std::string url = [] {
      auto made = server().new_database();
      const auto log = Log::silent();
      open_migrated(PostgresServer{.url = Secret{made}}, SystemClock{}, *log);
      return made;
    }();
    return url;
  }

  Through through_;
  std::string database_ = server().new_database(migrated());
};

class InToy final : public Place {
 public:
  std::unique_ptr<Store> open(const Clock& clock) override {
    return testing::TestStore{clock, *log_, testing::in_memory(),
                              [](std::unique_ptr<sql::Database> server) {
                                return std::make_unique<ToyDatabase>(std::move(server));
                              }}
        .take();
  }
};

class InListed final : public Place {
 public:
  std::unique_ptr<Store> open(const Clock& clock) override {
    testing::TestStore made{clock, *log_, testing::in_memory(),
                            [](std::unique_ptr<sql::Database> server) {
                              return std::make_unique<ListedDatabase>(std::move(server));
                            }};
    dynamic_cast<ListedDatabase&>(*made.database).be_strict();
    return std::move(made).take();
  }
  std::string bytes() override { return {}; }
};

// A project whose owner has run what `gmail-mcp migrate --print` prints: made once, and copied.
const sql::testing::StandInProject& migrated_project() {
  static const auto made = [] {
    auto project = std::make_unique<sql::testing::StandInProject>();
    project->run(migration_script(SupabaseProject{}, {}));
    return project;
  }();
  return *made;
}

class InSupabase final : public Place {
 public:
  std::unique_ptr<Store> open(const Clock& clock) override {
    auto options = project_.options();
    return open_migrated(SupabaseProject{std::move(options.url), std::move(options.key)}, clock,
                         *log_);
  }
  std::string bytes() override { return project_.rows(); }

 private:
  sql::testing::StandInProject project_{migrated_project()};
};

}  // namespace

const std::vector<Backend>& backends() {
  static const std::vector<Backend> all{
      {"sqlite", true, [] { return std::make_unique<InFile>(Cached::no); }},
      {"sqlite_cached", true, [] { return std::make_unique<InFile>(Cached::yes); }},
      {"sqlite_in_memory", false, [] { return std::make_unique<InMemory>(); }},
      {"supabase", true, [] { return std::make_unique<InSupabase>(); }},
      {"listed", false, [] { return std::make_unique<InListed>(); }},
      {"postgres", true, [] { return std::make_unique<InPostgres>(InPostgres::Through::nothing); }},
      {"pgbouncer", true, [] { return std::make_unique<InPostgres>(InPostgres::Through::pooler); }},
      {"toy", false, [] { return std::make_unique<InToy>(); }},
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
  return operation::Admission::access(caller);
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
