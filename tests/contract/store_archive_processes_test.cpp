// Processes that change one archive at the same time: what is derived from the messages agrees with
// them afterwards, and nobody waits for somebody who waits for him.
#include <atomic>
#include <map>
#include <random>
#include <set>

#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

class StoreArchiveProcesses : public SharedStoreContract {
 protected:
  StoreArchiveProcesses() { wait_for(store().archive().begin(everyone_, mine_)); }

  NewArchived letter(int number, bool is_sent) const {
    NewArchived made;
    auto& message = made.archived.message;
    message.id = model::MessageId{std::to_string(number)};
    message.thread_id = model::ThreadId{"t" + std::to_string(number % 4)};
    message.date = start_ + std::chrono::minutes{number};
    message.body_plain = "word";
    message.labels = {number % 3 == 0 ? "UNREAD" : "INBOX"};
    message.message_id_header = "<" + message.id.str() + "@here>";
    if (is_sent) made.archived.direction = model::Direction::sent;
    for (int i = 0; i <= number % 3; ++i) {
      const auto name = "p" + std::to_string((number + i) % 5);
      made.correspondents.push_back({.name = name, .email = name + "@x.com"});
    }
    return made;
  }
  ArchiveStep step_of(std::mt19937& random) const {
    ArchiveStep step;
    for (int i = 0; i < 4; ++i) {
      const int number = static_cast<int>(random() % 40);
      const model::MessageId id{std::to_string(number)};
      switch (random() % 4) {
        case 0: step.removed.push_back(id); break;
        case 1: step.relabelled.push_back({id, {"TRASH"}}); break;
        case 2: step.relabelled.push_back({id, {"UNREAD"}}); break;
        default: step.added.push_back(letter(number, false));
      }
    }
    step.begins_walk = random() % 8 == 0;
    step.ends = random() % 4 == 0;
    return step;
  }
  void change(Archives& archive, std::mt19937& random) {
    switch (random() % 6) {
      case 0:
        wait_for(archive.note(everyone_, mine_, letter(static_cast<int>(random() % 40), true)));
        return;
      case 1: wait_for(archive.sweep(everyone_, mine_, 3)); return;
      case 2:
        wait_for(archive.expire(everyone_, mine_, start_ + std::chrono::minutes{random() % 8}, 2));
        return;
      case 3: {
        std::vector<NewArchived> again;
        for (int i = 0; i < 3; ++i) again.push_back(letter(static_cast<int>(random() % 40), false));
        wait_for(archive.read_again(everyone_, mine_, std::move(again), {}));
        return;
      }
      default: {
        const auto seen = wait_for(archive.state(everyone_, mine_)).value();
        wait_for(archive.commit(everyone_, mine_, seen, step_of(random)));
      }
    }
  }

  void expect_agreement() {
    auto& archive = store().archive();
    std::map<std::string, std::int64_t> threads;
    std::map<std::string, std::int64_t> unread;
    std::set<std::string> shown;
    std::map<std::string, std::set<std::string>> people;
    for (int i = 0; i < 5; ++i) {
      const auto email = "p" + std::to_string(i) + "@x.com";
      const auto page = wait_for(archive.history(everyone_, mine_, email, 1000, ""));
      for (const auto& one : page.messages) {
        people[email].insert(one.message.id.str());
        if (!shown.insert(one.message.id.str()).second) continue;
        ++threads[one.message.thread_id.str()];
        if (one.message.labels[0] == "UNREAD") ++unread[one.message.thread_id.str()];
      }
      const auto known = wait_for(archive.contact(everyone_, mine_, email));
      EXPECT_EQ(known ? known->message_count : 0, static_cast<std::int64_t>(page.messages.size()));
      if (!known) continue;
      EXPECT_EQ(known->first_seen, page.messages.front().message.date);
      EXPECT_EQ(known->last_seen, page.messages.back().message.date);
    }
    const auto list = wait_for(archive.conversations(everyone_, mine_, 1000, "")).conversations;
    EXPECT_EQ(list.size(), threads.size());
    for (const auto& one : list) {
      EXPECT_EQ(one.message_count, threads[one.thread_id.str()]);
      EXPECT_EQ(one.unread_count, unread[one.thread_id.str()]);
    }
    const auto query = parse_search("word").value();
    const auto found = wait_for(archive.search(everyone_, mine_, query, 1000, ""));
    EXPECT_EQ(found.messages.size(), shown.size());
  }

  model::ConnectionId mine_ = connect("ann", "ann@gmail.com").id;
  Timestamp start_ = clock_.now();
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreArchiveProcesses, ::testing::ValuesIn(shared_backends()),
                         backend_name);

TEST_P(StoreArchiveProcesses, whatever_they_do_at_once_contacts_and_conversations_agree) {
  std::atomic<int> failures = 0;
  race(6, [&](int i) {
    std::mt19937 random{static_cast<unsigned>(i)};
    auto& archive = (i % 2 == 0 ? store() : other()).archive();
    for (int round = 0; round < 25; ++round) {
      try {
        change(archive, random);
      } catch (const Error& error) {
        // Five times somebody else took the key.
        if (error.code != Errc::conflict) {
          ++failures;
          ADD_FAILURE() << error.message;
        }
      }
    }
  });
  EXPECT_EQ(failures, 0);
  expect_agreement();
}

// Each letter has all the people, in an order of its own: whoever locks them in that order waits
// for another who does.
TEST_P(StoreArchiveProcesses, what_is_noted_while_other_letters_expire_is_counted) {
  race(8, [&](int i) {
    std::mt19937 random{static_cast<unsigned>(i)};
    auto& archive = (i % 4 < 2 ? store() : other()).archive();
    for (int round = 0; round < 30; ++round) {
      const auto minute = static_cast<int>(random() % 30);
      if (i % 2 == 0) {
        auto made = letter(minute, true);
        auto& message = made.archived.message;
        message.id = model::MessageId{std::to_string(i) + "-" + std::to_string(round)};
        message.date += std::chrono::seconds{i * 7};
        made.correspondents.clear();
        for (int n = 0; n < 5; ++n) {
          const auto name = "p" + std::to_string((n + i + round) % 5);
          made.correspondents.push_back({.name = "", .email = name + "@x.com"});
        }
        EXPECT_TRUE(wait_for(archive.note(everyone_, mine_, std::move(made))));
      } else {
        wait_for(archive.expire(everyone_, mine_, start_ + std::chrono::minutes{minute / 2}, 3));
      }
    }
  });
  expect_agreement();
}

}  // namespace
}  // namespace gmail_mcp::store
