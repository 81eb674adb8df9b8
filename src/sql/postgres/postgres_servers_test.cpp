#include <gtest/gtest.h>

#include "net/testing/delaying_proxy.h"
#include "net/testing/self_signed.h"
#include "sql/postgres/postgres_scene_test.h"

// Which server is connected to, and how.
namespace gmail_mcp::sql {
namespace {

using net::testing::DelayingProxy;
using net::testing::SelfSigned;
using sql::testing::PgBouncer;
using sql::testing::PostgresServer;
using std::chrono::milliseconds;

constexpr Sql is_encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

std::optional<Error> failure_with(const std::string& url,
                                  Statement statement = Statement{"SELECT 1"},
                                  std::string* lines = nullptr) {
  std::string own_lines;
  const auto log = Log::capture(lines == nullptr ? own_lines : *lines);
  PostgresOptions options;
  options.url = url;
  options.answer_within = milliseconds{600};
  const auto database = open_postgres(options, *log);
  return failure_of(database->read(std::move(statement)));
}

TEST(PostgresServers, an_address_that_cannot_be_read_is_refused_without_being_quoted) {
  const auto log = Log::silent();
  // Signs of a password that were not escaped end it early.
  for (const auto* url :
       {"postgresql://user:pass%zzword@host/db", "postgresql://user:pass/zzword@host/db",
        "postgresql://user:pass@zzword@host/db"}) {
    PostgresOptions options;
    options.url = url;
    try {
      open_postgres(options, *log);
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::misconfigured);
      EXPECT_EQ(error.message, "The address of the database cannot be read.");
      EXPECT_EQ((error.message + error.hint + error.detail).find("zzword"), std::string::npos);
    }
  }
}

TEST(PostgresServers, tls_is_checked_as_sslmode_says) {
  const SelfSigned certificate{"localhost"};
  const SelfSigned other{"localhost"};
  PostgresServer server{{.settings = {},
                         .access = "",
                         .certificate_file = certificate.certificate_file(),
                         .key_file = certificate.key_file()}};
  const auto base = "host=localhost hostaddr=127.0.0.1 user=postgres dbname=postgres port=" +
                    std::to_string(server.port());
  const auto encrypted = [&](const std::string& words) {
    const auto log = Log::silent();
    PostgresOptions options;
    options.url = base + words;
    const auto database = open_postgres(options, *log);
    return wait_for_answer(database->read(Statement{is_encrypted})).at(0).at(0).boolean();
  };
  const auto root = " sslrootcert=" + certificate.certificate_file();
  EXPECT_FALSE(encrypted(" sslmode=disable"));
  EXPECT_TRUE(encrypted(""));
  EXPECT_TRUE(encrypted(" sslmode=require"));
  EXPECT_TRUE(encrypted(" sslmode=verify-ca" + root));
  EXPECT_TRUE(encrypted(" sslmode=verify-full" + root));

  const auto refused =
      failure_with(base + " sslmode=verify-full sslrootcert=" + other.certificate_file());
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Errc::misconfigured);
  EXPECT_EQ(refused->message, "The certificate of the database server cannot be trusted.");
  const auto misnamed =
      failure_with("host=127.0.0.1 user=postgres dbname=postgres sslmode=verify-full port=" +
                   std::to_string(server.port()) + root);
  ASSERT_TRUE(misnamed);
  EXPECT_EQ(misnamed->message, "The certificate of the database server cannot be trusted.");
  const auto missing = failure_with(base + " sslmode=verify-full sslrootcert=/no/such/file");
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->code, Errc::misconfigured) << missing->detail;

  // Long rows come whole.
  const auto log = Log::silent();
  PostgresOptions options;
  options.url = base + " sslmode=require";
  const auto database = open_postgres(options, *log);
  for (const int size : {1, 8191, 8192, 16384, 40000, 1'000'000, 10'000'000}) {
    const auto rows =
        wait_for_answer(database->read(Statement{"SELECT repeat('x', CAST(?1 AS int))", size}));
    EXPECT_EQ(rows.at(0).at(0).text().size(), static_cast<std::size_t>(size));
  }
}

