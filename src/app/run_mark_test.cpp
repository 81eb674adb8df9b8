#include "app/run_mark.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <optional>

#include "sql/temp_folder.h"

namespace gmail_mcp::app {
namespace {

using namespace std::chrono_literals;

class RunMarks : public testing::Test {
 protected:
  // What a start learns about earlier runs, before it begins its own.
  std::string lost_at_a_start() {
    RunMark mark{database_};
    return told_to(mark);
  }
  static std::string told_to(RunMark& mark) {
    std::string all;
    for (const auto& one : mark.take_lost()) all += one.transport + ' ' + one.begun_at + '\n';
    return all;
  }

  // A process that serves until it is told how to end.
  class Process {
   public:
    Process(const std::string& database, const std::string& transport, Timestamp now) {
      std::array<int, 2> ready{}, ending{};
      EXPECT_EQ(::pipe(ready.data()) + ::pipe(ending.data()), 0);
      pid_ = ::fork();
      if (pid_ == 0) {
        {
          RunMark mark{database};
          mark.begin(transport, now);
          ::close(ending[1]);
          char byte = 'r';
          if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
          if (::read(ending[0], &byte, 1) < 0) ::_exit(1);
        }
        ::_exit(0);
      }
      char byte = 0;
      EXPECT_EQ(::read(ready[0], &byte, 1), 1);
      for (const int one : {ready[0], ready[1], ending[0]}) ::close(one);
      ending_ = ending[1];
    }
    ~Process() {
      if (pid_ > 0) kill();
    }

    void close() {
      ::close(ending_);
      wait();
    }
    void kill() {
      ::kill(pid_, SIGKILL);
      wait();
      ::close(ending_);
    }

   private:
    void wait() {
      ::waitpid(pid_, nullptr, 0);
      pid_ = 0;
    }

    pid_t pid_ = 0;
    int ending_ = -1;
  };

  sql::TempFolder folder_;
  std::string database_ = folder_ / "mail.db";
  Timestamp noon_{std::chrono::seconds{1'767'268'800}};
};

TEST_F(RunMarks, a_killed_run_is_told_to_the_next_start_and_to_nobody_after) {
  EXPECT_EQ(lost_at_a_start(), "");
  Process server{database_, "http", noon_};
  EXPECT_EQ(lost_at_a_start(), "") << "it runs";
  server.kill();
  EXPECT_EQ(lost_at_a_start(), "http 2026-01-01T12:00:00Z\n");
  EXPECT_EQ(lost_at_a_start(), "");
}

TEST_F(RunMarks, a_run_that_closed_is_not_told) {
  Process server{database_, "http", noon_};
  server.close();
  EXPECT_EQ(lost_at_a_start(), "");
  Process again{database_, "http", noon_};
  again.close();
  EXPECT_LE(std::filesystem::file_size(database_ + "-runs"), 64U) << "lines are used again";
}

TEST_F(RunMarks, of_several_processes_each_stands_for_itself) {
  Process server{database_, "http", noon_};
  Process talk{database_, "stdio", noon_ + 1h};
  Process other{database_, "stdio", noon_ + 2h};
  talk.kill();
  EXPECT_EQ(lost_at_a_start(), "stdio 2026-01-01T13:00:00Z\n");
  other.close();
  EXPECT_EQ(lost_at_a_start(), "");
  server.kill();
  EXPECT_EQ(lost_at_a_start(), "http 2026-01-01T12:00:00Z\n");
}

TEST_F(RunMarks, what_was_left_behind_survives_a_start_that_comes_in_between) {
  std::optional<Process> first{std::in_place, database_, "http", noon_};
  RunMark late{database_};
  EXPECT_EQ(told_to(late), "");
  first->kill();
  late.begin("stdio", noon_ + 1h);
  EXPECT_EQ(lost_at_a_start(), "http 2026-01-01T12:00:00Z\n");
}

TEST_F(RunMarks, without_a_file_nothing_is_told_and_nothing_fails) {
  const std::optional<std::string> places[] = {std::nullopt, "/nowhere/mail.db"};
  for (const auto& place : places) {
    RunMark mark{place};
    mark.begin("http", noon_);
    EXPECT_EQ(told_to(mark), "") << place.value_or("none");
  }
}

}  // namespace
}  // namespace gmail_mcp::app
