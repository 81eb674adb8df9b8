// What an archive must do: be right about messages, contacts and conversations however often and in
// whichever order things are delivered, and show nobody's mail to anybody else.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t everything = 1000;

NewArchived received(const std::string& id, const std::string& from, Timestamp date) {
  NewArchived made;
  auto& message = made.archived.message;
  message.id = model::MessageId{id};
  message.thread_id = model::ThreadId{"t-" + id};
  message.subject = "Subject of " + id;
  message.from = {.name = "", .email = from};
  message.date = date;
  message.snippet = "Snippet of " + id;
  message.body_plain = "Body of " + id;
  message.labels = {"INBOX"};
  made.correspondents = {{.name = "", .email = from}};
  return made;
}

NewArchived sent(const std::string& id, const std::string& to, Timestamp date) {
  auto made = received(id, to, date);
  made.archived.direction = model::Direction::sent;
  made.archived.message.labels = {"SENT"};
  made.archived.message.message_id_header = "<" + id + "@here>";
  return made;
}

std::vector<std::string> ids_of(const ArchivePage& page) {
  std::vector<std::string> ids;
  for (const auto& one : page.messages) ids.push_back(one.message.id.str());
  return ids;
}

class StoreArchive : public StoreContract {
 protected:
  StoreArchive() { wait_for(archive().begin(everyone_, mine_)); }

  Archives& archive() { return store().archive(); }
  ArchiveState state() { return wait_for(archive().state(everyone_, mine_)).value(); }
  Timestamp at(int minute) const { return start_ + std::chrono::minutes{minute}; }

  Committed commit(ArchiveStep step) {
    step.cursor = "cursor";
    auto done = wait_for(archive().commit(everyone_, mine_, state(), std::move(step)));
    EXPECT_TRUE(done.is_stored);
    return done;
  }
  Committed add(std::vector<NewArchived> messages) {
    ArchiveStep step;
    step.added = std::move(messages);
    return commit(std::move(step));
  }
  void relabel(const std::string& id, std::vector<std::string> labels) {
    ArchiveStep step;
    step.relabelled.push_back({model::MessageId{id}, std::move(labels)});
    commit(std::move(step));
  }
  void remove(const std::string& id) {
    ArchiveStep step;
    step.removed.emplace_back(id);
    commit(std::move(step));
  }

  std::vector<std::string> found(const std::string& query) {
    const auto read = parse_search(query);
    EXPECT_TRUE(read) << query;
    return ids_of(wait_for(archive().search(everyone_, mine_, *read, everything, "")));
  }
  std::vector<std::string> history(const std::string& email) {
    return ids_of(wait_for(archive().history(everyone_, mine_, email, everything, "")));
  }
  std::optional<model::Contact> contact(const std::string& email) {
    return wait_for(archive().contact(everyone_, mine_, email));
  }
  std::vector<model::Conversation> conversations() {
    return wait_for(archive().conversations(everyone_, mine_, everything, "")).conversations;
  }

  model::ConnectionId mine_ = connect("ann", "ann@gmail.com").id;
  Timestamp start_ = clock_.now();
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreArchive, ::testing::ValuesIn(backends()), backend_name);

// --- messages
// --------------------------------------------------------------------------------------

TEST_P(StoreArchive, a_message_comes_back_as_it_was_stored) {
  auto whole = received("18c0", "bob@x.com", at(0) + std::chrono::milliseconds{123});
  auto& message = whole.archived.message;
  message.subject = "Grüße \"quoted\" \n";
  message.from.name = "Bob";
  message.to = {{.name = "Ann", .email = "ann@gmail.com"}};
  message.cc = {{.name = "", .email = "carl@x.com"}};
  message.bcc = {{.name = "", .email = "dora@x.com"}};
  message.reply_to = {{.name = "List", .email = "list@x.com"}};
  message.body_plain = "a\tb \\u0000 'c' 😀";
  message.body_html = "<p>b</p>";
  message.labels = {"INBOX", "UNREAD", "Label_7"};
  message.has_attachments = true;
  message.attachments = {
      {.id = "1.2", .filename = "a \"b\".pdf", .mime_type = "application/pdf", .size = 12}};
  message.message_id_header = "<m@x>";
  message.references = {"<r1@x>", "<r2@x>"};
  add({whole});

  const auto page = wait_for(archive().history(everyone_, mine_, "bob@x.com", 1, ""));
  ASSERT_THAT(page.messages, SizeIs(1));
  const auto& read = page.messages[0].message;
  EXPECT_EQ(page.messages[0].direction, model::Direction::received);
  EXPECT_EQ(read.id, message.id);
  EXPECT_EQ(read.thread_id, message.thread_id);
  EXPECT_EQ(read.subject, message.subject);
  EXPECT_EQ(read.from, message.from);
  EXPECT_EQ(read.to, message.to);
  EXPECT_EQ(read.cc, message.cc);
  EXPECT_EQ(read.bcc, message.bcc);
  EXPECT_EQ(read.reply_to, message.reply_to);
  EXPECT_EQ(read.date, message.date);
  EXPECT_EQ(read.snippet, message.snippet);
  EXPECT_EQ(read.body_plain, message.body_plain);
  EXPECT_EQ(read.body_html, message.body_html);
  EXPECT_EQ(read.labels, message.labels);
  EXPECT_TRUE(read.has_attachments);
  EXPECT_EQ(read.attachments, message.attachments);
  EXPECT_EQ(read.message_id_header, message.message_id_header);
  EXPECT_EQ(read.references, message.references);
}