TEST(PostgresServers, a_server_without_tls_is_refused_where_tls_is_wanted) {
  const auto refused = failure_with(real_server().url("postgres") + "?sslmode=require");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Errc::misconfigured);
  EXPECT_EQ(refused->message, "The database server does not offer TLS.");
}

TEST(PostgresServers, what_is_wrong_with_the_address_is_said_and_the_password_is_not) {
  PostgresServer server{{.settings = {},
                         .access = "host all locked 127.0.0.1/32 scram-sha-256\n"
                                   "host all banned 127.0.0.1/32 reject\n",
                         .certificate_file = "",
                         .key_file = ""}};
  server.ask("postgres",
             "CREATE USER locked PASSWORD 'right'; CREATE USER banned; CREATE USER poor; "
             "CREATE TABLE t (id int)");
  const auto port = std::to_string(server.port());
  const struct {
    std::string url;
    Errc code;
    std::string message;
  } cases[] = {
      {"postgresql://locked:wr0ng@127.0.0.1:" + port + "/postgres", Errc::misconfigured,
       "The database server refuses the user name or the password."},
      {"postgresql://locked@127.0.0.1:" + port + "/postgres", Errc::misconfigured,
       "The database server refuses the user name or the password."},
      {"postgresql://nobody_there@127.0.0.1:" + port + "/postgres", Errc::misconfigured,
       "The database server does not let this user in."},
      {"postgresql://banned@127.0.0.1:" + port + "/postgres", Errc::misconfigured,
       "The database server does not let this user in."},
      {"postgresql://postgres@127.0.0.1:" + port + "/none", Errc::misconfigured,
       "The database server has no database of that name."},
      {"postgresql://postgres@127.0.0.1:1/postgres", Errc::unavailable,
       "The database server cannot be reached."},
      {"postgresql://postgres@no-such-host.invalid:1/postgres", Errc::unavailable,
       "The name of the database server cannot be looked up."},
      {"postgresql://poor@127.0.0.1:" + port + "/postgres", Errc::misconfigured,
       "The database user may not do what this program must do."},
  };
  for (const auto& one : cases) {
    std::string lines;
    const auto failure = failure_with(one.url, Statement{"SELECT id FROM t"}, &lines);
    ASSERT_TRUE(failure) << one.url;
    EXPECT_EQ(failure->code, one.code) << one.url << " " << failure->detail;
    EXPECT_EQ(failure->message, one.message) << one.url << " " << failure->detail;
    const auto all = failure->message + failure->hint + failure->detail + lines;
    EXPECT_EQ(all.find("wr0ng"), std::string::npos) << all;
  }
  EXPECT_FALSE(failure_with("postgresql://locked:right@127.0.0.1:" + port + "/postgres"));
  EXPECT_FALSE(failure_with(server.socket_url("postgres")));
}

TEST(PostgresServers, a_pooler_that_refuses_a_parameter_or_has_no_server_is_named) {
  PgBouncer bouncer{real_server()};
  const auto url = bouncer.url(real_server().url("postgres"));
  const auto refused = failure_with(url + "?options=-c%20geqo%3Doff");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Errc::misconfigured) << refused->detail;
  EXPECT_EQ(refused->message,
            "The pooler before the database refuses a parameter of the connection.")
      << refused->detail;
  const auto absent = failure_with(bouncer.url("x/none"));
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->code, Errc::misconfigured) << absent->detail;
  EXPECT_EQ(absent->message, "The database server has no database of that name.");

  real_server().stop();
  const auto stopped = failure_with(url);
  real_server().start();
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->code, Errc::unavailable) << stopped->message << " " << stopped->detail;
  // A pooler tries a server again some time after it was gone.
  std::optional<Error> again = failure_with(url);
  for (int i = 0; again && i < 20; ++i) again = failure_with(url);
  EXPECT_FALSE(again);
}

