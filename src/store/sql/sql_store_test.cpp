#include "store/sql/sql_store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "sql/temp_folder.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::store {
namespace {

// No file grows while this lives, as on a disk that is full.
class FullDisk {
 public:
  FullDisk() : signal_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto limit = before_;
    limit.rlim_cur = 1;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*signal_)(int);
  rlimit before_{};
};

TEST(SqlStore, checks_that_what_it_writes_lasts) {
  boost::asio::io_context loop;
  const sql::TempFolder folder;
  const auto path = folder / "a.db";
  ManualClock clock;
  const auto log = Log::silent();
  const testing::TestStore store{clock, *log, {.path = path}};
  const auto trouble = [&]() -> std::string {
    try {
      run_to_end(loop, store->check());
    } catch (const Error& error) {
      return std::string{to_string(error.code)};
    }
    return "none";
  };
  EXPECT_EQ(trouble(), "none");
  {
    const FullDisk full;
    EXPECT_EQ(trouble(), "unavailable");
  }
  EXPECT_EQ(trouble(), "none") << "it is over when there is room again";
  std::filesystem::remove(path);
  EXPECT_EQ(trouble(), "unavailable");
}

}  // namespace
}  // namespace gmail_mcp::store
