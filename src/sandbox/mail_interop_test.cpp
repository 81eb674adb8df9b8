// We wrote both our clients and this simulated Gmail, so here Python's own clients judge it.
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "sandbox/mail_bench.h"

namespace gmail_mcp::sandbox {
namespace {

Task<void> wait_for(Event& event) { co_await event.wait(); }

TEST(MailInterop, PythonsImaplibAndSmtplibDoADaysWork) {
  const std::filesystem::path script = "tests/interop/mail_servers_python.py";
  ASSERT_TRUE(std::filesystem::exists(script)) << "run from the top of the tree";
  Bench bench;
  const auto& sandbox = bench.sandbox();
  const auto command =
      "/usr/bin/python3 " + script.string() + " " + std::to_string(sandbox.imap_port()) + " " +
      std::to_string(sandbox.smtp_port()) + " " + std::string{alex} + " " +
      sandbox.app_password(alex) + " " + std::string{priya} + " " + sandbox.app_password(priya);
  Event ended{bench.loop().get_executor()};
  int status = -1;
  std::thread python{[&] {
    const int result = std::system(command.c_str());
    boost::asio::post(bench.loop(), [&, result] {
      status = result;
      ended.set();
    });
  }};
  bench.await(wait_for(ended));
  python.join();
  EXPECT_EQ(status, 0) << "what Python says is above";
}

}  // namespace
}  // namespace gmail_mcp::sandbox
