#include "base/late_library.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/error.h"

namespace gmail_mcp {
namespace {

// Of the C library, which is always there: what is shown is how its functions are called.
const LateFunction<int(int)> late_abs{"libc.so.6", "abs"};
const LateFunction<int(char*, std::size_t, const char*, ...)> late_snprintf{"libc.so.6",
                                                                            "snprintf"};

TEST(LateLibrary, a_function_is_called_with_its_own_types) { EXPECT_EQ(late_abs(-7), 7); }

TEST(LateLibrary, a_function_takes_any_number_of_further_arguments) {
  char text[40];
  EXPECT_EQ(late_snprintf(text, sizeof text, "%d %s %ld", 1, "two", 3L), 7);
  EXPECT_STREQ(text, "1 two 3");
  EXPECT_EQ(late_snprintf(text, sizeof text, "none"), 4);
}

TEST(LateLibrary, threads_may_call_it_first_at_the_same_time) {
  const LateFunction<int(int)> fresh{"libc.so.6", "abs"};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { EXPECT_EQ(fresh(-1), 1); });
  for (auto& thread : threads) thread.join();
}

TEST(LateLibrary, a_library_that_is_missing_is_named_and_may_come_later) {
  const LateFunction<int(int)> missing{"libgmail-mcp-missing.so.1", "abs"};
  for (int times = 0; times < 2; ++times) {
    try {
      missing(1);
      FAIL() << "it was found";
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::misconfigured);
      EXPECT_EQ(error.message, "The library libgmail-mcp-missing.so.1 could not be loaded.");
      EXPECT_NE(error.detail.find("libgmail-mcp-missing.so.1"), std::string::npos);
    }
  }
}

TEST(LateLibrary, a_function_that_its_library_does_not_have_is_an_error_that_names_the_library) {
  const LateFunction<int(int)> missing{"libc.so.6", "gmail_mcp_has_no_such_function"};
  EXPECT_THROW(missing(1), Error);
}

}  // namespace
}  // namespace gmail_mcp
