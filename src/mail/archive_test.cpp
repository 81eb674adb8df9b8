#include "mail/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "store/testing/test_store.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A mailbox on a server, reported in steps of any size; the cursor is the number of reported
// messages and the number of the walk.
struct Server {
  std::vector<model::Message> mail;
  int walk = 0;  // grows when old cursors become useless
  int asked = 0;
  int fails_at = -1;  // the call, counted from 0, that loses the connection
  bool never_ends = false;
  std::vector<std::string> stuck;
  std::vector<Event*> holds;  // by call: its answer waits for the event, if there is one
};

class ScriptedFeed final : public Feed {
 public:
  explicit ScriptedFeed(Server& server) : server_{server} {}

  Task<Step> next(std::string cursor, std::size_t most) override {
    const int call = server_.asked++;
    // The answer is what the server has now, even if it takes long.
    const auto mail = server_.mail;
    const auto number = static_cast<std::size_t>(call);
    if (number < server_.holds.size()) co_await server_.holds[number]->wait();
    if (call == server_.fails_at) throw Error{Errc::unavailable, "The line was cut."};
    Step step;
    const auto colon = cursor.find(':');
    std::size_t told = 0;
    if (!cursor.empty()) {
      if (std::stoi(cursor) == server_.walk) {
        told = static_cast<std::size_t>(std::stoul(cursor.substr(colon + 1)));
      } else {
        step.restarts = true;
      }
    }
    while (told < mail.size() && step.added.size() < most) step.added.push_back(mail[told++]);
    step.stuck = server_.stuck;
    step.is_last = told == mail.size() && !server_.never_ends;
    step.cursor = std::to_string(server_.walk) + ":" + std::to_string(told);
    co_return step;
  }
  std::optional<std::string> lacks(const std::vector<model::MessageId>&) override {
    return std::nullopt;
  }
  Task<Anew> read_again(std::vector<model::MessageId> /*ids*/) override { co_return Anew{}; }
  bool can_wait() const override { return false; }
  Task<void> wait() override { co_return; }
  Task<void> rest() override { co_return; }

 private:
  Server& server_;
};