// As it was, or as the sign for what is no character: not every database keeps all bytes in a text.
TEST_P(StoreArchive, a_message_with_bytes_that_are_no_text_is_kept_and_found) {
  const std::string nul{"a\0b", 3};
  auto broken = received("broken", "bob@x.com", at(0));
  auto& message = broken.archived.message;
  message.subject = "Subject " + nul;
  message.from.name = "Bob \xFF Broken";
  message.to = {{.name = nul, .email = "ann@gmail.com"}};
  message.labels = {"INBOX", nul};
  message.attachments = {{.id = "1", .filename = nul, .mime_type = "a/b", .size = 1}};
  message.body_plain = nul + " \xED\xA0\x80 zebra";
  broken.correspondents[0].name = "Bob \xFF Broken";
  add({broken, received("whole", "bob@x.com", at(1))});

  EXPECT_THAT(found("zebra"), ElementsAre("broken"));
  EXPECT_THAT(found("subject:subject from:bob in:inbox has:attachment"), ElementsAre("broken"));
  EXPECT_THAT(history("bob@x.com"), ElementsAre("broken", "whole"));
  EXPECT_THAT(contact("bob@x.com")->name, AnyOf("Bob \xFF Broken", "Bob \uFFFD Broken"));
  const auto page = wait_for(archive().history(everyone_, mine_, "bob@x.com", 10, ""));
  const auto& read = page.messages[0].message;
  EXPECT_THAT(read.subject, AnyOf("Subject " + nul, "Subject a\uFFFDb"));
  EXPECT_THAT(read.from.name, AnyOf("Bob \xFF Broken", "Bob \uFFFD Broken"));
  EXPECT_THAT(read.body_plain, AllOf(StartsWith("a"), EndsWith(" zebra")));
  EXPECT_THAT(read.labels, ElementsAre("INBOX", AnyOf(nul, "a\uFFFDb")));
  ArchiveStep step;
  step.relabelled.push_back({model::MessageId{"broken"}, {"INBOX", nul, "\xFF"}});
  commit(std::move(step));
  EXPECT_THAT(found("in:inbox"), ElementsAre("whole", "broken"));
}

TEST_P(StoreArchive, what_is_delivered_again_is_one_message_and_counts_once) {
  const auto first = add({received("a", "bob@x.com", at(0)), sent("b", "bob@x.com", at(1))});
  EXPECT_THAT(first.added, SizeIs(2));
  const auto again = add({received("b", "bob@x.com", at(1)), received("a", "bob@x.com", at(0)),
                          received("c", "bob@x.com", at(2)), received("c", "bob@x.com", at(2))});
  EXPECT_THAT(again.added, ElementsAre(model::MessageId{"c"}));
  EXPECT_THAT(history("bob@x.com"), ElementsAre("a", "b", "c"));
  EXPECT_EQ(contact("bob@x.com")->message_count, 3);
  EXPECT_THAT(found("body"), ElementsAre("c", "b", "a"));
  EXPECT_THAT(conversations(), SizeIs(3));
}

TEST_P(StoreArchive, history_gives_the_latest_page_in_order_and_goes_back_from_there) {
  add({received("c", "bob@x.com", at(3)), sent("b", "bob@x.com", at(2)),
       received("x", "eve@x.com", at(2)), received("a", "bob@x.com", at(1)),
       received("d", "bob@x.com", at(4))});
  const auto latest = wait_for(archive().history(everyone_, mine_, " BOB@x.com", 3, ""));
  EXPECT_THAT(ids_of(latest), ElementsAre("b", "c", "d"));
  EXPECT_EQ(latest.messages[0].direction, model::Direction::sent);
  add({received("e", "bob@x.com", at(5))});
  const auto rest =
      wait_for(archive().history(everyone_, mine_, "bob@x.com", 3, latest.next_cursor));
  EXPECT_THAT(ids_of(rest), ElementsAre("a"));
  EXPECT_EQ(rest.next_cursor, "");
  const auto all = wait_for(archive().history(everyone_, mine_, "bob@x.com", 5, ""));
  EXPECT_EQ(all.next_cursor, "") << "a full last page is the last";
}

TEST_P(StoreArchive, thousands_of_messages_of_one_second_are_all_there) {
  std::set<std::string> wanted;
  for (int step = 0; step < 13; ++step) {
    std::vector<NewArchived> messages;
    for (int i = 0; i < 200; ++i) {
      const auto id = std::to_string(step) + "-" + std::to_string(i);
      wanted.insert(id);
      messages.push_back(received(id, "bob@x.com", at(0) + std::chrono::milliseconds{i % 3}));
    }
    EXPECT_THAT(add(std::move(messages)).added, SizeIs(200));
  }
  std::set<std::string> seen;
  std::string cursor;
  do {
    const auto page = wait_for(archive().history(everyone_, mine_, "bob@x.com", 100, cursor));
    for (const auto& id : ids_of(page)) EXPECT_TRUE(seen.insert(id).second) << id;
    cursor = page.next_cursor;
  } while (!cursor.empty());
  EXPECT_EQ(seen, wanted);
  EXPECT_EQ(contact("bob@x.com")->message_count, 2600);
}

TEST_P(StoreArchive, a_date_nobody_believes_is_kept) {
  add({received("old", "bob@x.com", Timestamp{std::chrono::milliseconds{-5}}),
       received("new", "bob@x.com", Timestamp{std::chrono::years{250}})});
  const auto page = wait_for(archive().history(everyone_, mine_, "bob@x.com", 10, ""));
  EXPECT_THAT(ids_of(page), ElementsAre("old", "new"));
  EXPECT_EQ(page.messages[0].message.date, Timestamp{});
  EXPECT_EQ(page.messages[1].message.date, Timestamp{std::chrono::years{250}});
}

