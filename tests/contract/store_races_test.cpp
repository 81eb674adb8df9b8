// What several processes do to the same rows at the same time. Engines differ in what a transaction
// sees of another that commits between two of its statements; the answers must not.
#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

constexpr int rounds = 12;

class StoreRaces : public SharedStoreContract {
 protected:
  SendRecord send_of(const model::Connection& connection) {
    return {.id = crypto::random_uuid(),
            .user_id = connection.user_id,
            .connection_id = connection.id,
            .tool = "gmail_send",
            .idempotency_key = "",
            .fingerprint = "print",
            .rfc822_message_id = "<a@b>",
            .result_json = "",
            .process_id = "first"};
  }
  /// Both at once; what each throws is its result.
  static std::array<std::optional<Errc>, 2> both(const std::function<void()>& one,
                                                 const std::function<void()>& two) {
    std::array<std::optional<Errc>, 2> failures;
    race(2, [&](int i) {
      try {
        i == 0 ? one() : two();
      } catch (const Error& error) {
        failures[static_cast<std::size_t>(i)] = error.code;
      }
    });
    return failures;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreRaces, ::testing::ValuesIn(shared_backends()),
                         backend_name);

TEST_P(StoreRaces, an_account_that_was_connected_is_there_even_if_its_user_was_removed_meanwhile) {
  for (int i = 0; i < rounds; ++i) {
    const auto name = "ann" + std::to_string(i);
    const auto credential = credential_of(name, "ann@gmail.com");
    bool was_erased = false;
    std::optional<model::Connection> saved;
    const auto failures =
        both([&] { saved = wait_for(connections().save(everyone_, credential)); },
             [&] {
               was_erased = wait_for(other().users().erase(everyone_, model::ExternalUserId{name}));
             });
    EXPECT_EQ(failures[1], std::nullopt);
    if (failures[0]) {
      EXPECT_EQ(failures[0], Errc::not_found);
      EXPECT_TRUE(was_erased);
    } else {
      EXPECT_FALSE(was_erased);
      EXPECT_TRUE(wait_for(other().connections().find(everyone_, saved->id)).has_value());
    }
  }
}

TEST_P(StoreRaces, a_user_who_is_asked_for_is_there_however_often_it_is_removed) {
  std::atomic<int> refused = 0;
  race(6, [&](int i) {
    for (int round = 0; round < rounds; ++round) {
      auto& users = i % 2 == 0 ? store().users() : other().users();
      try {
        if (i < 4) {
          wait_for(users.get_or_create(everyone_, model::ExternalUserId{"ann"}));
        } else {
          wait_for(users.erase(everyone_, model::ExternalUserId{"ann"}));
        }
      } catch (const Error&) {
        ++refused;
      }
    }
  });
  EXPECT_EQ(refused, 0);
}

TEST_P(StoreRaces, a_flow_is_begun_for_a_user_who_is_there_or_not_at_all) {
  for (int i = 0; i < rounds; ++i) {
    const auto name = "ann" + std::to_string(i);
    const auto ann = user(name);
    const Flow flow{.state_hash = name,
                    .user_id = ann.id,
                    .external_user_id = ann.external_id,
                    .expires_at = clock_.now() + std::chrono::hours{1}};
    const auto failures =
        both([&] { wait_for(store().flows().begin(everyone_, flow)); },
             [&] { wait_for(other().users().erase(everyone_, model::ExternalUserId{name})); });
    EXPECT_EQ(failures[1], std::nullopt);
    EXPECT_EQ(failures[0].value_or(Errc::not_found), Errc::not_found);
  }
}

TEST_P(StoreRaces, what_two_processes_erase_at_once_is_counted_once) {
  for (int i = 0; i < rounds; ++i) {
    const auto spent = "spent" + std::to_string(i);
    const auto connection = connect("ann", std::to_string(i) + "@gmail.com");
    for (int sent = 0; sent < 3; ++sent) {
      wait_for(store().sends().begin(everyone_, send_of(connection), {}));
    }
    wait_for(connections().disconnect(everyone_, connection.id, Erasure::sends));
    const auto erase = [&](Store& one) {
      wait_for(one.sends().erase(everyone_, connection.id, spent));
    };
    const auto failures = both([&] { erase(store()); }, [&] { erase(other()); });
    EXPECT_EQ(failures[0], std::nullopt);
    EXPECT_EQ(failures[1], std::nullopt);
    const auto since = clock_.now() - std::chrono::hours{1};
    EXPECT_EQ(wait_for(store().sends().count_spent(spent, since)), 3);
  }
}

TEST_P(StoreRaces, a_send_that_began_before_its_account_ended_is_counted) {
  for (int i = 0; i < rounds; ++i) {
    const auto spent = "spent" + std::to_string(i);
    const auto connection = connect("ann", std::to_string(i) + "@gmail.com");
    const auto failures =
        both([&] { wait_for(store().sends().begin(everyone_, send_of(connection), {})); },
             [&] {
               wait_for(other().connections().begin_ending(everyone_, connection.id,
                                                           model::ConnectionStatus::removing,
                                                           std::nullopt, Erasure::everything));
               wait_for(other().connections().remove(everyone_, connection.id, spent));
             });
    EXPECT_EQ(failures[1], std::nullopt);
    EXPECT_EQ(failures[0].value_or(Errc::not_found), Errc::not_found);
    const auto since = clock_.now() - std::chrono::hours{1};
    EXPECT_EQ(wait_for(store().sends().count_spent(spent, since)), failures[0] ? 0 : 1);
  }
}

TEST_P(StoreRaces, who_connects_again_is_not_removed_by_what_had_begun_before) {
  for (int i = 0; i < rounds; ++i) {
    const auto address = std::to_string(i) + "@gmail.com";
    const auto credential = credential_of("ann", address);
    const auto connection = wait_for(connections().save(everyone_, credential));
    wait_for(store().sends().begin(everyone_, send_of(connection), {}));
    wait_for(connections().begin_ending(everyone_, connection.id, model::ConnectionStatus::removing,
                                        std::nullopt, Erasure::everything));
    std::optional<model::Connection> saved;
    bool was_removed = false;
    const auto failures = both(
        [&] { saved = wait_for(store().connections().save(everyone_, credential)); },
        [&] {
          was_removed = wait_for(other().connections().remove(everyone_, connection.id, address));
        });
    EXPECT_EQ(failures[0], std::nullopt);
    EXPECT_EQ(failures[1], std::nullopt);
    EXPECT_EQ(saved->id != connection.id, was_removed);
    EXPECT_TRUE(wait_for(other().connections().find(everyone_, saved->id)).has_value());
    const auto since = clock_.now() - std::chrono::hours{1};
    EXPECT_EQ(wait_for(store().sends().count_spent(address, since)), was_removed ? 1 : 0);
  }
}

TEST_P(StoreRaces, leases_taken_in_opposite_orders_are_taken_once) {
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("watch/" + std::to_string(i));
  const std::vector<std::string> reversed{names.rbegin(), names.rend()};
  for (int i = 0; i < rounds / 3; ++i) {
    std::array<std::size_t, 2> taken{};
    const auto failures = both(
        [&] {
          taken[0] =
              wait_for(store().leases().take_all(names, "a", std::chrono::seconds{600})).size();
        },
        [&] {
          taken[1] =
              wait_for(other().leases().take_all(reversed, "b", std::chrono::seconds{600})).size();
        });
    EXPECT_EQ(failures[0], std::nullopt);
    EXPECT_EQ(failures[1], std::nullopt);
    EXPECT_EQ(taken[0] + taken[1], names.size());
    const auto given_back = both([&] { wait_for(store().leases().release_all(names, "a")); },
                                 [&] { wait_for(other().leases().release_all(reversed, "b")); });
    EXPECT_EQ(given_back[0], std::nullopt);
    EXPECT_EQ(given_back[1], std::nullopt);
  }
}

TEST_P(StoreRaces, what_two_processes_note_of_the_same_accounts_is_written) {
  std::vector<model::ConnectionId> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(connect("ann", std::to_string(i) + "@gmail.com").id);
  for (int i = 0; i < rounds; ++i) {
    clock_.advance(std::chrono::minutes{1});
    for (const auto& id : ids) store().connections().touch(id);
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) other().connections().note_ok(*id);
    const auto failures =
        both([&] { wait_for(store().flush()); }, [&] { wait_for(other().flush()); });
    EXPECT_EQ(failures[0], std::nullopt);
    EXPECT_EQ(failures[1], std::nullopt);
  }
  clock_.advance(std::chrono::seconds{3});
  const auto last = wait_for(other().connections().find(everyone_, ids.back()));
  EXPECT_TRUE(last->last_used_at.has_value());
  EXPECT_TRUE(last->last_ok_at.has_value());
}

TEST_P(StoreRaces, one_of_two_processes_refreshes_a_token) {
  const auto connection = connect("ann", "ann@gmail.com");
  std::atomic<int> begun = 0;
  race(16, [&](int i) {
    auto& one = i % 2 == 0 ? store() : other();
    if (wait_for(one.connections().begin_refresh(everyone_, connection.id, connection.version,
                                                 std::chrono::seconds{60}))) {
      ++begun;
    }
  });
  EXPECT_EQ(begun, 1);
}

TEST_P(StoreRaces, the_longest_address_and_user_are_kept_whole) {
  const std::string address = std::string(64, 'a') + "@" + std::string(255, 'b');
  std::string name;
  for (int i = 0; i < 127; ++i) name += "é";
  const auto saved = connect(name, address);
  EXPECT_EQ(saved.gmail_address, address);
  EXPECT_EQ(saved.external_user_id.str(), name);
  EXPECT_EQ(user(name).email, address);
}

}  // namespace
}  // namespace gmail_mcp::store
