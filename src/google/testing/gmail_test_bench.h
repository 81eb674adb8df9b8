#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "google/gmail.h"
#include "google/testing/scripted_client.h"

namespace gmail_mcp::google::testing {

inline const std::string me = "/gmail/v1/users/me/";

/// An error body of Google's.
inline std::string refusal(std::string_view reason, std::string_view message = "No.") {
  return R"({"error":{"code":0,"message":")" + std::string{message} + R"(","errors":[{"reason":")" +
         std::string{reason} + R"("}]}})";
}

/// A GmailApi whose Google is a script.
class GmailTest : public ::testing::Test {
 protected:
  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop_, std::move(task));
  }

  template <class T>
  Error error_of(Task<T> task) {
    try {
      run_to_end(loop_, std::move(task));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {Errc::internal, ""};
  }

  std::chrono::milliseconds passed() const { return clock_.now() - ManualClock{}.now(); }

  boost::asio::io_context loop_;
  ScriptedClient google_;
  ManualClock clock_;
  TwoTokens tokens_;
  Gate gate_;
  ApiRoot root_{"https://gmail.test/"};
  GmailApi api_{google_, root_, tokens_, gate_, clock_};
};

}  // namespace gmail_mcp::google::testing
