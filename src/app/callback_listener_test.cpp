#include "app/callback_listener.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/url.h"

namespace gmail_mcp::app {
namespace {

using namespace std::chrono_literals;

// A port that was free a moment ago, because the listener gets a URL, which needs a real port.
std::uint16_t free_port() {
  using boost::asio::ip::tcp;
  boost::asio::io_context loop;
  const tcp::acceptor probe{loop, {boost::asio::ip::address_v4::loopback(), 0}};
  return probe.local_endpoint().port();
}

// Sleeping moves the clock, so the lifetime of a flow passes in a moment.
class CallbackListening : public testing::Test {
 protected:
  static setup::Loaded settings() {
    setup::Loaded loaded;
    loaded.settings.google.redirect_uri =
        "http://127.0.0.1:" + std::to_string(free_port()) + "/oauth/callback";
    loaded.settings.oauth_state_ttl_seconds = 60;
    return loaded;
  }

  // Waits until it has stopped by itself; gives up after an hour of its clock.
  std::chrono::steady_clock::duration until_it_stops() {
    const auto begun = clock_.steady_now();
    loop_.restart();
    while (listener_.is_listening() && clock_.steady_now() - begun < 1h) loop_.run_one();
    return clock_.steady_now() - begun;
  }

  boost::asio::io_context loop_{1};
  ManualClock clock_;
  std::string lines_;
  std::unique_ptr<Log> log_ = Log::capture(lines_);
  Program program_{loop_, settings(), clock_, *log_};
  CallbackListener listener_{loop_, program_};
};

TEST_F(CallbackListening, ends_with_the_time_of_the_flow_and_begins_anew_with_the_next) {
  EXPECT_FALSE(listener_.is_listening()) << "nobody is connecting yet";
  for (int flow = 0; flow < 2; ++flow) {
    listener_.wake();
    ASSERT_TRUE(listener_.is_listening()) << lines_;
    const auto life = until_it_stops();
    EXPECT_FALSE(listener_.is_listening());
    EXPECT_GE(life, 60s);
    EXPECT_LT(life, 120s);
  }
  run_to_end(loop_, listener_.close());
}

TEST_F(CallbackListening, takes_the_port_over_from_another_that_ends) {
  using boost::asio::ip::tcp;
  const auto url = http::Url::parse(program_.settings().effective_redirect_uris().front()).value();
  tcp::acceptor other{loop_, {boost::asio::ip::address_v4::loopback(), url.port}};
  EXPECT_NE(listener_.serve_approvals().find("another program uses port"), std::string::npos);
  loop_.restart();
  const auto begun = clock_.steady_now();
  while (clock_.steady_now() - begun < 1min) loop_.run_one();
  EXPECT_FALSE(listener_.is_listening());
  other.close();
  while (!listener_.is_listening() && clock_.steady_now() - begun < 2min) loop_.run_one();
  EXPECT_TRUE(listener_.is_listening()) << "the link of the message must not stay dead";
  EXPECT_EQ(listener_.serve_approvals(), "");
  EXPECT_EQ(lines_.find("callback_port_taken"), lines_.rfind("callback_port_taken")) << "said once";
  run_to_end(loop_, listener_.close());
}

TEST_F(CallbackListening, says_so_when_the_page_is_at_another_address) {
  auto elsewhere = settings();
  elsewhere.settings.server.public_url = "https://mail.example.com";
  Program program{loop_, std::move(elsewhere), clock_, *log_};
  CallbackListener listener{loop_, program};
  EXPECT_NE(listener.serve_approvals().find("does not serve the page"), std::string::npos);
  EXPECT_TRUE(listener.is_listening()) << "Google's way back is here nevertheless";
  run_to_end(loop_, listener.close());
}

TEST_F(CallbackListening, is_over_when_it_is_closed_in_the_middle_of_a_flow) {
  listener_.wake();
  ASSERT_TRUE(listener_.is_listening()) << lines_;
  run_to_end(loop_, listener_.close());
  loop_.restart();
  EXPECT_EQ(loop_.poll(), 0U) << "nothing goes on behind it";
}

}  // namespace
}  // namespace gmail_mcp::app
