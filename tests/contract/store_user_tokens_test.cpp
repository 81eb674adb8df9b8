// Tokens of persons: found by their digest, ended, and gone with their user.
#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t room_for_tokens = 100;

class UserTokensContract : public StoreContract {
 protected:
  UserTokens& tokens() { return store().user_tokens(); }

  model::UserToken token_of(const std::string& name, const std::string& id) {
    user(name);
    model::UserToken token;
    token.id = id;
    token.user = model::ExternalUserId{name};
    token.created_at = clock_.now();
    return token;
  }
  bool add(model::UserToken token, std::int64_t most = room_for_tokens) {
    auto digest = digest_of(token.id);
    return wait_for(tokens().add(everyone_, std::move(token), std::move(digest), most));
  }
  static std::string digest_of(const std::string& id) { return "digest of " + id; }
  std::optional<model::UserToken> found(const std::string& id,
                                        std::optional<model::Access> access = {}) {
    std::vector<std::string> digests{digest_of(id)};
    auto all = wait_for(tokens().find(access.value_or(everyone_), std::move(digests)));
    if (all.empty()) return std::nullopt;
    EXPECT_EQ(all[0].digest, digest_of(id));
    return all[0].token;
  }
  std::vector<std::string> listed(std::optional<std::string> name = {}) {
    std::optional<model::ExternalUserId> of;
    if (name) of = model::ExternalUserId{*name};
    std::vector<std::string> ids;
    for (const auto& one : wait_for(tokens().list(everyone_, of, room_for_tokens)))
      ids.push_back(one.id);
    return ids;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, UserTokensContract, ::testing::ValuesIn(backends()),
                         backend_name);

TEST_P(UserTokensContract, are_found_as_they_were_made) {
  auto token = token_of("ann", "gmu_1");
  token.name = "laptop \"é\"";
  token.grant.connections = {"c1", "c2"};
  token.grant.toolsets = {"read"};
  token.grant.read_only = true;
  token.grant.approval = model::Approval::always;
  token.expires_at = clock_.now() + 24h;
  EXPECT_TRUE(add(token));
  EXPECT_EQ(found("gmu_1"), token);
  const auto plain = token_of("bob", "gmu_2");
  EXPECT_TRUE(add(plain));
  EXPECT_EQ(found("gmu_2"), plain);
  EXPECT_EQ(found("gmu_3"), std::nullopt);
}

TEST_P(UserTokensContract, are_looked_for_many_at_once) {
  std::vector<std::string> digests;
  for (int i = 0; i < 40; ++i) {
    const auto id = "gmu_" + std::to_string(i);
    if (i % 3 == 0) {
      EXPECT_TRUE(add(token_of("ann", id)));
    }
    digests.push_back(digest_of(id));
  }
  EXPECT_EQ(wait_for(tokens().find(everyone_, digests)).size(), 14U);
  EXPECT_THAT(wait_for(tokens().find(only("bob"), digests)), IsEmpty());
  EXPECT_THAT(wait_for(tokens().find(everyone_, {})), IsEmpty());
}

TEST_P(UserTokensContract, of_one_id_there_is_one) {
  EXPECT_TRUE(add(token_of("ann", "gmu_1")));
  auto again = token_of("bob", "gmu_1");
  EXPECT_EQ(code_of(tokens().add(everyone_, again, "another digest", room_for_tokens)),
            Errc::conflict);
}

TEST_P(UserTokensContract, a_user_has_so_many_live_ones_and_no_more) {
  EXPECT_TRUE(add(token_of("ann", "gmu_1"), 2));
  auto short_lived = token_of("ann", "gmu_2");
  short_lived.expires_at = clock_.now() + 1h;
  EXPECT_TRUE(add(short_lived, 2));
  EXPECT_FALSE(add(token_of("ann", "gmu_3"), 2));
  EXPECT_TRUE(add(token_of("bob", "gmu_4"), 2)) << "another user's do not count";
  clock_.advance(2h);
  EXPECT_TRUE(add(token_of("ann", "gmu_3"), 2)) << "one has expired";
  EXPECT_FALSE(add(token_of("ann", "gmu_5"), 2));
  wait_for(tokens().revoke(everyone_, "gmu_1"));
  EXPECT_TRUE(add(token_of("ann", "gmu_5"), 2)) << "one was revoked";
}

TEST_P(UserTokensContract, belong_to_a_user_who_is_within_the_access) {
  const auto of_ann = token_of("ann", "gmu_1");
  EXPECT_FALSE(wait_for(tokens().add(only("bob"), of_ann, digest_of("gmu_1"), room_for_tokens)));
  EXPECT_TRUE(wait_for(tokens().add(only("ann"), of_ann, digest_of("gmu_1"), room_for_tokens)));
  EXPECT_EQ(found("gmu_1", only("bob")), std::nullopt);
  EXPECT_TRUE(found("gmu_1", only("ann")));
  EXPECT_EQ(wait_for(tokens().revoke(only("bob"), "gmu_1")), std::nullopt);
  EXPECT_TRUE(found("gmu_1")->is_live(clock_.now()));
  EXPECT_THAT(wait_for(tokens().list(only("bob"), model::ExternalUserId{"ann"}, room_for_tokens)),
              IsEmpty());
  EXPECT_FALSE(wait_for(tokens().has_any(only("bob"))));
  EXPECT_TRUE(wait_for(tokens().has_any(only("ann"))));
}

TEST_P(UserTokensContract, are_listed_the_newest_first) {
  for (const auto* id : {"gmu_1", "gmu_2", "gmu_3"}) {
    add(token_of(id == std::string{"gmu_2"} ? "bob" : "ann", id));
    clock_.advance(1s);
  }
  EXPECT_THAT(listed(), ElementsAre("gmu_3", "gmu_2", "gmu_1"));
  EXPECT_THAT(listed("ann"), ElementsAre("gmu_3", "gmu_1"));
  EXPECT_THAT(listed("nobody"), IsEmpty());
}

TEST_P(UserTokensContract, that_are_revoked_stay_for_a_while_with_the_first_time) {
  EXPECT_FALSE(wait_for(tokens().has_any(everyone_)));
  add(token_of("ann", "gmu_1"));
  EXPECT_TRUE(wait_for(tokens().has_any(everyone_)));
  const auto at = clock_.now();
  EXPECT_EQ(wait_for(tokens().revoke(everyone_, "gmu_1"))->revoked_at, at);
  clock_.advance(1h);
  EXPECT_EQ(wait_for(tokens().revoke(everyone_, "gmu_1"))->revoked_at, at);
  EXPECT_EQ(wait_for(tokens().revoke(everyone_, "gmu_2")), std::nullopt);
  EXPECT_FALSE(wait_for(tokens().has_any(everyone_)));
  EXPECT_FALSE(found("gmu_1")->is_live(clock_.now()));
}

TEST_P(UserTokensContract, that_ended_long_ago_are_purged) {
  add(token_of("ann", "gmu_1"));
  auto short_lived = token_of("ann", "gmu_2");
  short_lived.expires_at = clock_.now() + 1h;
  add(short_lived);
  add(token_of("ann", "gmu_3"));
  wait_for(tokens().revoke(everyone_, "gmu_3"));
  clock_.advance(2h);
  wait_for(tokens().purge(everyone_, clock_.now() - 3h));
  EXPECT_EQ(listed().size(), 3U);
  wait_for(tokens().purge(only("bob"), clock_.now()));
  EXPECT_EQ(listed().size(), 3U);
  wait_for(tokens().purge(everyone_, clock_.now()));
  EXPECT_THAT(listed(), ElementsAre("gmu_1"));
}

TEST_P(UserTokensContract, remember_their_last_use) {
  add(token_of("ann", "gmu_1"));
  clock_.advance(1h);
  tokens().touch("gmu_1");
  tokens().touch("gmu_unknown");
  EXPECT_EQ(found("gmu_1")->last_used_at, std::nullopt) << "it is written with others";
  wait_for(store().flush());
  EXPECT_EQ(found("gmu_1")->last_used_at, clock_.now());
}

TEST_P(UserTokensContract, end_with_their_user) {
  add(token_of("ann", "gmu_1"));
  add(token_of("bob", "gmu_2"));
  EXPECT_TRUE(wait_for(users().erase(everyone_, model::ExternalUserId{"ann"})));
  EXPECT_THAT(listed(), ElementsAre("gmu_2"));
  EXPECT_EQ(found("gmu_1"), std::nullopt);
  tokens().touch("gmu_1");
  wait_for(store().flush());
}

}  // namespace
}  // namespace gmail_mcp::store