TEST_P(StoreArchive, a_page_ends_early_rather_than_fill_the_memory) {
  std::vector<NewArchived> big;
  for (int i = 0; i < 5; ++i) {
    big.push_back(received(std::to_string(i), "bob@x.com", at(i)));
    big.back().archived.message.body_plain = std::string(3'000'000, 'x');
  }
  add(std::move(big));
  const auto page = wait_for(archive().history(everyone_, mine_, "bob@x.com", 100, ""));
  EXPECT_THAT(ids_of(page), ElementsAre("4"));
  const auto next =
      wait_for(archive().history(everyone_, mine_, "bob@x.com", 100, page.next_cursor));
  EXPECT_THAT(ids_of(next), ElementsAre("3"));
}

// --- contacts and conversations
// --------------------------------------------------------------------

TEST_P(StoreArchive, a_contact_is_what_its_messages_say) {
  auto named = received("b", "bob@x.com", at(2));
  named.correspondents[0].name = "Bob";
  auto renamed = received("c", "bob@x.com", at(3));
  renamed.correspondents[0].name = "Bobby";
  add({renamed, sent("d", "bob@x.com", at(4)), received("a", "bob@x.com", at(1)), named});
  EXPECT_EQ(contact("Bob@X.com"), (model::Contact{"bob@x.com", "Bobby", 4, at(1), at(4)}));
  remove("d");
  remove("c");
  EXPECT_EQ(contact("bob@x.com"), (model::Contact{"bob@x.com", "Bob", 2, at(1), at(2)}));
  remove("b");
  EXPECT_EQ(contact("bob@x.com"), (model::Contact{"bob@x.com", "", 1, at(1), at(1)}));
  remove("a");
  EXPECT_EQ(contact("bob@x.com"), std::nullopt);
  EXPECT_THAT(wait_for(archive().contacts(everyone_, mine_, 10)), IsEmpty());
}

TEST_P(StoreArchive, contacts_are_listed_by_the_last_message) {
  auto group = sent("g", "bob@x.com", at(5));
  group.correspondents.push_back({.name = "Carl", .email = "carl@x.com"});
  add({received("a", "dora@x.com", at(4)), group, received("b", "eve@x.com", at(6))});
  std::vector<std::string> emails;
  for (const auto& one : wait_for(archive().contacts(everyone_, mine_, 3))) {
    emails.push_back(one.email);
  }
  EXPECT_THAT(emails, ElementsAre("eve@x.com", "bob@x.com", "carl@x.com"));
}

TEST_P(StoreArchive, a_conversation_is_what_its_messages_say) {
  auto question = received("q", "bob@x.com", at(1));
  question.archived.message.labels = {"INBOX", "UNREAD"};
  auto answer = sent("a", "bob@x.com", at(2));
  answer.archived.message.thread_id = question.archived.message.thread_id;
  auto remark = received("r", "carl@x.com", at(3));
  remark.archived.message.thread_id = question.archived.message.thread_id;
  remark.archived.message.labels = {"INBOX", "UNREAD"};
  add({remark, answer, question, received("other", "eve@x.com", at(0))});

  auto all = conversations();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].thread_id.str(), "t-q");
  EXPECT_EQ(all[0].subject, "Subject of q");
  EXPECT_EQ(all[0].snippet, "Snippet of r");
  EXPECT_EQ(all[0].message_count, 3);
  EXPECT_EQ(all[0].unread_count, 2);
  EXPECT_EQ(all[0].last_message_at, at(3));
  EXPECT_THAT(all[0].participants,
              ElementsAre(model::Address{"", "carl@x.com"}, model::Address{"", "bob@x.com"}));
  EXPECT_EQ(all[1].thread_id.str(), "t-other");

  relabel("q", {"INBOX"});
  EXPECT_EQ(conversations()[0].unread_count, 1);
  remove("r");
  all = conversations();
  EXPECT_EQ(all[0].last_message_at, at(2));
  EXPECT_EQ(all[0].unread_count, 0);
  EXPECT_EQ(all[0].message_count, 2);
  remove("q");
  EXPECT_EQ(conversations()[0].subject, "Subject of a");
  remove("a");
  EXPECT_THAT(conversations(), SizeIs(1));
}

TEST_P(StoreArchive, conversations_are_listed_page_by_page) {
  for (int i = 0; i < 7; ++i) add({received(std::to_string(i), "bob@x.com", at(i))});
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = wait_for(archive().conversations(everyone_, mine_, 3, cursor));
    for (const auto& one : page.conversations) seen.push_back(one.thread_id.str());
    cursor = page.next_cursor;
  } while (!cursor.empty());
  EXPECT_THAT(seen, ElementsAre("t-6", "t-5", "t-4", "t-3", "t-2", "t-1", "t-0"));
}