model::Message letter(int number, const std::string& from = "bob@x.com") {
  model::Message message;
  message.id = model::MessageId{std::to_string(number)};
  message.thread_id = model::ThreadId{"t"};
  message.subject = "Letter";
  message.from = {.name = "Bob", .email = from};
  message.date = Timestamp{std::chrono::seconds{1'767'225'600 + number}};
  message.labels = {"INBOX"};
  return message;
}

class ArchiveTest : public ::testing::Test {
 protected:
  ArchiveTest() {
    const auto ann = run(store_->users().get_or_create(all_, model::ExternalUserId{"ann"}));
    store::NewCredential credential;
    credential.user_id = ann.id;
    credential.gmail_address = "ann@gmail.com";
    connection_ = run(store_->connections().save(all_, credential));
    start_process();
  }

  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop_, std::move(task));
  }
  void run(Task<void> task) { run_to_end(loop_, std::move(task)); }

  // Nothing that the earlier one had in memory is kept.
  void start_process() {
    Archive::Options options;
    options.step = 3;
    options.retention = retention_;
    options.oauth_retention = oauth_retention_;
    options.patience = patience_;
    options.tell_stuck = [this](const model::ConnectionId&, const std::string& sentence) {
      stuck_ = sentence;
    };
    archive_ = std::make_unique<Archive>(
        *store_,
        [this](const model::Connection&, FeedUse) {
          ++opened_;
          return std::make_unique<ScriptedFeed>(server_);
        },
        [this](const model::MailboxNews& news) { news_.push_back(news); }, clock_, *log_, options);
  }
  void note_sent(const model::Sent& sent, const std::string& rfc822) {
    auto read = run(archive_->read_sent(connection_, rfc822));
    if (read) run(archive_->note_sent(connection_, sent, *std::move(read)));
  }
  std::size_t stored() {
    return run(store_->archive().history(all_, connection_.id, "bob@x.com", 1000, ""))
        .messages.size();
  }
  Error failure_of_sync() {
    try {
      run(archive_->sync(connection_, 10));
    } catch (const Error& error) {
      return error;
    }
    return {Errc::internal, "nothing failed"};
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::string lines_;
  std::unique_ptr<Log> log_ = Log::capture(lines_);
  store::testing::TestStore store_{clock_, *log_};
  model::Access all_ = model::Access::system("test");
  model::Connection connection_;
  Server server_;
  std::chrono::days retention_{0};
  std::chrono::days oauth_retention_{0};
  std::chrono::milliseconds patience_{20'000};
  int opened_ = 0;
  std::string stuck_;
  std::vector<model::MailboxNews> news_;
  std::unique_ptr<Archive> archive_;
};

TEST_F(ArchiveTest, says_every_hour_what_it_misses_and_when_that_is_over) {
  const auto said = [&](const std::string& words) {
    int times = 0;
    for (auto at = lines_.find(words); at != std::string::npos; at = lines_.find(words, at + 1)) {
      ++times;
    }
    return times;
  };
  server_.stuck = {"The mail server does not give messages of the folder INBOX (UID 7)."};
  for (int minute = 0; minute < 150; ++minute) {
    run(archive_->sync(connection_, 0));
    clock_.advance(std::chrono::minutes{1});
  }
  EXPECT_EQ(said("INBOX (UID 7)"), 3);
  EXPECT_EQ(stuck_, server_.stuck[0]);
  server_.stuck = {"The mail server does not open the folder Trash."};
  run(archive_->sync(connection_, 0));
  EXPECT_EQ(said("the folder Trash"), 1) << "another thing is said at once";
  server_.stuck = {};
  run(archive_->sync(connection_, 0));
  EXPECT_EQ(said("archive_misses_nothing_now"), 1);
  EXPECT_EQ(stuck_, "");
}

TEST_F(ArchiveTest, brings_in_what_is_new_and_tells_after_it_is_there) {
  for (int i = 0; i < 7; ++i) server_.mail.push_back(letter(i));
  const auto first = run(archive_->sync(connection_, 2));
  EXPECT_EQ(first.added, 7);
  EXPECT_TRUE(first.is_complete);
  ASSERT_THAT(first.newest, SizeIs(2));
  EXPECT_EQ(first.newest[0].message.id.str(), "6");
  EXPECT_EQ(stored(), 7U);
  ASSERT_THAT(news_, SizeIs(3)) << "one for each step";
  EXPECT_THAT(news_[0].correspondents, ElementsAre("bob@x.com"));

  EXPECT_EQ(run(archive_->sync(connection_, 2)).added, 0);
  EXPECT_THAT(news_, SizeIs(3)) << "nothing new is no news";
  server_.mail.push_back(letter(7));
  EXPECT_EQ(run(archive_->sync(connection_, 2)).added, 1);
}

TEST_F(ArchiveTest, tells_who_waits_how_much_was_brought_in) {
  for (int i = 0; i < 7; ++i) server_.mail.push_back(letter(i));
  std::vector<std::int64_t> told;
  const TellSteps tell = [&told](std::int64_t done) -> Task<void> {
    told.push_back(done);
    co_return;
  };
  EXPECT_EQ(run(archive_->sync(connection_, 2, tell)).added, 7);
  ASSERT_THAT(told, ::testing::Not(IsEmpty()));
  EXPECT_THAT(told, ::testing::Each(::testing::AllOf(::testing::Gt(0), ::testing::Le(7))));
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
}

TEST_F(ArchiveTest, a_process_that_dies_anywhere_leaves_nothing_missing_and_nothing_twice) {
  for (int i = 0; i < 10; ++i) server_.mail.push_back(letter(i));
  for (int dies_at = 0; dies_at < 4; ++dies_at) {
    server_.fails_at = server_.asked + dies_at;
    server_.mail.push_back(letter(static_cast<int>(server_.mail.size())));
    failure_of_sync();
    start_process();
  }
  server_.fails_at = -1;
  run(archive_->sync(connection_, 1));
  EXPECT_EQ(stored(), server_.mail.size());
}

TEST_F(ArchiveTest, after_a_restart_what_the_server_no_longer_has_is_gone) {
  for (int i = 0; i < 8; ++i) server_.mail.push_back(letter(i));
  run(archive_->sync(connection_, 1));
  server_.mail.erase(server_.mail.begin() + 2, server_.mail.begin() + 5);
  ++server_.walk;
  // Cut in the middle of the new walk, which then continues.
  server_.fails_at = server_.asked + 1;
  EXPECT_EQ(failure_of_sync().code, Errc::unavailable);
  EXPECT_EQ(stored(), 8U) << "nothing is removed before the walk is over";
  start_process();
  run(archive_->sync(connection_, 1));
  EXPECT_EQ(stored(), 5U);
}

TEST_F(ArchiveTest, callers_at_the_same_time_share_one_run) {
  for (int i = 0; i < 5; ++i) server_.mail.push_back(letter(i));
  Event hold{loop_.get_executor()};
  server_.holds = {&hold};
  std::vector<Archive::Synced> answers;
  const auto ask = [](Archive& archive, model::Connection connection,
                      std::vector<Archive::Synced>& out) -> Task<void> {
    auto synced = co_await archive.sync(std::move(connection), 1);
    out.push_back(std::move(synced));
  };
  const auto let_go = [](Event& event) -> Task<void> {
    event.set();
    co_return;
  };
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 4; ++i) tasks.push_back(ask(*archive_, connection_, answers));
  tasks.push_back(let_go(hold));
  run(run_all(std::move(tasks)));
  EXPECT_EQ(opened_, 1);
  ASSERT_THAT(answers, SizeIs(4));
  for (const auto& one : answers) EXPECT_EQ(one.added, 5);
}

// Runs that are held up at the server, and the answers that their callers get.
class ArchiveAskedLate : public ArchiveTest {
 protected:
  ArchiveAskedLate() {
    for (int i = 0; i < 2; ++i) server_.mail.push_back(letter(i));
    server_.holds = {&first_, &second_};
  }

  Task<void> ask() {
    ++asking_;
    try {
      auto synced = co_await archive_->sync(connection_, 10);
      answers_.push_back(std::move(synced));
    } catch (const Error& error) {
      failures_.push_back(error);
    }
  }
  // Like the watch.
  Task<void> ask_with_own_feed() {
    ScriptedFeed feed{server_};
    auto synced = co_await archive_->sync(connection_, feed, 10);
    answers_.push_back(std::move(synced));
  }
  template <class F>
  Task<void> until(F is_so) {
    while (!is_so()) co_await boost::asio::post(loop_, use_task);
  }
  // After the run has asked, a letter comes, which `callers` expect.
  Task<void> ask_late(int callers) {
    const auto is_so = [this] { return server_.asked == 1; };
    co_await until(is_so);
    server_.mail.push_back(letter(7));
    std::vector<Task<void>> tasks;
    for (int i = 0; i < callers; ++i) tasks.push_back(ask());
    co_await run_all(std::move(tasks));
  }
  Task<void> let_go_of_first(int once_asking) {
    const auto is_so = [this, once_asking] { return server_.asked == 1 && asking_ == once_asking; };
    co_await until(is_so);
    first_.set();
  }
  void run_side_by_side(Task<void> a, Task<void> b, Task<void> c) {
    std::vector<Task<void>> tasks;
    tasks.push_back(std::move(a));
    tasks.push_back(std::move(b));
    tasks.push_back(std::move(c));
    run(with_deadline(std::chrono::seconds{20}, run_all(std::move(tasks))));
  }
  void expect_first_and_three_late(bool first_has_own_feed) {
    const auto let_go = [this](int once_asking) -> Task<void> {
      co_await let_go_of_first(once_asking);
      // A caller who asked in time waits for one run.
      const auto is_so = [this] { return server_.asked == 2 && answers_.size() == 1; };
      co_await until(is_so);
      second_.set();
    };
    if (first_has_own_feed) {
      run_side_by_side(ask_with_own_feed(), ask_late(3), let_go(3));
    } else {
      run_side_by_side(ask(), ask_late(3), let_go(4));
    }
    EXPECT_EQ(server_.asked, 2) << "those who were late share one run";
    ASSERT_THAT(answers_, SizeIs(4));
    EXPECT_EQ(answers_[0].added, 2);
    for (std::size_t i = 1; i < 4; ++i) {
      EXPECT_EQ(answers_[i].added, 3);
      EXPECT_TRUE(answers_[i].is_complete);
      ASSERT_THAT(answers_[i].newest, SizeIs(3)) << "what both brought";
      EXPECT_EQ(answers_[i].newest[0].message.id.str(), "7");
      EXPECT_EQ(answers_[i].newest[2].message.id.str(), "0");
    }
  }

  Event first_{loop_.get_executor()};
  Event second_{loop_.get_executor()};
  int asking_ = 0;
  std::vector<Archive::Synced> answers_;
  std::vector<Error> failures_;
};

TEST_F(ArchiveAskedLate, who_asks_after_a_run_has_asked_hears_what_a_later_one_was_told) {
  expect_first_and_three_late(false);
  EXPECT_EQ(opened_, 2);
}

TEST_F(ArchiveAskedLate, also_after_a_run_over_the_feed_of_whoever_watches) {
  expect_first_and_three_late(true);
  EXPECT_EQ(opened_, 1);
}

TEST_F(ArchiveAskedLate, the_patience_is_for_both_runs_and_the_second_is_not_begun_for_nobody) {
  patience_ = std::chrono::milliseconds{20};
  start_process();
  const auto let_go = [this]() -> Task<void> {
    const auto is_so = [this] { return answers_.size() == 1; };
    co_await until(is_so);
    first_.set();
  };
  run_side_by_side(ask_with_own_feed(), ask_late(1), let_go());
  EXPECT_EQ(server_.asked, 1);
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_FALSE(answers_[0].is_complete);
  EXPECT_EQ(answers_[1].added, 2);
}

TEST_F(ArchiveAskedLate, a_run_that_fails_is_not_repeated_for_them) {
  server_.fails_at = 0;
  run_side_by_side(ask(), ask_late(2), let_go_of_first(3));
  EXPECT_EQ(server_.asked, 1);
  ASSERT_THAT(failures_, SizeIs(3));
  for (const auto& one : failures_) EXPECT_EQ(one.message, "The line was cut.");
}

TEST_F(ArchiveAskedLate, stopping_ends_the_run_that_is_on_and_begins_no_other) {
  const auto stop = [this]() -> Task<void> {
    const auto is_so = [this] { return asking_ == 3; };
    co_await until(is_so);
    co_await archive_->stop(connection_.id);
  };
  run_side_by_side(ask(), ask_late(2), stop());
  EXPECT_EQ(server_.asked, 1);
  ASSERT_THAT(failures_, SizeIs(3));
  for (const auto& one : failures_) EXPECT_EQ(one.code, Errc::unavailable);
}

TEST_F(ArchiveTest, a_run_ends_when_it_is_stopped_and_says_so) {
  server_.mail.push_back(letter(1));
  Event never{loop_.get_executor()};
  server_.holds = {&never};
  Errc answered = Errc::internal;
  const auto ask = [&](Archive& archive, model::Connection connection) -> Task<void> {
    try {
      co_await archive.sync(std::move(connection), 1);
    } catch (const Error& error) {
      answered = error.code;
    }
  };
  const auto stop = [](Archive& archive, model::ConnectionId id) -> Task<void> {
    co_await archive.stop(std::move(id));
  };
  std::vector<Task<void>> tasks;
  tasks.push_back(ask(*archive_, connection_));
  tasks.push_back(stop(*archive_, connection_.id));
  run(run_all(std::move(tasks)));
  EXPECT_EQ(answered, Errc::unavailable);
}

TEST_F(ArchiveTest, a_server_that_does_not_get_on_is_not_asked_forever) {
  server_.never_ends = true;
  EXPECT_EQ(failure_of_sync().code, Errc::unavailable);
  EXPECT_LE(server_.asked, 3);
}

TEST_F(ArchiveTest, mail_older_than_the_retention_is_not_kept) {
  oauth_retention_ = std::chrono::days{30};
  start_process();
  for (int i = 0; i < 4; ++i) {
    server_.mail.push_back(letter(i));
    server_.mail.back().date = clock_.now() - std::chrono::days{i * 20};
  }
  EXPECT_EQ(run(archive_->sync(connection_, 1)).added, 2);
  clock_.advance(std::chrono::days{15});
  run(archive_->sync(connection_, 1));
  EXPECT_EQ(stored(), 1U);
}

TEST_F(ArchiveTest, each_kind_of_account_has_a_retention_of_its_own_also_where_nobody_syncs) {
  for (int i = 0; i < 4; ++i) {
    server_.mail.push_back(letter(i));
    server_.mail.back().date = clock_.now() - std::chrono::days{i * 20};
  }
  run(archive_->sync(connection_, 1));
  EXPECT_EQ(stored(), 4U);
  ASSERT_EQ(connection_.kind, model::ConnectionKind::oauth);
  retention_ = std::chrono::days{1};
  start_process();
  run(archive_->expire(10));
  EXPECT_EQ(stored(), 4U);
  oauth_retention_ = std::chrono::days{30};
  start_process();
  run(archive_->expire(10));
  EXPECT_EQ(stored(), 2U);
}

TEST_F(ArchiveTest, erasing_removes_everything_and_sync_begins_anew) {
  for (int i = 0; i < 5; ++i) server_.mail.push_back(letter(i));
  run(archive_->sync(connection_, 1));
  run(archive_->erase(connection_.id));
  run(archive_->scrub(false));
  EXPECT_EQ(run(store_->archive().state(all_, connection_.id)), std::nullopt);
  EXPECT_EQ(run(archive_->sync(connection_, 1)).added, 5);
}

TEST_F(ArchiveTest, what_went_out_is_noted_only_where_there_is_an_archive) {
  const std::string rfc822 =
      "From: ann@gmail.com\r\nTo: Bob <BOB@x.com>\r\nSubject: Hello\r\nMessage-ID: <1@here>\r\n\r\n"
      "Text";
  const model::Sent sent{.message_id = model::MessageId{"9"}, .thread_id = model::ThreadId{"t"}};
  note_sent(sent, rfc822);
  EXPECT_THAT(news_, IsEmpty());
  run(archive_->sync(connection_, 1));
  note_sent(sent, rfc822);
  ASSERT_THAT(news_, SizeIs(1));
  const auto page = run(store_->archive().history(all_, connection_.id, "bob@x.com", 10, ""));
  ASSERT_THAT(page.messages, SizeIs(1));
  EXPECT_EQ(page.messages[0].direction, model::Direction::sent);
  EXPECT_EQ(page.messages[0].message.id.str(), "9");
  EXPECT_EQ(page.messages[0].message.body_plain, "Text");
}

TEST_F(ArchiveTest, the_first_words_of_what_went_out_do_not_end_within_a_line_end) {
  run(archive_->sync(connection_, 1));
  const std::string words(198, 'x');
  const std::string rfc822 =
      "From: ann@gmail.com\r\nTo: bob@x.com\r\n\r\n" + words + "\r\n\r\nMore";
  const model::Sent sent{.message_id = model::MessageId{"9"}, .thread_id = model::ThreadId{"t"}};
  note_sent(sent, rfc822);
  const auto page = run(store_->archive().history(all_, connection_.id, "bob@x.com", 10, ""));
  ASSERT_THAT(page.messages, SizeIs(1));
  EXPECT_EQ(page.messages[0].message.snippet, words);
}

}  // namespace
}  // namespace gmail_mcp::mail
