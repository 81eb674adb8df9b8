#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <mutex>
#include <random>
#include <set>

#include "net/testing/delaying_proxy.h"
#include "sql/postgres/postgres_scene_test.h"

namespace gmail_mcp::sql {
namespace {

using net::testing::DelayingProxy;
using sql::testing::PgBouncer;
using std::chrono::milliseconds;

class PostgresFaults : public PostgresScene {
 protected:
  /// Whether the server is at work on a pg_sleep of ours.
  bool is_asleep() {
    return !ask("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() "
                "AND query LIKE '%pg_sleep%'")
                .empty();
  }
};
class PostgresPipelining : public PostgresScene {};

constexpr Sql select_one = "SELECT 1";
constexpr Sql insert_id = "INSERT INTO t VALUES (?1)";
constexpr Sql long_sleep = "SELECT pg_sleep(CAST(?1 AS float8))";

// All at once, from one loop. How long they took.
milliseconds ask_at_once(Database& database, int count) {
  boost::asio::io_context loop;
  std::vector<Task<Rows>> tasks;
  for (int i = 0; i < count; ++i) {
    tasks.push_back(database.read(Statement{"SELECT CAST(?1 AS int)", i}));
  }
  const Stopwatch watch;
  const auto answers = run_to_end(loop, run_all(std::move(tasks)));
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].at(0).at(0).integer(), i);
  }
  return watch.time();
}

constexpr milliseconds each_way{100};
constexpr milliseconds three_round_trips = 3 * 2 * each_way;

TEST_F(PostgresPipelining, answers_64_callers_at_once_within_three_round_trips) {
  DelayingProxy far{real_server().port(), each_way};
  options_.url = url_by(far.port());
  ask_at_once(database(), 1);
  EXPECT_LT(ask_at_once(database(), 64), three_round_trips);
  EXPECT_LT(ask_at_once(database(), 64), three_round_trips);
}

TEST_F(PostgresPipelining, does_so_through_a_pooler_with_two_connections_too) {
  PgBouncer bouncer{real_server(), 2};
  const auto url = bouncer.url(url_);
  const auto port = std::stoi(url.substr(url.find("127.0.0.1:") + 10));
  DelayingProxy far{port, each_way};
  options_.url = url_by(far.port());
  ask_at_once(database(), 1);
  EXPECT_LT(ask_at_once(database(), 64), three_round_trips);
  EXPECT_LT(ask_at_once(database(), 64), three_round_trips);
}

// One change or read after the other. Keeps how long the longest took, in milliseconds.
Task<void> ask_one_by_one(Database& database, int number, std::atomic<int>& longest) {
  for (int i = 0; i < 60; ++i) {
    const Stopwatch watch;
    if (number % 2 == 0) {
      Statement statement{insert_id, number * 1000 + i};
      co_await database.write(std::move(statement));
    } else {
      Statement statement{select_one};
      co_await database.read(std::move(statement));
    }
    const int time = static_cast<int>(watch.time().count());
    int before = longest;
    while (time > before && !longest.compare_exchange_weak(before, time)) {
    }
  }
}