TEST_P(StoreArchive, drafts_spam_and_trash_are_shown_nowhere_until_they_are_something_else) {
  for (const std::string label : {"DRAFT", "SPAM", "TRASH"}) {
    auto hidden = received(label, "bob@x.com", at(1));
    hidden.archived.message.labels = {label};
    add({hidden});
    EXPECT_THAT(found("body"), IsEmpty());
    EXPECT_THAT(history("bob@x.com"), IsEmpty());
    EXPECT_EQ(contact("bob@x.com"), std::nullopt);
    EXPECT_THAT(conversations(), IsEmpty());
    relabel(label, {"INBOX", "UNREAD"});
    EXPECT_THAT(found("body"), ElementsAre(label));
    EXPECT_EQ(contact("bob@x.com")->message_count, 1);
    EXPECT_EQ(conversations()[0].unread_count, 1);
    relabel(label, {label, "UNREAD"});
    EXPECT_THAT(found("body"), IsEmpty());
    EXPECT_THAT(conversations(), IsEmpty());
    remove(label);
  }
}

// Whatever happens in whichever order, what is shown follows from the messages alone.
TEST_P(StoreArchive, after_any_sequence_of_changes_everything_agrees_with_the_messages) {
  std::mt19937 random{20261125};
  const auto pick = [&](int below) {
    return std::uniform_int_distribution<int>{0, below - 1}(random);
  };
  const std::vector<std::string> people = {"bob@x.com", "carl@x.com", "dora@x.com"};
  const std::vector<std::vector<std::string>> labellings = {
      {"INBOX"}, {"INBOX", "UNREAD"}, {"TRASH"}, {"UNREAD", "SPAM"}, {}};
  std::map<std::string, NewArchived> truth;

  const auto make = [&](const std::string& id, int number) {
    auto made = received(id, people[static_cast<std::size_t>(number % 3)], at(number));
    made.archived.message.thread_id = model::ThreadId{"t" + std::to_string(number % 5)};
    made.archived.message.body_plain = "word" + std::to_string(number % 4);
    if (number % 2 == 0) made.correspondents.push_back({.name = "Zoe", .email = "zoe@x.com"});
    return made;
  };
  for (int round = 0; round < 60; ++round) {
    ArchiveStep step;
    for (int i = pick(4); i > 0; --i) {
      const auto id = std::to_string(pick(25));
      step.removed.emplace_back(id);
      truth.erase(id);
    }
    for (int i = pick(6); i > 0; --i) {
      const int number = pick(25);
      const auto id = std::to_string(number);
      auto message = make(id, number);
      message.archived.message.labels = labellings[static_cast<std::size_t>(pick(5))];
      truth[id] = message;
      step.added.push_back(std::move(message));
    }
    for (int i = pick(6); i > 0; --i) {
      const auto id = std::to_string(pick(25));
      const auto& labels = labellings[static_cast<std::size_t>(pick(5))];
      step.relabelled.push_back({model::MessageId{id}, labels});
      if (truth.contains(id)) truth[id].archived.message.labels = labels;
    }
    commit(std::move(step));

    std::map<std::string, std::vector<std::string>> by_person, by_word;
    std::map<std::string, model::Conversation> threads;
    for (int number = 0; number < 25; ++number) {  // in the order of time
      const auto known = truth.find(std::to_string(number));
      if (known == truth.end()) continue;
      const auto& message = known->second.archived.message;
      const auto has = [&](const char* label) {
        return std::count(message.labels.begin(), message.labels.end(), label) > 0;
      };
      if (has("TRASH") || has("SPAM")) continue;
      for (const auto& one : known->second.correspondents) {
        by_person[one.email].push_back(known->first);
      }
      by_word[message.body_plain].insert(by_word[message.body_plain].begin(), known->first);
      auto& thread = threads[message.thread_id.str()];
      if (thread.message_count == 0) thread.subject = message.subject;
      ++thread.message_count;
      thread.unread_count += has("UNREAD") ? 1 : 0;
      thread.last_message_at = message.date;
    }
    for (const auto& person : {"bob@x.com", "carl@x.com", "dora@x.com", "zoe@x.com"}) {
      ASSERT_EQ(history(person), by_person[person]) << "round " << round;
      const auto about = contact(person);
      ASSERT_EQ(about.has_value(), !by_person[person].empty()) << "round " << round;
      if (!about) continue;
      EXPECT_EQ(about->message_count, static_cast<std::int64_t>(by_person[person].size()));
      EXPECT_EQ(about->first_seen, at(std::stoi(by_person[person].front())));
      EXPECT_EQ(about->last_seen, at(std::stoi(by_person[person].back())));
    }
    for (const auto& word : {"word0", "word1", "word2", "word3"}) {
      ASSERT_EQ(found(word), by_word[word]) << "round " << round;
    }
    const auto shown = conversations();
    ASSERT_EQ(shown.size(), threads.size()) << "round " << round;
    for (const auto& one : shown) {
      const auto& thread = threads[one.thread_id.str()];
      EXPECT_EQ(one.message_count, thread.message_count);
      EXPECT_EQ(one.unread_count, thread.unread_count);
      EXPECT_EQ(one.subject, thread.subject);
      EXPECT_EQ(one.last_message_at, thread.last_message_at);
    }
  }
}

// --- following a mailbox
// ---------------------------------------------------------------------------

TEST_P(StoreArchive, of_two_who_go_on_from_the_same_place_one_is_stored) {
  const auto seen = state();
  EXPECT_EQ(seen.cursor, "");
  ArchiveStep first;
  first.added = {received("a", "bob@x.com", at(0))};
  first.cursor = "one";
  ArchiveStep second;
  second.added = {received("b", "bob@x.com", at(1))};
  second.removed = {model::MessageId{"a"}};
  second.relabelled = {{model::MessageId{"a"}, {"TRASH"}}};
  second.cursor = "two";
  EXPECT_TRUE(wait_for(archive().commit(everyone_, mine_, seen, first)).is_stored);
  const auto late = wait_for(archive().commit(everyone_, mine_, seen, second));
  EXPECT_FALSE(late.is_stored);
  EXPECT_THAT(late.added, IsEmpty());
  EXPECT_THAT(history("bob@x.com"), ElementsAre("a"));
  EXPECT_EQ(state().cursor, "one");
}

