// What an archive says is what is in the mailbox now, in its order, and as this version reads it.
#include "base/text.h"
#include "tests/contract/archived_upstream.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class ArchiveTruth : public ArchivedUpstream {
 protected:
  static constexpr sql::Sql misread =
      "UPDATE archive_messages SET reading = 0, details = '{\"from\":[\"boss@x.com\",\"Boss\"],"
      "\"to\":[]}'";
  static constexpr sql::Sql empty = "UPDATE archive_texts SET body_plain = ''";
  static constexpr sql::Sql read_senders = "SELECT details FROM archive_messages";
  static constexpr sql::Sql read_texts = "SELECT body_plain FROM archive_texts";
  static constexpr sql::Sql count_old = "SELECT count(*) FROM archive_messages WHERE reading < 1";

  void write(sql::Sql sql) {
    sql::Statement statement{sql};
    run(store_.database->write(std::move(statement)));
  }
  std::vector<std::string> texts(sql::Sql sql) {
    sql::Statement statement{sql};
    std::vector<std::string> list;
    for (const auto& row : run(store_.database->read(std::move(statement)))) {
      list.push_back(row[0].text());
    }
    return list;
  }
  std::int64_t old_ones() {
    sql::Statement statement{count_old};
    return run(store_.database->read(std::move(statement)))[0][0].integer();
  }
  std::vector<std::string> subjects_in_order() {
    return texts("SELECT subject FROM archive_messages ORDER BY key");
  }

  // All in one second.
  void deliver_at_once() {
    const auto number = std::to_string(at_once_.size());
    const auto header = "Message-ID: <" + number + "@at-once.example>\r\n";
    at_once_.push_back("letter " + number);
    const auto mail = letter(at_once_.back(), "Hello.", header);
    ASSERT_TRUE(sandbox().world().deliver(own_address, mail, {"INBOX"}, second_));
  }
  // Folders number them as they come; over REST there are their ids alone.
  std::vector<std::string> in_order_upstream() {
    if (is_imap()) return at_once_;
    std::vector<std::string> list;
    for (const auto* message : upstream().newest_first()) {
      list.insert(list.begin(), std::string{trim(message->text.subject)});
    }
    return list;
  }

  // As the watcher does, which holds its feed.
  void look() {
    const auto feed = open_feed();
    run(archive_->sync(connection_, *feed, 0));
    run(feed->rest());
  }

  std::vector<std::string> at_once_;
  Timestamp second_ = std::chrono::floor<std::chrono::seconds>(clock_.now() - 5h);
};

TEST_P(ArchiveTruth, mail_of_one_second_stands_in_the_order_it_came) {
  freshly_archived();  // from now on the folders number what arrives
  for (const auto count : {30, 5}) {
    // The simulated ids of one second are in no order of arrival.
    if (count == 5 && !is_imap()) break;
    for (int i = 0; i < count; ++i) deliver_at_once();
    const auto synced = run(archive_->sync(connection_, 1));
    EXPECT_EQ(subjects_in_order(), in_order_upstream());
    ASSERT_THAT(synced.newest, SizeIs(1));
    EXPECT_EQ(synced.newest[0].message.subject, in_order_upstream().back());
  }
}

TEST_P(ArchiveTruth, what_is_deleted_for_ever_is_gone_with_the_next_look_however_often) {
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(deliver("letter " + std::to_string(i)));
  ASSERT_FALSE(sync());
  for (int i = 0; i < 4; ++i) {
    const auto gone = "letter " + std::to_string(i);
    EXPECT_THAT(subjects(), Contains(gone));
    ASSERT_TRUE(upstream().remove(ids[static_cast<std::size_t>(i)]));
    clock_.advance(1min);
    ASSERT_FALSE(sync());
    EXPECT_THAT(subjects(), Not(Contains(gone)));
  }
  EXPECT_THAT(subjects(), SizeIs(2));
}

TEST_P(ArchiveTruth, what_only_moved_stays) {
  const auto id = deliver("travels");
  deliver("stays");
  ASSERT_FALSE(sync());
  ASSERT_TRUE(upstream().trash(id));
  clock_.advance(1min);
  ASSERT_FALSE(sync());
  EXPECT_THAT(subjects(), Contains("travels"));
  ASSERT_TRUE(upstream().untrash(id));
  clock_.advance(1min);
  ASSERT_FALSE(sync());
  EXPECT_EQ(archived(), freshly_archived());
}

TEST_P(ArchiveTruth, what_an_earlier_version_read_wrongly_becomes_right) {
  for (int i = 0; i < 60; ++i) deliver("letter " + std::to_string(i), "A whole text.");
  ASSERT_FALSE(sync());
  ASSERT_EQ(old_ones(), 0);
  write(misread);
  write(empty);
  deliver("new");
  for (int minute = 0; minute < 3; ++minute) {
    clock_.advance(1min);
    look();
  }
  EXPECT_EQ(old_ones(), 0);
  for (const auto& details : texts(read_senders)) {
    EXPECT_EQ(details.find("boss@x.com"), std::string::npos) << details;
  }
  EXPECT_THAT(texts(read_texts), Not(Contains("")));
  EXPECT_EQ(archived(), freshly_archived());
}

TEST_P(ArchiveTruth, mail_that_comes_while_other_mail_is_read_anew_is_noticed) {
  if (!is_imap()) return;  // nobody waits over REST
  deliver("letter");
  const auto feed = open_feed();
  Step step;
  std::vector<model::MessageId> ids;
  do {
    step = run(feed->next(step.cursor, 100));
    for (const auto& one : step.added) ids.push_back(one.id);
  } while (!step.is_last);
  ASSERT_THAT(ids, SizeIs(1));
  deliver("late");
  EXPECT_THAT(run(feed->read_again(ids)).messages, SizeIs(1));
  EXPECT_NO_THROW(run(with_deadline(5s, feed->wait())));
  EXPECT_THAT(run(feed->next(step.cursor, 100)).added, SizeIs(1));
  run(feed->rest());
}

INSTANTIATE_TEST_SUITE_P(Ways, ArchiveTruth,
                         ::testing::Values(Way::gmail_imap, Way::plain_imap, Way::rest,
                                           Way::rest_in_postgres),
                         [](const auto& way) { return name_of(way.param); });

}  // namespace
}  // namespace gmail_mcp::mail
