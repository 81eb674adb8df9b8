#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "sql/postgres/postgres.h"
#include "sql/testing/postgres_server.h"

// What the tests of this engine share: a real server, a database of it, and the engine.
namespace gmail_mcp::sql {

inline testing::PostgresServer& real_server() { return testing::PostgresServer::of_this_process(); }

template <class T>
T wait_for_answer(Task<T> task) {
  boost::asio::io_context loop;
  return run_to_end(loop, std::move(task));
}

/// The Error with which the task ends, if any.
template <class T>
std::optional<Error> failure_of(Task<T> task) {
  try {
    wait_for_answer(std::move(task));
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

inline std::string name_of_database(const std::string& url) {
  return url.substr(url.rfind('/') + 1);
}

class Stopwatch {
 public:
  std::chrono::milliseconds time() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 start_);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Asks until it is so; false after a time that only an error takes.
template <class F>
bool becomes(F is_so) {
  const Stopwatch watch;
  while (!is_so()) {
    if (watch.time() > std::chrono::seconds{60}) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Runs `act(i)` on `count` threads at once.
template <class F>
void on_threads(int count, F act) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&act, i] { act(i); });
  for (auto& thread : threads) thread.join();
}

class PostgresScene : public ::testing::Test {
 protected:
  PostgresScene() { options_.url = url_; }
  ~PostgresScene() override {
    database_.reset();
    real_server().start();
    real_server().drop_database(url_);
  }

  Database& database() {
    if (!database_) database_ = open_postgres(options_, *log_);
    return *database_;
  }
  std::vector<std::string> ask(const std::string& sql) {
    return real_server().ask(name_of_database(url_), sql);
  }
  /// The same database by another port.
  std::string url_by(int port) const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port) + "/" + name_of_database(url_);
  }
  Rows read(Statement statement) { return wait_for_answer(database().read(std::move(statement))); }
  Rows write(Statement statement) {
    return wait_for_answer(database().write(std::move(statement)));
  }

  std::string lines_;
  std::unique_ptr<Log> log_ = Log::capture(lines_);
  std::string url_ = real_server().new_database();
  PostgresOptions options_;
  std::unique_ptr<Database> database_;
};

}  // namespace gmail_mcp::sql