TEST_P(StoreArchive, racing_processes_neither_lose_nor_double_anything) {
  std::atomic<int> stored = 0;
  race(8, [&](int i) {
    for (int number = 0; number < 10; ++number) {
      for (;;) {
        const auto seen = wait_for(archive().state(everyone_, mine_)).value();
        ArchiveStep step;
        step.cursor = seen.cursor + "x";
        // All want the same key, and every message is brought by two.
        step.added = {
            received(std::to_string(i / 2) + "-" + std::to_string(number), "bob@x.com", at(0))};
        if (wait_for(archive().commit(everyone_, mine_, seen, step)).is_stored) break;
      }
      ++stored;
    }
  });
  EXPECT_EQ(stored, 80);
  EXPECT_EQ(state().cursor, std::string(80, 'x'));
  EXPECT_THAT(history("bob@x.com"), SizeIs(40));
  EXPECT_EQ(contact("bob@x.com")->message_count, 40);
}

TEST_P(StoreArchive, what_a_fresh_walk_does_not_bring_again_is_gone_when_it_is_over) {
  add({received("a", "bob@x.com", at(0)), received("b", "bob@x.com", at(1)),
       received("c", "bob@x.com", at(2)), received("d", "bob@x.com", at(3))});
  ArchiveStep first;
  first.begins_walk = true;
  first.added = {received("b", "bob@x.com", at(1))};
  commit(first);
  EXPECT_TRUE(state().is_walking);
  EXPECT_FALSE(wait_for(archive().sweep(everyone_, mine_, 100))) << "not over yet";
  EXPECT_THAT(history("bob@x.com"), SizeIs(4));
  ArchiveStep last;
  last.ends = true;
  last.added = {received("e", "bob@x.com", at(4))};
  last.relabelled = {{model::MessageId{"c"}, {"INBOX"}}};  // as it was: it is still there
  commit(last);
  EXPECT_TRUE(state().is_walking);
  EXPECT_TRUE(wait_for(archive().sweep(everyone_, mine_, 1)));
  EXPECT_TRUE(state().is_walking) << "a crash here goes on sweeping";
  EXPECT_TRUE(wait_for(archive().sweep(everyone_, mine_, 1)));
  EXPECT_FALSE(wait_for(archive().sweep(everyone_, mine_, 1)));
  EXPECT_FALSE(state().is_walking);
  EXPECT_THAT(history("bob@x.com"), ElementsAre("b", "c", "e"));
  EXPECT_THAT(found("body"), ElementsAre("e", "c", "b"));
}

TEST_P(StoreArchive, what_moved_within_a_step_is_there_afterwards) {
  add({received("a", "bob@x.com", at(0))});
  ArchiveStep step;
  step.removed = {model::MessageId{"a"}};
  step.added = {received("a", "bob@x.com", at(0))};
  commit(step);
  EXPECT_THAT(history("bob@x.com"), ElementsAre("a"));
  EXPECT_THAT(found("body"), ElementsAre("a"));
  EXPECT_EQ(contact("bob@x.com")->message_count, 1);
}

TEST_P(StoreArchive, what_we_sent_is_there_at_once_and_once) {
  EXPECT_TRUE(wait_for(archive().note(everyone_, mine_, sent("a", "bob@x.com", at(0)))));
  EXPECT_THAT(add({sent("a", "bob@x.com", at(0))}).added, IsEmpty());
  EXPECT_THAT(history("bob@x.com"), ElementsAre("a"));

  // Over SMTP its id is not known at first.
  auto unknown = sent("", "bob@x.com", at(1));
  unknown.archived.message.message_id_header = "<b@here>";
  EXPECT_TRUE(wait_for(archive().note(everyone_, mine_, unknown)));
  EXPECT_THAT(history("bob@x.com"), SizeIs(2));
  add({sent("b", "bob@x.com", at(1))});
  EXPECT_THAT(history("bob@x.com"), ElementsAre("a", "b"));
  EXPECT_TRUE(wait_for(archive().note(everyone_, mine_, unknown)));
  EXPECT_THAT(history("bob@x.com"), ElementsAre("a", "b")) << "the feed was faster";

  auto lost = sent("", "bob@x.com", clock_.now());
  lost.archived.message.message_id_header = "<rewritten@here>";
  EXPECT_TRUE(wait_for(archive().note(everyone_, mine_, lost)));
  clock_.advance(std::chrono::hours{2});
  ArchiveStep last;
  last.ends = true;
  commit(last);
  EXPECT_THAT(history("bob@x.com"), ElementsAre("a", "b")) << "nobody is stood in for forever";
}

TEST_P(StoreArchive, what_we_sent_outlasts_a_walk_that_came_before_its_copy) {
  auto unknown = sent("", "bob@x.com", clock_.now());
  unknown.archived.message.message_id_header = "<b@here>";
  EXPECT_TRUE(wait_for(archive().note(everyone_, mine_, unknown)));
  ArchiveStep walk;
  walk.begins_walk = walk.ends = true;
  commit(walk);
  EXPECT_FALSE(wait_for(archive().sweep(everyone_, mine_, 100)));
  EXPECT_FALSE(state().is_walking);
  EXPECT_THAT(history("bob@x.com"), SizeIs(1));
  add({sent("b", "bob@x.com", clock_.now())});
  EXPECT_THAT(history("bob@x.com"), ElementsAre("b"));
}