TEST_F(PostgresPipelining, nobody_starves_behind_a_pooler_with_fewer_connections_than_ours) {
  ask("CREATE TABLE t (id int)");
  PgBouncer bouncer{real_server(), 2};
  options_.url = bouncer.url(url_);
  database();
  std::atomic<int> longest{0};
  on_threads(4, [&](int thread) {
    boost::asio::io_context loop;
    for (int caller = 0; caller < 16; ++caller) {
      boost::asio::co_spawn(loop, ask_one_by_one(database(), thread * 16 + caller, longest),
                            [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
    }
    loop.run();
  });
  std::printf("the longest wait: %d ms\n", longest.load());
  EXPECT_EQ(ask("SELECT count(DISTINCT id) FROM t"), std::vector<std::string>{"1920"});
}

TEST_F(PostgresPipelining, the_failure_of_one_call_does_not_touch_those_around_it) {
  ask("CREATE TABLE t (id int PRIMARY KEY)");
  PgBouncer bouncer{real_server(), 2};
  for (const auto& url : {url_, bouncer.url(url_)}) {
    ask("TRUNCATE t");
    options_.url = url;
    options_.connections = 1;
    database_ = open_postgres(options_, *log_);
    boost::asio::io_context loop;
    std::atomic<int> done{0}, refused{0};
    for (int i = 0; i < 100; ++i) {
      auto statements = std::vector<Statement>{};
      statements.emplace_back(insert_id, i);
      statements.emplace_back(insert_id, i % 10 == 0 ? i : i + 1000);
      boost::asio::co_spawn(
          loop, database().atomically(std::move(statements)),
          [&](const std::exception_ptr& failure, const auto&) { ++(failure ? refused : done); });
    }
    loop.run();
    EXPECT_EQ(refused, 10);
    EXPECT_EQ(done, 90);
    EXPECT_EQ(ask("SELECT count(*) FROM t"), std::vector<std::string>{"180"});
  }
}

TEST_F(PostgresFaults, a_stopped_server_is_unavailable_soon_and_found_again) {
  options_.answer_within = milliseconds{500};
  read(Statement{select_one});
  real_server().stop();
  for (int i = 0; i < 3; ++i) {
    const Stopwatch watch;
    const auto failure = failure_of(database().read(Statement{select_one}));
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, Errc::unavailable);
    EXPECT_LT(watch.time(), milliseconds{2000});
  }
  real_server().start();
  EXPECT_TRUE(becomes([&] { return !failure_of(database().read(Statement{select_one})); }));
  EXPECT_NE(lines_.find("can be opened again"), std::string::npos);
}

TEST_F(PostgresFaults, a_short_restart_is_waited_for) {
  options_.answer_within = std::chrono::seconds{60};
  read(Statement{select_one});
  real_server().stop();
  std::thread later{[] { real_server().start(); }};
  EXPECT_FALSE(failure_of(database().read(Statement{select_one})));
  later.join();
}

TEST_F(PostgresFaults, a_server_that_accepts_and_never_answers_is_unavailable_in_time) {
  DelayingProxy mute{real_server().port()};
  options_.url = url_by(mute.port());
  options_.answer_within = milliseconds{300};
  // Once when connecting, once on a connection.
  for (const bool connected : {false, true}) {
    mute.release();
    database_.reset();
    if (connected) read(Statement{select_one});
    mute.hold();
    const Stopwatch watch;
    const auto failure = failure_of(database().read(Statement{select_one}));
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, Errc::unavailable);
    EXPECT_LT(watch.time(), milliseconds{2000});
    mute.release();
    EXPECT_TRUE(becomes([&] { return !failure_of(database().read(Statement{select_one})); }));
  }
}

/// Changes and reads from several threads at once while the server is disturbed; what was stored is
/// compared with what was acknowledged.
class PostgresLoad {
 public:
  explicit PostgresLoad(Database& database) : database_{database} {}

  /// Until `disturb`, on a thread of its own, has returned. Calls `after_failed_read` for each.
  void run(const std::function<void()>& disturb,
           const std::function<void(const Error&)>& after_failed_read) {
    std::thread other{[&] {
      disturb();
      goes_on_ = false;
    }};
    on_threads(6, [&](int thread) {
      while (goes_on_) thread % 2 == 0 ? read(after_failed_read) : change();
    });
    other.join();
  }
  /// Blocks until so many more calls were answered, with whatever.
  void wait_for_calls(int more) {
    const auto before = calls_.load();
    EXPECT_TRUE(becomes([&] { return calls_ >= before + more; }));
  }
  void judge(const std::vector<std::string>& rows) {
    std::set<int> stored;
    for (const auto& id : rows) {
      EXPECT_TRUE(stored.insert(std::stoi(id)).second) << id << " was stored twice";
    }
    for (const int id : acknowledged_) EXPECT_TRUE(stored.contains(id)) << id << " was lost";
    for (const int id : stored) {
      EXPECT_TRUE(acknowledged_.contains(id) || unknown_.contains(id))
          << id << " was stored although it was refused";
    }
    std::printf("%zu changes acknowledged, %zu unknown, %zu refused; %d calls\n",
                acknowledged_.size(), unknown_.size(), refused_, calls_.load());
  }

