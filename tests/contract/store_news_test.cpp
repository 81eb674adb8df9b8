// What processes on one database hear of each other.
#include <mutex>
#include <set>

#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class NewsContract : public SharedStoreContract {
 protected:
  // What the reader of `store` hears now, of all that it has not heard before.
  Heard hear(Store& store, News::Place& place) {
    auto hearing = wait_for(store.news().hear(place));
    place = std::move(hearing.next);
    return std::move(hearing.heard);
  }

  NewArchived letter(const std::string& id, const std::string& sender) {
    NewArchived letter;
    auto& message = letter.archived.message;
    message.id = model::MessageId{id};
    message.thread_id = model::ThreadId{"t"};
    message.labels = {"INBOX"};
    message.date = clock_.now();
    letter.correspondents.push_back({.name = "", .email = sender});
    return letter;
  }

  bool arrives(Store& at, const model::Connection& connection, ArchiveStep step) {
    wait_for(at.archive().begin(everyone_, connection.id));
    auto seen = wait_for(at.archive().state(everyone_, connection.id));
    step.cursor = "after";
    const auto done =
        wait_for(at.archive().commit(everyone_, connection.id, std::move(*seen), std::move(step)));
    return done.is_stored;
  }

  bool arrives_from(Store& at, const model::Connection& connection, const std::string& sender) {
    ArchiveStep step;
    step.added.push_back(letter("m" + std::to_string(++letters_), sender));
    return arrives(at, connection, std::move(step));
  }

  int letters_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Backends, NewsContract, ::testing::ValuesIn(shared_backends()),
                         backend_name);

TEST_P(NewsContract, new_mail_is_heard_by_the_other_processes_once) {
  const auto ann = connect("ann", "ann@gmail.com");
  News::Place here;
  News::Place there;
  hear(store(), here);
  hear(other(), there);
  ASSERT_TRUE(arrives_from(store(), ann, "bob@shop.example"));
  ASSERT_TRUE(arrives_from(store(), ann, "amy@shop.example"));

  const auto heard = hear(other(), there);
  ASSERT_THAT(heard.mailboxes, SizeIs(1));
  EXPECT_EQ(heard.mailboxes[0].connection, ann.id);
  EXPECT_THAT(heard.mailboxes[0].correspondents,
              ElementsAre("amy@shop.example", "bob@shop.example"));
  EXPECT_FALSE(heard.mailboxes[0].of_many);
  EXPECT_FALSE(heard.missed);
  EXPECT_THAT(hear(other(), there).mailboxes, IsEmpty());
  EXPECT_THAT(hear(store(), here).mailboxes, IsEmpty()) << "its own process has told it already";
}

TEST_P(NewsContract, a_new_reader_begins_some_seconds_ago) {
  const auto ann = connect("ann", "ann@gmail.com");
  ASSERT_TRUE(arrives_from(store(), ann, "bob@shop.example"));
  News::Place there;
  EXPECT_THAT(hear(other(), there).mailboxes, SizeIs(1));
  EXPECT_THAT(hear(other(), there).mailboxes, IsEmpty());
}

TEST_P(NewsContract, a_first_sync_names_no_thousands_of_people) {
  const auto ann = connect("ann", "ann@gmail.com");
  News::Place there;
  hear(other(), there);
  ArchiveStep step;
  for (int i = 0; i < 60; ++i) {
    const auto number = std::to_string(i);
    step.added.push_back(letter("m" + number, number + "@shop.example"));
  }
  ASSERT_TRUE(arrives(store(), ann, std::move(step)));
  const auto heard = hear(other(), there);
  ASSERT_THAT(heard.mailboxes, SizeIs(1));
  EXPECT_TRUE(heard.mailboxes[0].of_many);
  EXPECT_THAT(heard.mailboxes[0].correspondents, IsEmpty());
}

TEST_P(NewsContract, what_changes_nothing_is_no_news) {
  const auto ann = connect("ann", "ann@gmail.com");
  News::Place there;
  hear(other(), there);
  ASSERT_TRUE(arrives(store(), ann, {}));
  auto seen = wait_for(store().archive().state(everyone_, ann.id));
  seen->step = "of another process";
  ArchiveStep late;
  late.added.push_back(letter("m1", "bob@shop.example"));
  const auto done =
      wait_for(store().archive().commit(everyone_, ann.id, std::move(*seen), std::move(late)));
  EXPECT_FALSE(done.is_stored);
  EXPECT_THAT(hear(other(), there).mailboxes, IsEmpty());
}

TEST_P(NewsContract, sent_mail_and_what_is_told_without_an_archive_are_heard) {
  const auto ann = connect("ann", "ann@gmail.com");
  const auto bob = connect("bob", "bob@gmail.com");
  wait_for(store().archive().begin(everyone_, ann.id));
  News::Place there;
  hear(other(), there);
  EXPECT_TRUE(
      wait_for(store().archive().note(everyone_, ann.id, letter("m1", "carl@shop.example"))));
  model::MailboxNews news;
  news.connection = bob.id;
  news.correspondents = {"dora@shop.example"};
  wait_for(store().news().tell(std::move(news)));
  const auto heard = hear(other(), there);
  ASSERT_THAT(heard.mailboxes, SizeIs(2));
  for (const auto& one : heard.mailboxes) {
    const auto* who = one.connection == ann.id ? "carl@shop.example" : "dora@shop.example";
    EXPECT_THAT(one.correspondents, ElementsAre(who));
  }
}

