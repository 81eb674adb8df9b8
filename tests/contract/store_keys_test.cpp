// What the rotation of keys needs of every store.
#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoreKeys : public StoreContract {
 protected:
  std::int64_t reseal(const model::ConnectionId& id, const std::string& seen,
                      const std::string& anew) {
    std::vector<Resealed> all;
    all.push_back({id, {"access", seen, ""}, {"access anew", anew, ""}});
    return wait_for(connections().reseal(everyone_, std::move(all)));
  }
  std::string refresh_token_of(const model::ConnectionId& id) {
    return stored(id).ciphertexts.refresh_token;
  }
  void begin_flow(const std::string& state) {
    Flow flow;
    flow.state_hash = state;
    flow.user_id = user("ann").id;
    flow.code_verifier_encrypted = "verifier";
    flow.expires_at = clock_.now() + std::chrono::minutes{10};
    wait_for(store().flows().begin(everyone_, std::move(flow)));
  }
};

TEST_P(StoreKeys, what_is_sealed_comes_in_portions_each_connection_once) {
  for (int i = 0; i < 5; ++i) connect("ann", std::to_string(i) + "@gmail.com");
  const auto ended = connect("bob", "ended@gmail.com");
  wait_for(connections().disconnect(everyone_, ended.id, Erasure::none));
  const auto leaving = connect("bob", "leaving@gmail.com");
  wait_for(connections().begin_ending(everyone_, leaving.id, model::ConnectionStatus::removing,
                                      std::nullopt, Erasure::everything));
  std::set<std::string> seen;
  std::optional<model::ConnectionId> last;
  while (true) {
    const auto portion = wait_for(connections().sealed_after(everyone_, last, 2));
    if (portion.empty()) break;
    EXPECT_LE(portion.size(), 2U);
    for (const auto& one : portion) {
      EXPECT_TRUE(seen.insert(one.id.str()).second);
      EXPECT_EQ(one.ciphertexts.refresh_token, "refresh");
    }
    last = portion.back().id;
  }
  EXPECT_EQ(seen.size(), 6U) << "one that leaves still has its token to be revoked";
  EXPECT_FALSE(seen.contains(ended.id.str())) << "nothing of it is sealed";
}

TEST_P(StoreKeys, a_seal_is_replaced_while_it_is_as_it_was_seen_and_nothing_else_changes) {
  const auto one = connect("ann", "ann@gmail.com");
  EXPECT_EQ(reseal(one.id, "another", "anew"), 0);
  EXPECT_EQ(refresh_token_of(one.id), "refresh");
  EXPECT_EQ(reseal(one.id, "refresh", "anew"), 1);
  EXPECT_EQ(refresh_token_of(one.id), "anew");
  EXPECT_EQ(found(one.id), one) << "its version and its times, too";
  EXPECT_EQ(reseal(one.id, "refresh", "again"), 0) << "once";
}

TEST_P(StoreKeys, a_refresh_under_way_and_new_seals_do_not_undo_each_other) {
  const auto one = connect("ann", "ann@gmail.com");
  EXPECT_TRUE(wait_for(
      connections().begin_refresh(everyone_, one.id, one.version, std::chrono::seconds{60})));
  EXPECT_EQ(reseal(one.id, "refresh", "anew"), 1);
  RefreshedToken fresh;
  fresh.access_token = "fresh";
  fresh.expires_at = clock_.now() + std::chrono::hours{1};
  EXPECT_TRUE(wait_for(connections().finish_refresh(everyone_, one.id, one.version, fresh)));
  EXPECT_EQ(stored(one.id).ciphertexts.access_token, "fresh");
  EXPECT_EQ(refresh_token_of(one.id), "anew");
  EXPECT_EQ(reseal(one.id, "anew", "late"), 0) << "the access token is another one now";
  EXPECT_EQ(stored(one.id).ciphertexts.access_token, "fresh");
}

TEST_P(StoreKeys, nothing_is_put_back_where_it_was_erased) {
  const auto one = connect("ann", "ann@gmail.com");
  wait_for(connections().disconnect(everyone_, one.id, Erasure::none));
  EXPECT_EQ(reseal(one.id, "refresh", "anew"), 0);
  EXPECT_EQ(stored(one.id).ciphertexts.refresh_token, "");
}

TEST_P(StoreKeys, of_a_portion_each_is_replaced_or_not_on_its_own) {
  const auto one = connect("ann", "ann@gmail.com");
  const auto other = connect("bob", "bob@gmail.com");
  std::vector<Resealed> all;
  all.push_back({one.id, {"access", "changed since", ""}, {"a", "b", ""}});
  all.push_back({other.id, {"access", "refresh", ""}, {"a", "b", ""}});
  EXPECT_EQ(wait_for(connections().reseal(everyone_, std::move(all))), 1);
  EXPECT_EQ(refresh_token_of(one.id), "refresh");
  EXPECT_EQ(refresh_token_of(other.id), "b");
}

TEST_P(StoreKeys, what_is_sealed_of_a_sign_in_is_replaced_as_long_as_it_is_there) {
  for (const auto* state : {"a", "b", "c"}) begin_flow(state);
  auto portion = wait_for(store().flows().sealed_after(everyone_, "", 2));
  ASSERT_THAT(portion, SizeIs(2));
  EXPECT_EQ(portion[1].state_hash, "b");
  EXPECT_TRUE(wait_for(store().flows().reseal(everyone_, portion[1], "anew")));
  EXPECT_FALSE(wait_for(store().flows().reseal(everyone_, portion[1], "again")));
  EXPECT_EQ(wait_for(store().flows().find(everyone_, "b"))->code_verifier_encrypted, "anew");
  portion = wait_for(store().flows().sealed_after(everyone_, "b", 2));
  ASSERT_THAT(portion, SizeIs(1));
  wait_for(store().flows().consume(everyone_, "c"));
  EXPECT_FALSE(wait_for(store().flows().reseal(everyone_, portion[0], "anew")));
  EXPECT_THAT(wait_for(store().flows().sealed_after(everyone_, "b", 2)), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Keys, StoreKeys, ::testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace gmail_mcp::store
