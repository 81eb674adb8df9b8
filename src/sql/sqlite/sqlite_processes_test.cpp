#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "base/error.h"
#include "sql/sqlite/sqlite.h"
#include "sql/temp_folder.h"

// One file and several processes. Each child opens its own database: a connection does not survive
// a fork.
namespace gmail_mcp::sql {
namespace {

constexpr uid_t nobody = 65534;

Rows run(Database& database, Statement statement) {
  boost::asio::io_context loop;
  return run_to_end(loop, database.write(std::move(statement)));
}

std::unique_ptr<Database> open(const std::string& path) {
  static const auto log = Log::silent();
  return open_sqlite({.path = path}, *log);
}

pid_t in_a_child(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child != 0) return child;
  try {
    work();
    _exit(0);
  } catch (...) {
    _exit(1);
  }
}

int status_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(SqliteProcesses, changes_of_several_processes_all_count) {
  const TempFolder folder;
  const auto path = folder / "a.db";
  run(*open(path), Statement{"CREATE TABLE counter (n INTEGER)"});
  run(*open(path), Statement{"INSERT INTO counter VALUES (0)"});
  constexpr int processes = 4;
  constexpr int each = 100;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    children.push_back(in_a_child([&] {
      const auto database = open(path);
      for (int j = 0; j < each; ++j) run(*database, Statement{"UPDATE counter SET n = n + 1"});
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(status_of(child), 0);
  EXPECT_EQ(run(*open(path), Statement{"SELECT n FROM counter"})[0][0].integer(), processes * each);
}

TEST(SqliteProcesses, a_killed_process_leaves_whole_transactions_and_no_lock) {
  const TempFolder folder;
  const auto path = folder / "a.db";
  run(*open(path), Statement{"CREATE TABLE a (n INTEGER)"});
  run(*open(path), Statement{"CREATE TABLE b (n INTEGER)"});
  int committed[2];
  ASSERT_EQ(pipe(committed), 0);
  const pid_t child = in_a_child([&] {
    boost::asio::io_context loop;
    const auto database = open(path);
    for (;;) {
      std::vector<Statement> pair;
      pair.push_back(Statement{"INSERT INTO a VALUES (1)"});
      pair.push_back(Statement{"INSERT INTO b VALUES (1)"});
      run_to_end(loop, database->atomically(std::move(pair)));
      if (write(committed[1], "+", 1) != 1) _exit(1);
    }
  });
  close(committed[1]);
  std::int64_t told = 0;
  for (char sign = 0; told < 50 && read(committed[0], &sign, 1) == 1;) ++told;
  kill(child, SIGKILL);
  EXPECT_EQ(status_of(child), 128 + SIGKILL);
  for (char sign = 0; read(committed[0], &sign, 1) == 1;) ++told;
  close(committed[0]);

  const auto database = open(path);
  const auto in_a = run(*database, Statement{"SELECT count(*) FROM a"})[0][0].integer();
  const auto in_b = run(*database, Statement{"SELECT count(*) FROM b"})[0][0].integer();
  EXPECT_EQ(in_a, in_b);
  EXPECT_GE(in_a, told) << "what was told to be done is there";
  EXPECT_LE(in_a, told + 1);
  run(*database, Statement{"INSERT INTO a VALUES (2)"});
}

// The exit status is the code of the error when a user without rights opens `path`.
int code_of_opening_as_nobody(const std::string& path) {
  return status_of(in_a_child([&] {
    if (geteuid() == 0 && (setgid(nobody) != 0 || setuid(nobody) != 0)) _exit(99);
    try {
      run(*open(path), Statement{"CREATE TABLE t (a)"});
    } catch (const Error& error) {
      const bool tells = error.hint.find(path) != std::string::npos &&
                         error.message.find(path) == std::string::npos;
      _exit(tells ? 10 + static_cast<int>(error.code) : 98);
    }
  }));
}

TEST(SqliteProcesses, a_folder_without_write_permission_is_misconfigured_and_named) {
  const TempFolder folder;
  const int misconfigured = 10 + static_cast<int>(Errc::misconfigured);
  chmod(folder.path().c_str(), 0555);
  EXPECT_EQ(code_of_opening_as_nobody(folder / "a.db"), misconfigured);
  EXPECT_EQ(code_of_opening_as_nobody(folder / "deeper/a.db"), misconfigured);
  chmod(folder.path().c_str(), 0755);
}

TEST(SqliteProcesses, a_file_of_somebody_else_is_misconfigured_and_named) {
  const TempFolder folder;
  const auto path = folder / "a.db";
  run(*open(path), Statement{"CREATE TABLE t (a)"});
  chmod(folder.path().c_str(), 0755);
  // The child may not write, whoever runs the tests: the file does not belong to `nobody`.
  chmod(path.c_str(), 0444);
  EXPECT_EQ(code_of_opening_as_nobody(path), 10 + static_cast<int>(Errc::misconfigured));
}

}  // namespace
}  // namespace gmail_mcp::sql