TEST(PostgresServers, times_are_in_utc_whatever_the_server_prefers) {
  PostgresServer server{{.settings = {"timezone = 'Asia/Tokyo'", "datestyle = 'German, DMY'"},
                         .access = "",
                         .certificate_file = "",
                         .key_file = ""}};
  PgBouncer bouncer{server, 1};
  const auto log = Log::silent();
  for (const auto& url : {server.url("postgres"), bouncer.url(server.url("postgres"))}) {
    PostgresOptions options;
    options.url = url;
    const auto database = open_postgres(options, *log);
    const auto rows = wait_for_answer(database->read(
        Statement{"SELECT timestamptz '2026-11-29T12:00:00Z', CAST(CURRENT_TIMESTAMP AS text)"}));
    EXPECT_EQ(rows.at(0).at(0).text(), "2026-11-29T12:00:00.000Z") << url;
    EXPECT_TRUE(rows.at(0).at(1).text().ends_with("+00")) << rows.at(0).at(1).text();
    // Others behind the same pooler keep theirs.
    options.url = url;
  }
}

TEST(PostgresServers, of_several_hosts_the_one_that_accepts_changes_is_used_also_after_a_failover) {
  PostgresServer first, second;
  for (auto* server : {&first, &second}) server->ask("postgres", "CREATE TABLE t (id int)");
  const auto set_read_only = [](PostgresServer& server, const std::string& value) {
    server.ask("postgres", "ALTER SYSTEM SET default_transaction_read_only = " + value);
    server.ask("postgres", "SELECT pg_reload_conf()");
    EXPECT_TRUE(becomes([&] {
      return server.ask("postgres", "SHOW default_transaction_read_only") ==
             std::vector<std::string>{value};
    }));
  };
  set_read_only(second, "on");
  const auto log = Log::silent();
  PostgresOptions options;
  options.url = "postgresql://postgres@127.0.0.1:" + std::to_string(second.port()) +
                ",127.0.0.1:" + std::to_string(first.port()) + "/postgres";
  options.answer_within = milliseconds{600};
  const auto database = open_postgres(options, *log);
  const auto write = [&](int id) {
    return failure_of(database->write(Statement{"INSERT INTO t VALUES (?1)", id}));
  };
  EXPECT_FALSE(write(1));
  EXPECT_EQ(first.ask("postgres", "SELECT id FROM t"), std::vector<std::string>{"1"});

  set_read_only(first, "on");
  const auto nowhere = write(2);
  ASSERT_TRUE(nowhere);
  EXPECT_EQ(nowhere->code, Errc::unavailable);
  EXPECT_EQ(nowhere->message, "The database accepts no changes: it is a standby, or was one.");
  set_read_only(second, "off");
  EXPECT_TRUE(becomes([&] { return !write(3); }));
  EXPECT_EQ(second.ask("postgres", "SELECT id FROM t"), std::vector<std::string>{"3"});
}

TEST(PostgresServers, a_silent_host_does_not_take_the_time_of_the_next) {
  DelayingProxy silent{real_server().port()};
  silent.hold();
  const auto url = "postgresql://postgres@127.0.0.1:" + std::to_string(silent.port()) +
                   ",127.0.0.1:" + std::to_string(real_server().port()) + "/postgres";
  const auto failure = failure_with(url);
  EXPECT_FALSE(failure) << failure->message;
}

TEST(PostgresServers, a_standby_that_is_promoted_takes_over) {
  PostgresServer primary;
  primary.ask("postgres", "CREATE TABLE t (id int)");
  PostgresServer standby{primary};
  const auto log = Log::silent();
  PostgresOptions options;
  options.url = "postgresql://postgres@127.0.0.1:" + std::to_string(standby.port()) +
                ",127.0.0.1:" + std::to_string(primary.port()) + "/postgres";
  options.answer_within = milliseconds{1000};
  const auto database = open_postgres(options, *log);
  const auto write = [&](int id) {
    return failure_of(database->write(Statement{"INSERT INTO t VALUES (?1)", id}));
  };
  EXPECT_FALSE(write(1));
  primary.wait_for_standby();
  primary.stop();
  const Stopwatch watch;
  const auto meanwhile = write(2);
  ASSERT_TRUE(meanwhile);
  EXPECT_EQ(meanwhile->code, Errc::unavailable);
  EXPECT_LT(watch.time(), milliseconds{3000});
  standby.promote();
  EXPECT_TRUE(becomes([&] { return !write(3); }));
  EXPECT_EQ(standby.ask("postgres", "SELECT id FROM t ORDER BY id"),
            (std::vector<std::string>{"1", "3"}));
}

}  // namespace
}  // namespace gmail_mcp::sql