TEST_P(StoreArchive, letters_whose_threads_are_not_known_are_not_one_conversation) {
  for (const auto* to : {"bob@x.com", "cora@x.com"}) {
    auto unknown = sent("", to, clock_.now());
    unknown.archived.message.thread_id = {};
    unknown.archived.message.message_id_header = std::string{"<"} + to + ">";
    EXPECT_TRUE(wait_for(archive().note(everyone_, mine_, unknown)));
  }
  const auto list = conversations();
  ASSERT_THAT(list, SizeIs(2));
  EXPECT_NE(list[0].thread_id, list[1].thread_id);
}

TEST_P(StoreArchive, without_an_archive_nothing_is_noted) {
  const auto other = connect("ann", "ann.two@gmail.com").id;
  EXPECT_FALSE(wait_for(archive().note(everyone_, other, sent("a", "bob@x.com", at(0)))));
  EXPECT_EQ(wait_for(archive().state(everyone_, other)), std::nullopt);
  EXPECT_FALSE(wait_for(archive().commit(everyone_, other, {}, {})).is_stored);
  EXPECT_THAT(wait_for(archive().archived(everyone_)), ElementsAre(mine_));
}

// --- searching
// -------------------------------------------------------------------------------------

TEST_P(StoreArchive, search_finds_words_phrases_and_beginnings_newest_first) {
  auto invoice = received("invoice", "bob@x.com", at(1));
  invoice.archived.message.subject = "Invoice No. 4711";
  invoice.archived.message.body_plain = "Please pay the amount due: it's 30,50 €.";
  auto greeting = received("greeting", "carl@x.com", at(2));
  greeting.archived.message.subject = "Grüße aus MÜNCHEN";
  greeting.archived.message.body_plain = "the due amount";
  auto html = received("html", "dora@x.com", at(3));
  html.archived.message.body_plain = "";
  html.archived.message.body_html = "<b>Hidden</b> treasure";
  html.text = "Hidden treasure";
  add({invoice, greeting, html});

  EXPECT_THAT(found("amount"), ElementsAre("greeting", "invoice"));
  EXPECT_THAT(found("AMOUNT due"), ElementsAre("greeting", "invoice"));
  EXPECT_THAT(found("\"amount due\""), ElementsAre("invoice"));
  EXPECT_THAT(found("amou*"), ElementsAre("greeting", "invoice"));
  EXPECT_THAT(found("\"the amou\"*"), ElementsAre("invoice"));
  EXPECT_THAT(found("amount -pay"), ElementsAre("greeting"));
  EXPECT_THAT(found("amount -\"due amount\""), ElementsAre("invoice"));
  EXPECT_THAT(found("munchen"), ElementsAre("greeting"));
  EXPECT_THAT(found("grüsse"), IsEmpty());
  EXPECT_THAT(found("gruße"), ElementsAre("greeting"));
  EXPECT_THAT(found("4711"), ElementsAre("invoice"));
  EXPECT_THAT(found("it's"), ElementsAre("invoice"));
  EXPECT_THAT(found("30,50"), ElementsAre("invoice"));
  EXPECT_THAT(found("treasure"), ElementsAre("html"));
  EXPECT_THAT(found("b"), IsEmpty()) << "tags are no words";
  EXPECT_THAT(found("… amount"), ElementsAre("greeting", "invoice"));
  EXPECT_THAT(found("…"), IsEmpty());
  EXPECT_THAT(found("amount -…"), ElementsAre("greeting", "invoice"));
}

TEST_P(StoreArchive, search_finds_parts_of_sentences_without_blanks) {
  auto chinese = received("zh", "bob@x.com", at(1));
  chinese.archived.message.subject = "关于会议安排";
  chinese.archived.message.body_plain = "明天下午3点在北京office开会";
  auto japanese = received("ja", "bob@x.com", at(2));
  japanese.archived.message.body_plain = "会議の資料をお送りします";
  auto korean = received("ko", "bob@x.com", at(3));
  korean.archived.message.body_plain = "회의는 내일입니다";
  add({chinese, japanese, korean});
  EXPECT_THAT(found("会议"), ElementsAre("zh"));
  EXPECT_THAT(found("议会"), IsEmpty());
  EXPECT_THAT(found("北京 office"), ElementsAre("zh"));
  EXPECT_THAT(found("北京office"), ElementsAre("zh"));
  EXPECT_THAT(found("3点"), ElementsAre("zh"));
  EXPECT_THAT(found("資料"), ElementsAre("ja"));
  EXPECT_THAT(found("会*"), ElementsAre("ja", "zh"));
  EXPECT_THAT(found("회의"), ElementsAre("ko"));
  relabel("zh", {"TRASH"});
  remove("ja");
  EXPECT_THAT(found("会"), IsEmpty());
}

TEST_P(StoreArchive, search_goes_on_where_the_page_before_ended) {
  std::vector<NewArchived> many;
  for (int i = 0; i < 10; ++i) many.push_back(received(std::to_string(i), "bob@x.com", at(i)));
  add(std::move(many));
  const auto query = parse_search("body").value();
  const auto first = wait_for(archive().search(everyone_, mine_, query, 6, ""));
  EXPECT_THAT(ids_of(first), ElementsAre("9", "8", "7", "6", "5", "4"));
  add({received("newer", "bob@x.com", at(20))});
  const auto next = wait_for(archive().search(everyone_, mine_, query, 6, first.next_cursor));
  EXPECT_THAT(ids_of(next), ElementsAre("3", "2", "1", "0"));
  EXPECT_EQ(next.next_cursor, "");
}

