// What an archive must do with messages it holds: keep those of one second in the order of arrival,
// know what is gone from a folder, and take what is read anew.
#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t most = 1000;
const std::string all_mail = "1/All Mail";

class StoreArchiveAgain : public StoreContract {
 protected:
  StoreArchiveAgain() { wait_for(archive().begin(everyone_, mine_)); }

  Archives& archive() { return store().archive(); }

  // A letter of bob's that arrived as the number `uid` of All Mail.
  NewArchived arrived(std::int64_t uid, std::chrono::milliseconds after = {}) const {
    NewArchived made;
    auto& message = made.archived.message;
    message.id = model::MessageId{std::to_string(uid)};
    message.thread_id = model::ThreadId{"t"};
    message.subject = "Letter";
    message.from = {.name = "", .email = "bob@x.com"};
    message.date = start_ + after;
    message.snippet = "Snippet of " + message.id.str();
    message.body_plain = "Body of " + message.id.str();
    message.labels = {"INBOX"};
    made.correspondents = {{.name = "", .email = "bob@x.com"}};
    made.spot = {.folder = all_mail, .uid = uid};
    return made;
  }
  void add(std::vector<NewArchived> messages) {
    ArchiveStep step;
    step.added = std::move(messages);
    commit(std::move(step));
  }
  void commit(ArchiveStep step) {
    const auto seen = wait_for(archive().state(everyone_, mine_)).value();
    step.cursor = seen.cursor + "x";
    EXPECT_TRUE(wait_for(archive().commit(everyone_, mine_, seen, std::move(step))).is_stored);
  }
  std::vector<model::ArchivedMessage> history(const std::string& email = "bob@x.com") {
    return wait_for(archive().history(everyone_, mine_, email, most, "")).messages;
  }
  std::vector<std::string> order(const std::string& email = "bob@x.com") {
    std::vector<std::string> ids;
    for (const auto& one : history(email)) ids.push_back(one.message.id.str());
    return ids;
  }
  std::vector<std::string> found(const std::string& words) {
    const auto query = parse_search(words).value();
    std::vector<std::string> ids;
    for (const auto& one : wait_for(archive().search(everyone_, mine_, query, most, "")).messages) {
      ids.push_back(one.message.id.str());
    }
    return ids;
  }
  std::vector<std::string> gone(Present present) {
    std::vector<std::string> ids;
    for (const auto& id : wait_for(archive().gone(everyone_, mine_, std::move(present)))) {
      ids.push_back(id.str());
    }
    return ids;
  }
  ReadBefore read_before(std::int64_t reading, std::int64_t limit = most) {
    return wait_for(archive().read_before(everyone_, mine_, reading, limit));
  }
  bool read_again(std::vector<NewArchived> messages, std::vector<model::MessageId> failed = {}) {
    return wait_for(archive().read_again(everyone_, mine_, std::move(messages), std::move(failed)));
  }

  model::ConnectionId mine_ = connect("ann", "ann@gmail.com").id;
  Timestamp start_ = std::chrono::floor<std::chrono::seconds>(clock_.now());
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreArchiveAgain, ::testing::ValuesIn(backends()),
                         backend_name);

// --- the order of one second

TEST_P(StoreArchiveAgain, a_walk_from_the_newest_keeps_the_order_of_arrival_within_a_second) {
  add({arrived(9), arrived(8), arrived(7)});
  add({arrived(6), arrived(5)});
  add({arrived(10), arrived(11)});
  add({arrived(4)});
  add({arrived(12)});
  EXPECT_THAT(order(), ElementsAre("4", "5", "6", "7", "8", "9", "10", "11", "12"));
  const auto talk = wait_for(archive().conversations(everyone_, mine_, 1, "")).conversations;
  ASSERT_THAT(talk, SizeIs(1));
  EXPECT_EQ(talk[0].snippet, "Snippet of 12");
}

TEST_P(StoreArchiveAgain, what_comes_between_two_of_the_same_second_stands_between_them) {
  add({arrived(1), arrived(9)});
  add({arrived(5)});
  add({arrived(2), arrived(7)});
  EXPECT_EQ(order().front(), "1");
  EXPECT_THAT(order(), SizeIs(5));
}

TEST_P(StoreArchiveAgain, exact_times_come_before_the_order_of_arrival) {
  using std::chrono::milliseconds;
  add({arrived(3, milliseconds{200}), arrived(1, milliseconds{200}), arrived(7, milliseconds{10})});
  add({arrived(2, milliseconds{0}), arrived(9, milliseconds{150})});
  EXPECT_THAT(order(), ElementsAre("2", "7", "9", "1", "3"));
}

