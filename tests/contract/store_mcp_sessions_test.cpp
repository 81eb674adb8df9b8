// What is kept of the sessions of MCP clients.
#include <algorithm>
#include <cctype>

#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class McpSessionsContract : public SharedStoreContract {
 protected:
  static McpSessionChange of(std::string name, std::vector<std::string> watched = {}) {
    McpSessionChange change;
    change.name = std::move(name);
    change.owner = "application:auth_token:ann";
    change.person = model::ExternalUserId{"ann"};
    change.sealed_with = "0a0b0c0d";
    change.watched = std::move(watched);
    return change;
  }
  std::optional<McpSessionRow> row(Store& at, const std::string& name) {
    return wait_for(at.mcp_sessions().find(name));
  }
  void keep(McpSessionChange change) { wait_for(store().mcp_sessions().keep(std::move(change))); }
  Heard heard(Store& at) {
    auto hearing = wait_for(at.news().hear(place_heard_));
    place_heard_ = hearing.next;
    return hearing.heard;
  }

  const std::string name_ = crypto::random_uuid();
  News::Place place_heard_;
};

INSTANTIATE_TEST_SUITE_P(Backends, McpSessionsContract, ::testing::ValuesIn(shared_backends()),
                         backend_name);

TEST_P(McpSessionsContract, what_is_kept_is_known_to_every_process) {
  EXPECT_FALSE(row(other(), name_));
  keep(of(name_, {"contacts://a", "contacts://b"}));
  auto level = of(name_);
  level.log_level = "warning";
  level.unwatched = {"contacts://a"};
  clock_.advance(1min);
  keep(std::move(level));
  const auto found = row(other(), name_);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->ended);
  EXPECT_EQ(found->used, clock_.now());
  EXPECT_EQ(found->log_level, "warning");
  EXPECT_THAT(found->watched, ElementsAre("contacts://b"));
  keep(of(name_));
  EXPECT_EQ(row(other(), name_)->log_level, "warning") << "nothing new leaves it as it was";
}

TEST_P(McpSessionsContract, processes_that_watch_at_once_lose_nothing) {
  race(8, [&](int i) {
    auto& at = i % 2 == 0 ? store() : other();
    auto change = of(name_, {"contacts://" + std::to_string(i)});
    wait_for(at.mcp_sessions().keep(std::move(change)));
  });
  EXPECT_EQ(row(store(), name_)->watched.size(), 8U);
}

TEST_P(McpSessionsContract, an_ended_one_stays_ended) {
  keep(of(name_, {"contacts://a"}));
  wait_for(other().mcp_sessions().end(of(name_)));
  keep(of(name_, {"contacts://b"}));
  const auto found = row(store(), name_);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->ended);
  EXPECT_THAT(found->watched, IsEmpty());
  const auto unknown = crypto::random_uuid();
  wait_for(store().mcp_sessions().end(of(unknown)));
  EXPECT_TRUE(row(other(), unknown)->ended) << "also one of which nothing was kept";
}

TEST_P(McpSessionsContract, the_others_hear_of_it) {
  heard(other());
  keep(of(name_, {"contacts://a"}));
  auto news = heard(other());
  EXPECT_THAT(news.changed_sessions, ElementsAre(name_));
  EXPECT_THAT(news.ended_sessions, IsEmpty());
  EXPECT_THAT(news.mailboxes, IsEmpty());
  keep(of(name_));
  EXPECT_THAT(heard(other()).changed_sessions, IsEmpty()) << "mere use is no news";
  wait_for(store().mcp_sessions().end(of(name_)));
  EXPECT_THAT(heard(other()).ended_sessions, ElementsAre(name_));
}

TEST_P(McpSessionsContract, each_key_is_counted_by_those_that_have_not_ended) {
  keep(of(name_));
  keep(of(crypto::random_uuid()));
  auto newer = of(crypto::random_uuid());
  newer.sealed_with = "ffffffff";
  keep(std::move(newer));
  wait_for(store().mcp_sessions().end(of(name_)));
  EXPECT_THAT(wait_for(store().mcp_sessions().counts_by_key()),
              UnorderedElementsAre(std::pair{std::string{"0a0b0c0d"}, std::int64_t{1}},
                                   std::pair{std::string{"ffffffff"}, std::int64_t{1}}));
}

TEST_P(McpSessionsContract, those_that_nobody_used_are_purged) {
  keep(of(name_, {"contacts://a"}));
  clock_.advance(1min);
  const auto newer = crypto::random_uuid();
  keep(of(newer));
  wait_for(store().mcp_sessions().purge(clock_.now()));
  EXPECT_FALSE(row(store(), name_));
  EXPECT_TRUE(row(store(), newer));
}

TEST_P(McpSessionsContract, the_sessions_of_a_person_who_is_erased_end) {
  user("ann");
  keep(of(name_, {"contacts://a"}));
  auto bobs = of(crypto::random_uuid());
  bobs.person = model::ExternalUserId{"bob"};
  const auto bobs_name = bobs.name;
  keep(std::move(bobs));
  heard(store());
  EXPECT_FALSE(wait_for(users().erase(only("bob"), model::ExternalUserId{"ann"})) &&
               row(store(), name_)->ended)
      << "nobody can do that for another";
  EXPECT_TRUE(wait_for(users().erase(everyone_, model::ExternalUserId{"ann"})));
  EXPECT_TRUE(row(store(), name_)->ended);
  EXPECT_THAT(row(store(), name_)->watched, IsEmpty());
  EXPECT_FALSE(row(store(), bobs_name)->ended);
  EXPECT_THAT(heard(store()).ended_sessions, ElementsAre(name_)) << "in this process, too";
}

TEST_P(McpSessionsContract, what_they_watch_of_a_connection_ends_with_it) {
  const auto disconnected = connect("ann", "ann@gmail.com");
  const auto removed = connect("ann", "other@gmail.com");
  auto shouted = disconnected.id.str();  // ids are found in any case
  std::ranges::transform(shouted, shouted.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto of_first = "messages://" + shouted + "/eve@shop.example";
  const auto of_second = "messages://" + removed.id.str() + "/eve@shop.example";
  auto change = of(name_, {of_first, of_second, "config://status"});
  change.person.reset();  // an application's, for everybody
  keep(std::move(change));
  heard(store());
  wait_for(connections().finish_erasure(everyone_, disconnected.id));
  EXPECT_EQ(row(store(), name_)->watched.size(), 3U) << "while it is connected";

  wait_for(connections().disconnect(everyone_, disconnected.id, Erasure::everything));
  wait_for(connections().finish_erasure(only("bob"), disconnected.id));
  EXPECT_EQ(row(store(), name_)->watched.size(), 3U) << "nobody can do that for another";
  wait_for(connections().finish_erasure(everyone_, disconnected.id));
  EXPECT_THAT(row(other(), name_)->watched, UnorderedElementsAre(of_second, "config://status"));
  EXPECT_THAT(heard(store()).changed_sessions, ElementsAre(name_)) << "in this process, too";
  EXPECT_TRUE(remove(everyone_, removed.id, "spent"));
  EXPECT_THAT(row(other(), name_)->watched, ElementsAre("config://status"));
  EXPECT_FALSE(row(other(), name_)->ended);
}

}  // namespace
}  // namespace gmail_mcp::store
