// The archive's functions in PostgreSQL, as a Supabase project calls them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "sql/postgres/postgres.h"
#include "sql/testing/postgres_server.h"
#include "store/sql/dialect.h"
#include "store/sql/sql_store.h"

namespace gmail_mcp::store {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class PostgresArchive : public ::testing::Test {
 protected:
  PostgresArchive() {
    // Roles are the whole server's, so other tests may have made them.
    ask("DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'anon') THEN "
        "CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN; "
        "CREATE ROLE service_role NOLOGIN BYPASSRLS; END IF; END $$; "
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO service_role");
    sql::PostgresOptions options;
    options.url = url_;
    store_ = open_sql_store(sql::open_postgres(std::move(options), *log_), clock_, *log_,
                            postgres_dialect());
    run_to_end(loop_, store_->migrate());
  }
  ~PostgresArchive() override {
    store_.reset();
    server().drop_database(url_);
  }

  static sql::testing::PostgresServer& server() {
    return sql::testing::PostgresServer::of_this_process();
  }
  std::vector<std::string> ask(const std::string& sql) {
    return server().ask(url_.substr(url_.rfind('/') + 1), sql);
  }
  // An account with this many letters, of which every `rare`th has a word of its own.
  std::string fill(const std::string& user, int letters, int rare) {
    const auto known =
        run_to_end(loop_, store_->users().get_or_create(everyone_, model::ExternalUserId{user}));
    NewCredential credential;
    credential.user_id = known.id;
    credential.gmail_address = user + "@gmail.com";
    const auto id = run_to_end(loop_, store_->connections().save(everyone_, credential)).id;
    run_to_end(loop_, store_->archive().begin(everyone_, id));
    const auto seen = run_to_end(loop_, store_->archive().state(everyone_, id)).value();
    ArchiveStep step;
    for (int i = 0; i < letters; ++i) {
      NewArchived letter;
      auto& message = letter.archived.message;
      message.id = model::MessageId{std::to_string(i)};
      message.date = Timestamp{std::chrono::hours{i + 1}};
      message.body_plain = i % rare == 0 ? "often seldom" : "often";
      step.added.push_back(std::move(letter));
    }
    const auto done =
        run_to_end(loop_, store_->archive().commit(everyone_, id, seen, std::move(step)));
    EXPECT_TRUE(done.is_stored);
    return id.str();
  }
  static std::string search(const std::string& id, const std::string& word, int most) {
    return "SELECT key % 8796093022208 / 1024 / 3600 - 1 FROM gmail_mcp_search('" + id +
           "', NULL, '" + word + "', 8796093022208, " + std::to_string(most) +
           ", '[]', 0, NULL, NULL)";
  }

  SystemClock clock_;
  boost::asio::io_context loop_;
  std::unique_ptr<Log> log_ = Log::silent();
  model::Access everyone_ = model::Access::system("test");
  std::string url_ = server().new_database();
  std::unique_ptr<Store> store_;
};

TEST_F(PostgresArchive, functions_look_for_tables_in_one_place_whoever_calls_them) {
  const auto paths =
      ask("SELECT proname || coalesce(array_to_string(proconfig, ','), '') FROM pg_proc "
          "WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'gmail_mcp_%'");
  EXPECT_THAT(paths, SizeIs(::testing::Ge(7U)));
  EXPECT_THAT(paths, Each(HasSubstr("search_path=")));
}

TEST_F(PostgresArchive, the_service_role_may_search_and_nobody_else) {
  const auto id = fill("ann", 5, 2);
  EXPECT_THAT(ask("SET ROLE service_role; " + search(id, "often", 2)), ElementsAre("4", "3"));
  EXPECT_ANY_THROW(ask("SET ROLE anon; " + search(id, "often", 2)));
}

// A word of the newest is found by looking at them, a seldom one by the index, in one order.
TEST_F(PostgresArchive, both_ways_of_a_search_give_one_order_and_one_account) {
  const auto ann = fill("ann", 2'600, 900);
  const auto bob = fill("bob", 20, 5);
  EXPECT_THAT(ask(search(ann, "often", 3)), ElementsAre("2599", "2598", "2597"));
  EXPECT_THAT(ask(search(ann, "seldom", 10)), ElementsAre("1800", "900", "0"));
  EXPECT_THAT(ask(search(ann, "seldom", 2)), ElementsAre("1800", "900"));
  EXPECT_THAT(ask(search(ann, "often", 10'000)), SizeIs(2'600));
  EXPECT_THAT(ask(search(ann, "often\n& !seldom", 10'000)), SizeIs(2'597));
  EXPECT_THAT(ask(search(bob, "seldom", 10)), ElementsAre("15", "10", "5", "0"));
  EXPECT_THAT(ask(search(bob, "often\n& seldom", 10)), ElementsAre("15", "10", "5", "0"));
}

// Another process is in the middle of a change: every verb that changes messages waits for it
// before it looks at them. The other ends as soon as somebody waits, and complains if nobody does.
TEST_F(PostgresArchive, changes_of_one_archive_wait_for_each_other) {
  const model::ConnectionId ann{fill("ann", 20, 5)};
  auto& archive = store_->archive();
  const auto while_another_changes =
      [&](std::string_view what, Task<bool> change) {
        std::thread other{
            [&] {
              EXPECT_NO_THROW(ask(R"(
        BEGIN; SELECT account FROM archives FOR NO KEY UPDATE; SELECT pg_advisory_xact_lock(7);
        DO $$ BEGIN
          FOR i IN 1..2000 LOOP
            IF EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype <> 'advisory') THEN
              RETURN;
            END IF;
            PERFORM pg_sleep(0.005);
          END LOOP;
          RAISE 'nobody waited';
        END $$;
        COMMIT)")) << what;
            }};
        while (ask("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7").empty()) {
        }
        run_to_end(loop_, std::move(change));
        other.join();
      };
  const auto again = [&]() -> Task<bool> {
    NewArchived letter;
    letter.archived.message.id = model::MessageId{"7"};
    std::vector<NewArchived> letters{std::move(letter)};
    std::vector<model::MessageId> none;
    co_return co_await archive.read_again(everyone_, ann, std::move(letters), std::move(none));
  };
  const auto step = [&]() -> Task<bool> {
    auto seen = co_await archive.state(everyone_, ann);
    ArchiveStep change;
    change.removed.emplace_back("3");
    const auto done = co_await archive.commit(everyone_, ann, std::move(*seen), std::move(change));
    co_return done.is_stored;
  };
  NewArchived noted;
  noted.archived.message.id = model::MessageId{"noted"};
  while_another_changes("note", archive.note(everyone_, ann, std::move(noted)));
  while_another_changes("commit", step());
  while_another_changes("read_again", again());
  while_another_changes("sweep", archive.sweep(everyone_, ann, 5));
  const Timestamp second_hour{std::chrono::hours{2}};
  while_another_changes("expire", archive.expire(everyone_, ann, second_hour, 5));
  while_another_changes("erase", archive.erase(everyone_, ann, 5));
}

}  // namespace
}  // namespace gmail_mcp::store
