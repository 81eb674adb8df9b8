#include "operation/news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace gmail_mcp::operation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A database in which the test puts what other processes bring.
class OthersNews final : public store::News {
 public:
  Task<Hearing> hear(Place place) override {
    ++asked;
    began_anew.push_back(!place.from);
    if (fails) throw Error{Errc::unavailable, "The database does not answer."};
    Hearing hearing;
    hearing.heard = std::exchange(untold, {});
    hearing.next.from = asked;
    co_return hearing;
  }
  Task<void> tell(model::MailboxNews) override { co_return; }
  Task<void> purge() override {
    ++purges;
    co_return;
  }

  store::Heard untold;
  bool fails = false;
  int asked = 0;
  int purges = 0;
  std::vector<bool> began_anew;
};

class NewsOfOthers : public ::testing::Test {
 protected:
  NewsOfOthers() { keeping_.spawn(news_.keep(others_)); }
  ~NewsOfOthers() override {
    keeping_.cancel();
    loop_.restart();
    loop_.run();
  }

  News::Listening listen(std::vector<std::string>& heard) {
    return news_.listen(
        {.is_wanted = [this] { return wanted_; },
         .mailbox = [&](const auto& news) { heard.push_back(news.connection.str()); },
         .connection = [&](const auto& id) { heard.push_back("of " + id.str()); },
         .missed = [&] { heard.emplace_back("missed"); }});
  }
  // The clock does not sleep: each turn of the loop is a read.
  void reads(int times) {
    const auto until = others_.asked + times;
    for (int i = 0; i < 1'000 && others_.asked < until; ++i) loop_.run_one();
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  News news_{clock_, *log_};
  OthersNews others_;
  bool wanted_ = true;
  TaskGroup keeping_{loop_.get_executor()};
};

TEST_F(NewsOfOthers, are_told_to_all_who_listen_and_to_nobody_afterwards) {
  std::vector<std::string> first;
  std::vector<std::string> second;
  const auto hers = listen(first);
  {
    const auto his = listen(second);
    others_.untold.mailboxes.push_back({.connection = model::ConnectionId{"c1"},
                                        .correspondents = {},
                                        .of_many = false,
                                        .added = 0});
    others_.untold.connections.emplace_back("c2");
    reads(2);
  }
  EXPECT_THAT(first, ElementsAre("c1", "of c2"));
  EXPECT_EQ(first, second);
  others_.untold.missed = true;
  reads(2);
  EXPECT_THAT(first, ElementsAre("c1", "of c2", "missed"));
  EXPECT_EQ(second.size(), 2U);
}

TEST_F(NewsOfOthers, are_not_read_while_nobody_wants_them) {
  std::vector<std::string> heard;
  const auto listening = listen(heard);
  wanted_ = false;
  reads(1);
  const auto asked = others_.asked;
  for (int i = 0; i < 100; ++i) loop_.poll_one();
  EXPECT_EQ(others_.asked, asked);
  wanted_ = true;
  reads(2);
  EXPECT_TRUE(others_.began_anew[static_cast<std::size_t>(asked)]);
  EXPECT_FALSE(others_.began_anew.back());
}

TEST_F(NewsOfOthers, are_read_again_after_a_failure_and_what_was_kept_too_short_is_missed) {
  std::vector<std::string> heard;
  const auto listening = listen(heard);
  reads(2);
  others_.fails = true;
  reads(2);
  others_.fails = false;
  reads(2);
  EXPECT_THAT(heard, IsEmpty());
  clock_.advance(store::News::kept);
  reads(2);
  EXPECT_THAT(heard, ElementsAre("missed"));
}

TEST_F(NewsOfOthers, of_this_process_need_no_database) {
  std::vector<std::string> heard;
  wanted_ = false;
  const auto listening = listen(heard);
  model::MailboxNews news;
  news.connection = model::ConnectionId{"c1"};
  news_.tell(news);
  EXPECT_THAT(heard, ElementsAre("c1"));
  EXPECT_EQ(others_.asked, 0);
}

}  // namespace
}  // namespace gmail_mcp::operation