TEST_P(StoreArchiveAgain, what_we_sent_comes_after_all_that_came_in_its_second) {
  using std::chrono::milliseconds;
  const auto sent = [&](std::string id, milliseconds after) {
    auto made = arrived(0, after);
    made.archived.message.id = model::MessageId{std::move(id)};
    made.archived.message.snippet = "Snippet of " + made.archived.message.id.str();
    made.archived.direction = model::Direction::sent;
    made.spot = {};
    return made;
  };
  add({arrived(1)});
  for (const auto* id : {"answer", "second"}) {
    auto noted = sent(id, milliseconds{*id == 'a' ? 7 : 8});
    EXPECT_TRUE(wait_for(archive().note(everyone_, mine_, std::move(noted))));
  }
  add({arrived(2), arrived(3, milliseconds{999})});
  add({arrived(4, milliseconds{1000})});
  EXPECT_THAT(order(), ElementsAre("1", "2", "3", "answer", "second", "4"));
  EXPECT_TRUE(wait_for(archive().note(everyone_, mine_, sent("last", milliseconds{1999}))));
  const auto talk = wait_for(archive().conversations(everyone_, mine_, 1, "")).conversations;
  ASSERT_THAT(talk, SizeIs(1));
  EXPECT_EQ(talk[0].snippet, "Snippet of last");
  const auto contact = wait_for(archive().contact(everyone_, mine_, "bob@x.com"));
  ASSERT_TRUE(contact.has_value());
  EXPECT_EQ(contact->last_seen, start_ + milliseconds{1999});
}

TEST_P(StoreArchiveAgain, five_hundred_of_one_second_are_in_order) {
  for (std::int64_t page = 5; page > 0; --page) {
    std::vector<NewArchived> messages;
    for (auto uid = page * 100; uid > (page - 1) * 100; --uid) messages.push_back(arrived(uid));
    add(std::move(messages));
  }
  const auto ids = order();
  ASSERT_THAT(ids, SizeIs(500));
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], std::to_string(i + 1));
}

// --- what is gone from a folder

TEST_P(StoreArchiveAgain, what_is_in_no_range_of_its_folder_is_gone) {
  auto elsewhere = arrived(3);
  elsewhere.archived.message.id = model::MessageId{"trashed"};
  elsewhere.spot.folder = "1/Trash";
  auto unknown = arrived(4);
  unknown.archived.message.id = model::MessageId{"unknown"};
  unknown.spot = {};
  add({arrived(1), arrived(3), arrived(5), arrived(7), arrived(20), elsewhere, unknown});
  EXPECT_THAT(gone({.folder = all_mail, .ranges = {{2, 3}, {7, 9}}, .below = 20}),
              UnorderedElementsAre("1", "5"));
  EXPECT_THAT(gone({.folder = all_mail, .ranges = {{1, 30}}, .below = 20}), IsEmpty());
  EXPECT_THAT(gone({.folder = all_mail, .ranges = {}, .below = 4}), UnorderedElementsAre("1", "3"));
  EXPECT_THAT(gone({.folder = "2/All Mail", .ranges = {}, .below = 20}), IsEmpty());
  EXPECT_THAT(gone({.folder = "", .ranges = {}, .below = 20}), IsEmpty());
  const auto eve = only("eve");
  const Present nothing{.folder = all_mail, .ranges = {}, .below = 20};
  EXPECT_THAT(wait_for(archive().gone(eve, mine_, nothing)), IsEmpty());
}

TEST_P(StoreArchiveAgain, a_message_that_moved_is_looked_for_where_it_is_now) {
  add({arrived(1), arrived(2)});
  ArchiveStep moved;
  moved.relabelled = {{model::MessageId{"1"}, {"TRASH"}, {.folder = "1/Trash", .uid = 8}}};
  commit(std::move(moved));
  auto back = arrived(2);
  back.spot.uid = 9;
  add({back});
  EXPECT_THAT(gone({.folder = all_mail, .ranges = {}, .below = 20}), ElementsAre("2"));
  EXPECT_THAT(gone({.folder = all_mail, .ranges = {}, .below = 9}), IsEmpty());
  EXPECT_THAT(gone({.folder = "1/Trash", .ranges = {}, .below = 20}), ElementsAre("1"));
  ArchiveStep silent;
  silent.relabelled = {{model::MessageId{"1"}, {"TRASH", "UNREAD"}, {}}};
  commit(std::move(silent));
  EXPECT_THAT(gone({.folder = "1/Trash", .ranges = {}, .below = 20}), ElementsAre("1"));
}

