#include "base/caught.h"

#include <gtest/gtest.h>

#include <boost/system/system_error.hpp>
#include <string>

namespace gmail_mcp {
namespace {

class Caught : public ::testing::Test {
 protected:
  static Task<std::string> speak(bool fails) {
    if (fails) throw Error{Errc::timeout, "It rains.", "Wait."};
    co_return std::string{"sun"};
  }
  static Task<void> act(bool fails) { co_await speak(fails); }
  static Task<void> be_cancelled() {
    throw boost::system::system_error{boost::asio::error::operation_aborted};
    co_return;
  }

  boost::asio::io_context loop_;
};

TEST_F(Caught, an_error_is_a_value) {
  EXPECT_EQ(run_to_end(loop_, caught(speak(false))).value(), "sun");
  const auto failed = run_to_end(loop_, caught(speak(true)));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().hint, "Wait.");
  EXPECT_FALSE(run_to_end(loop_, caught(act(false))));
  EXPECT_EQ(run_to_end(loop_, caught(act(true)))->code, Errc::timeout);
}

TEST_F(Caught, a_cancellation_is_thrown_as_ever) {
  EXPECT_THROW(run_to_end(loop_, caught(be_cancelled())), boost::system::system_error);
}

}  // namespace
}  // namespace gmail_mcp