 private:
  void read(const std::function<void(const Error&)>& after_failure) {
    auto two = std::vector<Statement>{};
    two.emplace_back(Sql{"SELECT set_config('enable_sort', 'off', true)"});
    two.emplace_back(select_one);
    const auto failure = ++calls_ % 2 == 0 ? failure_of(database_.read(Statement{select_one}))
                                           : failure_of(database_.atomically(std::move(two)));
    if (failure) after_failure(*failure);
  }
  void change() {
    const int id = ++next_;
    const auto failure = failure_of(database_.write(Statement{insert_id, id}));
    ++calls_;
    const std::lock_guard lock{mutex_};
    if (!failure) {
      acknowledged_.insert(id);
      return;
    }
    EXPECT_EQ(failure->code, Errc::unavailable) << failure->message << " " << failure->detail;
    if (failure->message.find("may have been made") != std::string::npos) {
      unknown_.insert(id);
    } else {
      ++refused_;
    }
  }

  Database& database_;
  std::atomic<bool> goes_on_{true};
  std::atomic<int> next_{0}, calls_{0};
  std::mutex mutex_;
  std::set<int> acknowledged_, unknown_;
  std::size_t refused_ = 0;
};

TEST_F(PostgresFaults, killed_connections_lose_no_read_and_do_no_change_twice) {
  ask("CREATE TABLE t (id int)");
  PostgresLoad load{database()};
  load.run(
      [&] {
        for (int i = 0; i < 20; ++i) {
          real_server().kill_connections();
          load.wait_for_calls(20);
        }
      },
      [](const Error& failure) { ADD_FAILURE() << failure.message << " " << failure.detail; });
  load.judge(ask("SELECT id FROM t"));
}

TEST_F(PostgresFaults, whatever_happens_nothing_is_done_twice_or_lost) {
  ask("CREATE TABLE t (id int)");
  DelayingProxy way{real_server().port()};
  options_.url = url_by(way.port());
  options_.answer_within = milliseconds{300};
  PostgresLoad load{database()};
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::minstd_rand random{seed};
  load.run(
      [&] {
        for (int i = 0; i < 15; ++i) {
          switch (std::uniform_int_distribution<int>{0, 3}(random)) {
            case 0: real_server().kill_connections(); break;
            case 1: way.cut(); break;
            case 2:
              way.hold();
              load.wait_for_calls(6);
              way.release();
              break;
            default: real_server().stop(); real_server().start();
          }
          load.wait_for_calls(std::uniform_int_distribution<int>{1, 50}(random));
        }
      },
      [](const Error& failure) { EXPECT_EQ(failure.code, Errc::unavailable) << failure.message; });
  EXPECT_TRUE(becomes([&] { return !failure_of(database().read(Statement{select_one})); }));
  load.judge(ask("SELECT id FROM t"));
}

TEST_F(PostgresFaults, a_late_statement_is_stopped_on_the_server_too) {
  PgBouncer bouncer{real_server(), 2};
  for (const auto& url : {url_, bouncer.url(url_)}) {
    options_.url = url;
    options_.answer_within = milliseconds{300};
    database_.reset();
    const Stopwatch watch;
    const auto failure = failure_of(database().read(Statement{long_sleep, 100}));
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, Errc::unavailable);
    EXPECT_LT(watch.time(), milliseconds{3000});
    EXPECT_TRUE(becomes([&] { return !is_asleep(); })) << url;
    EXPECT_FALSE(failure_of(database().read(Statement{select_one})));
  }
}

TEST_F(PostgresFaults, a_pooler_that_restarts_is_found_again) {
  PgBouncer bouncer{real_server(), 2};
  options_.url = bouncer.url(url_);
  options_.answer_within = milliseconds{500};
  read(Statement{select_one});
  bouncer.stop();
  const auto failure = failure_of(database().read(Statement{select_one}));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Errc::unavailable);
  bouncer.start();
  EXPECT_TRUE(becomes([&] { return !failure_of(database().read(Statement{select_one})); }));
}

TEST_F(PostgresFaults, a_slow_statement_does_not_hold_up_others) {
  options_.answer_within = std::chrono::seconds{60};
  read(Statement{select_one});
  std::thread slow{[&] { read(Statement{long_sleep, 1.5}); }};
  EXPECT_TRUE(becomes([&] { return is_asleep(); }));
  const Stopwatch watch;
  for (int i = 0; i < 20; ++i) read(Statement{select_one});
  EXPECT_LT(watch.time(), milliseconds{1200});
  slow.join();
}