TEST_P(NewsContract, the_end_of_a_connection_is_heard_by_everyone_and_takes_its_news_along) {
  const auto ann = connect("ann", "ann@gmail.com");
  const auto bob = connect("bob", "bob@gmail.com");
  News::Place here;
  News::Place there;
  hear(store(), here);
  hear(other(), there);
  ASSERT_TRUE(arrives_from(store(), ann, "carl@shop.example"));
  wait_for(connections().disconnect(everyone_, ann.id, Erasure::everything));
  auto heard = hear(other(), there);
  EXPECT_THAT(heard.connections, ElementsAre(ann.id));
  EXPECT_THAT(heard.mailboxes, IsEmpty());
  EXPECT_THAT(hear(store(), here).connections, ElementsAre(ann.id));

  EXPECT_TRUE(remove(everyone_, bob.id, "spent"));
  heard = hear(other(), there);
  EXPECT_THAT(heard.connections, ElementsAre(bob.id));
}

TEST_P(NewsContract, a_connection_that_works_again_is_heard_of_but_not_each_refresh) {
  const auto ann = connect("ann", "ann@gmail.com");
  News::Place there;
  hear(other(), there);
  EXPECT_TRUE(wait_for(
      connections().begin_refresh(everyone_, ann.id, ann.version, std::chrono::seconds{20})));
  RefreshedToken fresh;
  fresh.access_token = "new";
  fresh.expires_at = clock_.now() + std::chrono::hours{1};
  EXPECT_TRUE(
      wait_for(connections().finish_refresh(everyone_, ann.id, ann.version, std::move(fresh))));
  EXPECT_THAT(hear(other(), there).connections, IsEmpty());
  EXPECT_TRUE(wait_for(connections().require_reconnect(everyone_, ann.id, ann.version + 1,
                                                       CredentialLoss::refused)));
  EXPECT_THAT(hear(other(), there).connections, ElementsAre(ann.id));
  connect("ann", "ann@gmail.com");
  EXPECT_THAT(hear(other(), there).connections, ElementsAre(ann.id));
}

TEST_P(NewsContract, more_than_anybody_reads_is_said_to_be_missed) {
  const auto ann = connect("ann", "ann@gmail.com");
  News::Place there;
  hear(other(), there);
  for (int i = 0; i < 1'001; ++i) {
    model::MailboxNews news;
    news.connection = ann.id;
    wait_for(store().news().tell(std::move(news)));
  }
  EXPECT_TRUE(hear(other(), there).missed);
  EXPECT_FALSE(hear(other(), there).missed);
}

// Numbers are given before a commit, and the order of commits is another one.
TEST_P(NewsContract, nothing_is_missed_however_many_write_at_once) {
  constexpr int writers = 8;
  constexpr int each = 40;
  std::vector<model::Connection> accounts;
  for (int i = 0; i < writers; ++i) {
    const auto name = "u" + std::to_string(i);
    accounts.push_back(connect(name, name + "@gmail.com"));
  }
  News::Place there;
  hear(other(), there);
  std::set<std::string> heard;
  const auto listen = [&] {
    for (const auto& news : hear(other(), there).mailboxes) {
      heard.insert(news.correspondents.begin(), news.correspondents.end());
    }
  };
  std::atomic<int> writing = writers;
  race(writers + 1, [&](int i) {
    if (i == writers) {
      while (writing > 0) listen();
      return;
    }
    for (int number = 0; number < each; ++number) {
      model::MailboxNews news;
      news.connection = accounts[static_cast<std::size_t>(i)].id;
      news.correspondents = {std::to_string(i) + "-" + std::to_string(number) + "@shop.example"};
      wait_for(store().news().tell(std::move(news)));
    }
    --writing;
  });
  listen();
  EXPECT_THAT(heard, SizeIs(writers * each));
}

TEST_P(NewsContract, news_are_kept_while_a_reader_may_need_them) {
  const auto ann = connect("ann", "ann@gmail.com");
  News::Place there;
  hear(other(), there);
  ASSERT_TRUE(arrives_from(store(), ann, "bob@shop.example"));
  wait_for(store().news().purge());
  EXPECT_THAT(hear(other(), there).mailboxes, SizeIs(1));
}

// A transaction that began before a reader read, and is committed after later ones.
TEST_P(NewsContract, connections_end_for_every_reader_while_others_come_and_go) {
  constexpr int writers = 6;
  News::Place there;
  hear(other(), there);
  std::set<std::string> ended;
  std::set<std::string> heard;
  std::mutex mutex;
  std::atomic<int> writing = writers;
  const auto listen = [&] {
    for (const auto& id : hear(other(), there).connections) heard.insert(id.str());
  };
  race(writers + 1, [&](int i) {
    if (i == writers) {
      while (writing > 0) listen();
      return;
    }
    for (int number = 0; number < 8; ++number) {
      const auto name = "u" + std::to_string(i) + "-" + std::to_string(number);
      const auto one = connect(name, name + "@gmail.com");
      wait_for(connections().disconnect(everyone_, one.id, Erasure::everything));
      const std::lock_guard lock{mutex};
      ended.insert(one.id.str());
    }
    --writing;
  });
  listen();
  EXPECT_THAT(ended, SizeIs(writers * 8));
  for (const auto& id : ended) EXPECT_TRUE(heard.contains(id)) << id;
}

}  // namespace
}  // namespace gmail_mcp::store
