#include "mail/archive_rereading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <set>

#include "mail/archive_entry.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;
using namespace std::chrono_literals;

model::Message true_letter(int number) {
  model::Message message;
  message.id = model::MessageId{std::to_string(number)};
  message.thread_id = model::ThreadId{"t"};
  message.subject = "Letter";
  message.from = {.name = "Bob", .email = "bob@x.com"};
  message.date = Timestamp{std::chrono::seconds{1'767'225'600 + number}};
  message.body_plain = "The whole letter";
  message.labels = {"INBOX"};
  return message;
}

// The message as an earlier version read it.
store::NewArchived misread(int number) {
  auto message = true_letter(number);
  message.from = {.name = "", .email = "boss@x.com"};
  message.body_plain = "";
  auto entry = to_entry(std::move(message), "ann@gmail.com");
  entry.reading = 0;
  return entry;
}

struct LetterShelf {
  std::set<int> not_given;
  int deadly = -1;  // ends the connection
  std::vector<std::size_t> asked;
};

class ShelfFeed final : public Feed {
 public:
  explicit ShelfFeed(LetterShelf& shelf) : shelf_{shelf} {}

  Task<Step> next(std::string, std::size_t) override { co_return Step{}; }
  std::optional<std::string> lacks(const std::vector<model::MessageId>&) override {
    return std::nullopt;
  }
  Task<Anew> read_again(std::vector<model::MessageId> ids) override {
    shelf_.asked.push_back(ids.size());
    Anew anew;
    for (const auto& id : ids) {
      const auto number = std::stoi(id.str());
      if (number == shelf_.deadly) throw Error{Errc::unavailable, "The line was cut."};
      if (!shelf_.not_given.contains(number)) anew.messages.push_back(true_letter(number));
    }
    co_return anew;
  }
  bool can_wait() const override { return false; }
  Task<void> wait() override { co_return; }
  Task<void> rest() override { co_return; }

 private:
  LetterShelf& shelf_;
};

class RereadingTest : public ::testing::Test {
 protected:
  RereadingTest() {
    const auto ann = run(store_->users().get_or_create(all_, model::ExternalUserId{"ann"}));
    store::NewCredential credential;
    credential.user_id = ann.id;
    credential.gmail_address = "ann@gmail.com";
    connection_ = run(store_->connections().save(all_, credential));
    run(store_->archive().begin(all_, connection_.id));
    start_process();
  }

  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop_, std::move(task));
  }
  void start_process() {
    rereading_ = std::make_unique<Rereading>(*store_, clock_, *log_, nullptr, RereadingLimits{});
  }
  void hold(int count) {
    store::ArchiveStep step;
    for (int i = 0; i < count; ++i) step.added.push_back(misread(i));
    const auto seen = run(store_->archive().state(all_, connection_.id)).value();
    ASSERT_TRUE(run(store_->archive().commit(all_, connection_.id, seen, step)).is_stored);
  }
  std::vector<std::string> go_on() {
    ShelfFeed feed{shelf_};
    return run(rereading_->go_on(connection_, feed));
  }
  void minutes(int count) {
    for (int i = 0; i < count; ++i) {
      go_on();
      clock_.advance(1min);
    }
  }
  std::size_t from(const std::string& email) {
    return run(store_->archive().history(all_, connection_.id, email, 10'000, "")).messages.size();
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  store::testing::TestStore store_{clock_, *log_};
  model::Access all_ = model::Access::system("test");
  model::Connection connection_;
  LetterShelf shelf_;
  std::unique_ptr<Rereading> rereading_;
};

TEST_F(RereadingTest, wrong_senders_and_empty_texts_become_right) {
  hold(3);
  const auto correspondents = go_on();
  EXPECT_THAT(correspondents, SizeIs(3));
  EXPECT_THAT(correspondents, Each("bob@x.com"));
  EXPECT_EQ(from("boss@x.com"), 0U);
  const auto page = run(store_->archive().history(all_, connection_.id, "bob@x.com", 10, ""));
  ASSERT_THAT(page.messages, SizeIs(3));
  EXPECT_EQ(page.messages[0].message.from, (model::Address{"Bob", "bob@x.com"}));
  EXPECT_EQ(page.messages[0].message.body_plain, "The whole letter");
  EXPECT_EQ(run(store_->archive().contact(all_, connection_.id, "boss@x.com")), std::nullopt);
  shelf_.asked.clear();
  go_on();
  EXPECT_THAT(shelf_.asked, IsEmpty()) << "what is right is not read again";
}

TEST_F(RereadingTest, takes_fifty_a_minute_and_a_few_at_a_time) {
  hold(120);
  go_on();
  go_on();
  EXPECT_EQ(from("bob@x.com"), 50U);
  EXPECT_THAT(shelf_.asked, Each(Le(25U)));
  clock_.advance(30s);
  go_on();
  EXPECT_EQ(from("bob@x.com"), 75U);
  clock_.advance(1min);
  go_on();
  EXPECT_EQ(from("bob@x.com"), 120U);
}

TEST_F(RereadingTest, goes_on_after_a_restart_where_it_was) {
  hold(60);
  go_on();
  EXPECT_EQ(from("bob@x.com"), 50U);
  shelf_.asked.clear();
  start_process();
  go_on();
  EXPECT_EQ(from("bob@x.com"), 60U);
  EXPECT_THAT(shelf_.asked, ElementsAre(10U));
}

TEST_F(RereadingTest, what_does_not_come_does_not_stop_the_others_and_is_asked_for_every_hour) {
  hold(60);
  shelf_.not_given = {58, 59};
  minutes(3);
  EXPECT_EQ(from("bob@x.com"), 58U);
  shelf_.asked.clear();
  minutes(55);
  EXPECT_THAT(shelf_.asked, IsEmpty());
  shelf_.not_given = {};
  minutes(10);
  EXPECT_THAT(shelf_.asked, ElementsAre(2U));
  EXPECT_EQ(from("bob@x.com"), 60U);
}

TEST_F(RereadingTest, a_message_that_costs_the_connection_does_not_stop_the_others) {
  hold(60);
  shelf_.deadly = 59;
  minutes(15);
  EXPECT_EQ(from("bob@x.com"), 59U);
  EXPECT_EQ(from("boss@x.com"), 1U);
}

}  // namespace
}  // namespace gmail_mcp::mail