TEST_P(StoreArchive, a_cursor_that_is_none_of_ours_is_refused) {
  const auto query = parse_search("body").value();
  for (const std::string cursor : {"x", "-1", "1 ", "99999999999999999999", "8796093022208"}) {
    EXPECT_EQ(code_of(archive().search(everyone_, mine_, query, 1, cursor)),
              Errc::invalid_argument);
    EXPECT_EQ(code_of(archive().history(everyone_, mine_, "b@x.com", 1, cursor)),
              Errc::invalid_argument);
    EXPECT_EQ(code_of(archive().conversations(everyone_, mine_, 1, cursor)),
              Errc::invalid_argument);
  }
}

// Whatever is typed finds mail of this account or none, and never is a syntax error.
TEST_P(StoreArchive, no_query_breaks_out_of_its_account_or_its_grammar) {
  const auto other = connect("bob", "bob@gmail.com").id;
  wait_for(archive().begin(everyone_, other));
  const auto theirs = wait_for(archive().state(everyone_, other)).value();
  ArchiveStep step;
  step.added = {received("secret", "eve@x.com", at(5))};
  wait_for(archive().commit(everyone_, other, theirs, step));
  add({received("mine", "eve@x.com", at(4))});

  std::mt19937 random{7};
  const std::string with_nul{"\0x", 2};
  const std::vector<std::string> pieces = {
      "body",  "of",    "\"",     "*",   "-",      "(", ")",    " OR ",     " AND ",
      " NOT ", "NEAR(", " ",      "sub", "{",      "}", ":",    "subject:", "^",
      "+",     "'",     ",",      "\\",  with_nul, "é", "会议", "\xFF",     "rowid",
      "rank:", "0",     "secret", "\t",  "--",     "/*"};
  const auto pick = [&](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>{0, below - 1}(random);
  };
  int asked = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (auto n = pick(8) + 1; n > 0; --n) text += pieces[pick(pieces.size())];
    const auto query = parse_search(text);
    if (!query) continue;
    ++asked;
    const auto page = wait_for(archive().search(everyone_, mine_, *query, everything, ""));
    EXPECT_THAT(ids_of(page), Not(Contains("secret"))) << text;
  }
  EXPECT_GT(asked, 1000);
}

// --- whose mail it is, and its end
// -----------------------------------------------------------------

TEST_P(StoreArchive, somebody_else_s_archive_is_a_missing_archive) {
  add({received("a", "bob@x.com", at(0))});
  const auto eve = only("eve");
  const auto query = parse_search("body").value();
  const auto seen = state();
  EXPECT_FALSE(wait_for(archive().begin(eve, mine_)));
  EXPECT_EQ(wait_for(archive().state(eve, mine_)), std::nullopt);
  EXPECT_THAT(wait_for(archive().archived(eve)), IsEmpty());
  EXPECT_THAT(ids_of(wait_for(archive().search(eve, mine_, query, 10, ""))), IsEmpty());
  EXPECT_THAT(ids_of(wait_for(archive().history(eve, mine_, "bob@x.com", 10, ""))), IsEmpty());
  EXPECT_EQ(wait_for(archive().contact(eve, mine_, "bob@x.com")), std::nullopt);
  EXPECT_THAT(wait_for(archive().contacts(eve, mine_, 10)), IsEmpty());
  EXPECT_THAT(wait_for(archive().conversations(eve, mine_, 10, "")).conversations, IsEmpty());

  ArchiveStep step;
  step.removed = {model::MessageId{"a"}};
  EXPECT_FALSE(wait_for(archive().commit(eve, mine_, seen, step)).is_stored);
  EXPECT_FALSE(wait_for(archive().note(eve, mine_, sent("b", "bob@x.com", at(1)))));
  EXPECT_FALSE(wait_for(archive().sweep(eve, mine_, 10)));
  EXPECT_FALSE(wait_for(archive().expire(eve, mine_, at(100), 10)));
  EXPECT_FALSE(wait_for(archive().erase(eve, mine_, 1)));
  EXPECT_THAT(history("bob@x.com"), ElementsAre("a"));
  EXPECT_EQ(state().step, seen.step);
}

TEST_P(StoreArchive, accounts_of_one_database_do_not_mix) {
  const auto other = connect("ann", "ann.two@gmail.com").id;
  wait_for(archive().begin(everyone_, other));
  ArchiveStep step;
  step.added = {received("a", "bob@x.com", at(0)), received("theirs", "bob@x.com", at(1))};
  const auto theirs = wait_for(archive().state(everyone_, other)).value();
  wait_for(archive().commit(everyone_, other, theirs, step));
  add({received("a", "bob@x.com", at(0)), received("mine", "bob@x.com", at(1))});
  EXPECT_THAT(history("bob@x.com"), ElementsAre("a", "mine"));
  EXPECT_THAT(found("body"), ElementsAre("mine", "a"));
  EXPECT_EQ(contact("bob@x.com")->message_count, 2);
  remove("a");
  const auto query = parse_search("body").value();
  EXPECT_THAT(ids_of(wait_for(archive().search(everyone_, other, query, 10, ""))),
              ElementsAre("theirs", "a"));
}