TEST_F(PostgresFaults, bulk_work_never_takes_all_connections) {
  options_.connections = 2;
  read(Statement{select_one});
  boost::asio::io_context loop;
  int done = 0;
  for (int i = 0; i < 6; ++i) {
    auto statements = std::vector<Statement>{};
    statements.emplace_back(long_sleep, 0.25);
    boost::asio::co_spawn(loop, database().atomically(std::move(statements), Urgency::bulk),
                          [&](const std::exception_ptr& failure, const auto&) {
                            if (!failure) ++done;
                          });
  }
  std::thread bulk{[&] { loop.run(); }};
  EXPECT_TRUE(becomes([&] { return is_asleep(); }));
  const Stopwatch watch;
  for (int i = 0; i < 20; ++i) read(Statement{select_one});
  EXPECT_LT(watch.time(), milliseconds{1000});
  bulk.join();
  EXPECT_EQ(done, 6);
}

TEST_F(PostgresFaults, bulk_work_may_take_long_but_not_with_a_server_that_is_gone) {
  ask("CREATE TABLE t (id int)");
  DelayingProxy way{real_server().port()};
  options_.url = url_by(way.port());
  options_.answer_within = milliseconds{200};
  const auto sleep = [&](double seconds) {
    auto statements = std::vector<Statement>{};
    statements.emplace_back(Sql{"INSERT INTO t SELECT 1 FROM pg_sleep(CAST(?1 AS float8))"},
                            seconds);
    return failure_of(database().atomically(std::move(statements), Urgency::bulk));
  };
  EXPECT_FALSE(sleep(1.2));
  std::thread later{[&] {
    becomes([&] { return is_asleep(); });
    way.hold();
  }};
  const Stopwatch watch;
  const auto failure = sleep(100);
  later.join();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Errc::unavailable);
  EXPECT_NE(failure->message.find("may have been made"), std::string::npos);
  EXPECT_LT(watch.time(), milliseconds{10'000});
}

TEST_F(PostgresFaults, two_transactions_in_each_others_way_both_succeed) {
  ask("CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0); "
      "ALTER DATABASE " +
      name_of_database(url_) + " SET deadlock_timeout = '10ms'");
  options_.answer_within = std::chrono::seconds{60};
  database();
  constexpr Sql add = "UPDATE t SET n = n + 1 WHERE id = ?1 AND pg_sleep(0.002) IS NOT NULL";
  on_threads(2, [&](int thread) {
    for (int i = 0; i < 20; ++i) {
      auto statements = std::vector<Statement>{};
      statements.emplace_back(add, thread == 0 ? 1 : 2);
      statements.emplace_back(add, thread == 0 ? 2 : 1);
      const auto failure = failure_of(database().atomically(std::move(statements)));
      EXPECT_FALSE(failure) << failure->message;
    }
  });
  EXPECT_EQ(ask("SELECT n FROM t"), (std::vector<std::string>{"40", "40"}));
  database_.reset();
  EXPECT_TRUE(becomes([&] {
    return ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") !=
           std::vector<std::string>{"0"};
  })) << "this tested nothing";
}

TEST_F(PostgresFaults, a_caller_who_is_cancelled_meanwhile_leaves_a_whole_change_behind) {
  ask("CREATE TABLE t (id int)");
  for (int i = 0; i < 50; ++i) {
    boost::asio::io_context loop;
    boost::asio::cancellation_signal caller;
    bool over = false;
    auto statements = std::vector<Statement>{};
    statements.emplace_back(insert_id, i);
    statements.emplace_back(insert_id, i);
    boost::asio::co_spawn(
        loop, database().atomically(std::move(statements)),
        boost::asio::bind_cancellation_slot(
            caller.slot(), [&](const std::exception_ptr&, const auto&) { over = true; }));
    for (int step = 0; step < i % 8; ++step) loop.poll_one();
    caller.emit(boost::asio::cancellation_type::terminal);
    loop.run();
    EXPECT_TRUE(over);
  }
  EXPECT_TRUE(ask("SELECT id FROM t GROUP BY id HAVING count(*) <> 2").empty());
}

TEST_F(PostgresFaults, it_closes_while_the_server_is_still_at_work) {
  options_.answer_within = milliseconds{200};
  EXPECT_TRUE(failure_of(database().read(Statement{long_sleep, 100})));
  const Stopwatch watch;
  database_.reset();
  EXPECT_LT(watch.time(), milliseconds{2000});
}

}  // namespace
}  // namespace gmail_mcp::sql
