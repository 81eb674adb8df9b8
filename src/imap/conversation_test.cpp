#include "imap/conversation.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <string>
#include <utility>

#include "net/pipe.h"

namespace gmail_mcp::imap {
namespace {

TEST(Conversation, ATalkativeServerDoesNotKeepTheOthersWaiting) {
  boost::asio::io_context loop;
  auto [server, client] = net::make_pipe(loop.get_executor(), std::size_t{8} << 20);
  std::string said = "* OK ready\r\n";
  while (said.size() < std::size_t{2} << 20) said += "* OK still here\r\n";
  said += "A1 OK done\r\n";
  ASSERT_EQ(server->try_write(said).bytes, said.size());

  std::size_t heard = 0;
  Conversation conversation{loop.get_executor(), std::move(client), Limits{},
                            [&](const Response&, bool) { ++heard; }};
  bool is_over = false;
  int turns = 0;
  std::function<void()> other = [&] {
    if (is_over || turns == 1'000) return;
    ++turns;
    boost::asio::post(loop, other);
  };
  auto talk = [](Conversation& with, bool& over) -> Task<void> {
    co_await with.greeting();
    Conversation::Command command;
    command.pieces.push_back({.bytes = "NOOP\r\n"});
    const auto end = co_await with.run(std::move(command));
    EXPECT_TRUE(end.is_ok());
    over = true;
  };
  boost::asio::post(loop, other);
  run_to_end(loop, talk(conversation, is_over));
  EXPECT_TRUE(is_over);
  EXPECT_GT(heard, 100'000U);
  EXPECT_GE(turns, 16);
}

}  // namespace
}  // namespace gmail_mcp::imap