TEST_P(StoreArchive, old_mail_expires_in_pieces) {
  for (int i = 0; i < 5; ++i) add({received(std::to_string(i), "bob@x.com", at(i))});
  EXPECT_TRUE(wait_for(archive().expire(everyone_, mine_, at(3), 2)));
  EXPECT_FALSE(wait_for(archive().expire(everyone_, mine_, at(3), 2)));
  EXPECT_THAT(history("bob@x.com"), ElementsAre("3", "4"));
  EXPECT_EQ(contact("bob@x.com")->first_seen, at(3));
}

TEST_P(StoreArchive, of_an_erased_archive_nothing_is_left) {
  const auto other = connect("ann", "ann.two@gmail.com").id;
  wait_for(archive().begin(everyone_, other));
  ArchiveStep step;
  step.added = {received("kept", "bob@x.com", at(0))};
  const auto theirs = wait_for(archive().state(everyone_, other)).value();
  wait_for(archive().commit(everyone_, other, theirs, step));

  for (int i = 0; i < 30; ++i) {
    auto message = received(std::to_string(i), "xenophon@x.com", at(i));
    message.archived.message.subject = "Zanzibar trip " + std::to_string(i);
    message.archived.message.body_plain = "quokkas and wombats";
    add({message});
  }
  EXPECT_FALSE(state().is_remnant);
  EXPECT_TRUE(wait_for(archive().erase(everyone_, mine_, 20)));
  EXPECT_EQ(state().cursor, "") << "nobody goes on from where it was";
  EXPECT_TRUE(state().is_remnant);
  EXPECT_FALSE(wait_for(archive().erase(everyone_, mine_, 20)));
  EXPECT_EQ(wait_for(archive().state(everyone_, mine_)), std::nullopt);
  EXPECT_THAT(found("wombats"), IsEmpty());
  int pieces = 0;
  while (wait_for(archive().scrub(everyone_)) && pieces < 1000) ++pieces;
  EXPECT_LT(pieces, 1000);
  EXPECT_THAT(
      ids_of(wait_for(archive().search(everyone_, other, parse_search("body").value(), 10, ""))),
      ElementsAre("kept"));
  open_.reset();
  const auto bytes = place_->bytes();
  for (const auto* word : {"anzibar", "uokka", "ombats", "enophon"}) {
    EXPECT_THAT(bytes, Not(HasSubstr(word)));
  }
}

TEST_P(StoreArchive, a_sender_whose_address_is_longer_than_any_stops_nothing) {
  std::string strange = "someone@";
  for (int i = 0; i < 400; ++i) strange += crypto::random_token(9) + ".";
  auto letter = received("strange", strange + "example", at(10));
  letter.archived.message.body_plain = "quokkas and wombats";
  add({letter, received("plain", "bob@x.com", at(20))});
  EXPECT_THAT(found("wombats"), ElementsAre("strange"));
  EXPECT_EQ(wait_for(archive().contacts(everyone_, mine_, 10)).front().email, "bob@x.com");
}

TEST_P(StoreArchive, words_of_expired_mail_are_scrubbed_when_somebody_asks_for_it) {
  auto old = received("old", "xenophon@x.com", at(0));
  old.archived.message.subject = "Zanzibar trip";
  old.archived.message.body_plain = "quokkas and wombats";
  add({old, received("new", "bob@x.com", at(100))});
  const auto before = at(50);
  const auto overdue = [&](model::ConnectionKind kind, const model::Access& access) {
    return wait_for(archive().overdue(access, kind, before, 10));
  };
  EXPECT_THAT(overdue(model::ConnectionKind::app_password, everyone_), IsEmpty());
  EXPECT_THAT(overdue(model::ConnectionKind::oauth, only("bob")), IsEmpty());
  EXPECT_THAT(overdue(model::ConnectionKind::oauth, everyone_), ElementsAre(mine_));
  EXPECT_FALSE(wait_for(archive().expire(everyone_, mine_, before, 10)));
  EXPECT_THAT(overdue(model::ConnectionKind::oauth, everyone_), IsEmpty());
  EXPECT_FALSE(wait_for(archive().scrub(everyone_))) << "not for each message";
  wait_for(archive().scrub_removed(everyone_));
  int pieces = 0;
  while (wait_for(archive().scrub(everyone_)) && pieces < 1000) ++pieces;
  EXPECT_LT(pieces, 1000);
  EXPECT_THAT(found("wombats"), IsEmpty());
  open_.reset();
  const auto bytes = place_->bytes();
  for (const auto* word : {"anzibar", "uokka", "ombats", "enophon"}) {
    EXPECT_THAT(bytes, Not(HasSubstr(word)));
  }
  if (!bytes.empty()) {
    EXPECT_THAT(bytes, HasSubstr("bob@x.com"));
  }
}

TEST_P(StoreArchive, an_archive_goes_with_its_connection) {
  add({received("a", "bob@x.com", at(0)), received("b", "bob@x.com", at(1))});
  EXPECT_TRUE(StoreContract::remove(everyone_, mine_, "spent"));
  while (wait_for(archive().scrub(everyone_))) {
  }
  const auto again = connect("ann", "ann@gmail.com").id;
  wait_for(archive().begin(everyone_, again));
  const auto query = parse_search("body").value();
  EXPECT_THAT(ids_of(wait_for(archive().search(everyone_, again, query, 10, ""))), IsEmpty());
  open_.reset();
  EXPECT_THAT(place_->bytes(), Not(HasSubstr("Snippet of a")));
}

}  // namespace
}  // namespace gmail_mcp::store