// --- reading anew

TEST_P(StoreArchiveAgain, what_an_earlier_version_read_is_replaced_and_nothing_else) {
  auto forged = arrived(1);
  forged.archived.message.from = {.name = "", .email = "boss@x.com"};
  forged.correspondents = {{.name = "The Boss", .email = "boss@x.com"}};
  forged.archived.message.body_plain = "";
  auto right = arrived(2);
  right.reading = 1;
  add({forged, right, arrived(3)});
  EXPECT_THAT(read_before(1).ids, ElementsAre(model::MessageId{"3"}, model::MessageId{"1"}));
  EXPECT_THAT(read_before(1, 1).ids, ElementsAre(model::MessageId{"3"}));

  auto honest = arrived(1);
  honest.reading = 1;
  honest.spot = {};  // it is where it was
  honest.archived.message.body_plain = "The whole letter";
  auto removed = arrived(77);
  removed.reading = 1;
  EXPECT_TRUE(read_again({honest, removed}));
  EXPECT_THAT(order(), ElementsAre("1", "2", "3")) << "what is not stored stays away";
  EXPECT_EQ(history()[0].message.from.email, "bob@x.com");
  EXPECT_THAT(order("boss@x.com"), IsEmpty());
  EXPECT_EQ(wait_for(archive().contact(everyone_, mine_, "boss@x.com")), std::nullopt);
  EXPECT_EQ(wait_for(archive().contact(everyone_, mine_, "bob@x.com"))->message_count, 3);
  EXPECT_THAT(found("whole"), ElementsAre("1"));
  EXPECT_THAT(found("letter"), ElementsAre("3", "2", "1")) << "a word it had, and has again";
  EXPECT_THAT(gone({.folder = all_mail, .ranges = {}, .below = 2}), ElementsAre("1"));
  EXPECT_THAT(read_before(1).ids, ElementsAre(model::MessageId{"3"}));
}

TEST_P(StoreArchiveAgain, what_cannot_be_read_comes_last_and_alone) {
  add({arrived(1), arrived(2), arrived(3)});
  auto second = arrived(2);
  second.reading = 1;
  EXPECT_TRUE(read_again({second}, {model::MessageId{"3"}}));
  auto next = read_before(1);
  EXPECT_THAT(next.ids, ElementsAre(model::MessageId{"1"}));
  EXPECT_FALSE(next.was_tried);
  EXPECT_TRUE(read_again({}, {model::MessageId{"1"}}));
  next = read_before(1);
  EXPECT_THAT(next.ids, ElementsAre(model::MessageId{"3"}, model::MessageId{"1"}));
  EXPECT_TRUE(next.was_tried);
  EXPECT_TRUE(read_again({}, {model::MessageId{"3"}}));
  EXPECT_THAT(read_before(1).ids, ElementsAre(model::MessageId{"1"})) << "each has its turn";
  auto third = arrived(3);
  auto first = arrived(1);
  third.reading = first.reading = 1;
  EXPECT_TRUE(read_again({third, first}));
  EXPECT_THAT(read_before(1).ids, IsEmpty());
  EXPECT_THAT(order(), ElementsAre("1", "2", "3"));
}

TEST_P(StoreArchiveAgain, an_order_that_an_earlier_version_had_wrong_is_put_right) {
  std::vector<NewArchived> all;
  for (const auto uid : {5, 4, 3, 2, 1}) {
    auto one = arrived(uid);
    one.spot = {};  // it knew of none, and gave the first place to the newest
    all.push_back(one);
  }
  add(all);
  ASSERT_THAT(order(), ElementsAre("5", "4", "3", "2", "1"));
  for (const auto& some : {std::vector{5, 4}, std::vector{3, 2, 1}}) {
    std::vector<NewArchived> again;
    for (const auto uid : some) again.push_back(arrived(uid));
    EXPECT_TRUE(read_again(std::move(again)));
  }
  EXPECT_THAT(order(), ElementsAre("1", "2", "3", "4", "5"));
}

TEST_P(StoreArchiveAgain, reading_anew_is_nobody_else_s) {
  add({arrived(1)});
  const auto eve = only("eve");
  EXPECT_THAT(wait_for(archive().read_before(eve, mine_, 1, most)).ids, IsEmpty());
  std::vector<NewArchived> again{arrived(1)};
  again[0].archived.message.body_plain = "other";
  EXPECT_FALSE(wait_for(archive().read_again(eve, mine_, std::move(again), {})));
  EXPECT_EQ(history()[0].message.body_plain, "Body of 1");
}

}  // namespace
}  // namespace gmail_mcp::store
