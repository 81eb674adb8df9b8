// What persons allowed programs when they signed in with Google.
#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using namespace std::chrono_literals;

class ClientGrantsContract : public StoreContract {
 protected:
  ClientGrants& grants() { return store().client_grants(); }

  ClientGrant grant_of(const std::string& name, const std::string& id = crypto::random_uuid()) {
    ClientGrant grant;
    grant.id = id;
    const auto person = user(name);
    grant.user_id = person.id;
    grant.external_user_id = person.external_id;
    grant.address = name + "@gmail.com";
    grant.hosted_domain = "example.com";
    grant.client = "digest";
    grant.client_name = "A \"program\" – 1";
    grant.scopes = {"mail.read", "mail.send"};
    grant.audience = "https://mail.example/mcp";
    grant.created_at = grant.used_at = grant.rotated_at = clock_.now();
    grant.expires_at = clock_.now() + 60s;
    return grant;
  }
  ClientGrant begun(const std::string& name) {
    auto grant = grant_of(name);
    wait_for(grants().begin(everyone_, grant));
    return grant;
  }
  std::optional<ClientGrant> advance(const std::string& id, std::int64_t least, std::int64_t to) {
    return wait_for(grants().advance(id, least, to, clock_.now(), clock_.now() + 24h));
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, ClientGrantsContract, ::testing::ValuesIn(backends()),
                         backend_name);

TEST_P(ClientGrantsContract, a_grant_is_found_as_it_was_begun) {
  const auto grant = begun("ann");
  EXPECT_EQ(wait_for(grants().find(everyone_, grant.id)), grant);
  EXPECT_EQ(wait_for(grants().find(only("ann"), grant.id)), grant);
  EXPECT_FALSE(wait_for(grants().find(only("bob"), grant.id)));
  EXPECT_FALSE(wait_for(grants().find(everyone_, crypto::random_uuid())));
  EXPECT_FALSE(wait_for(grants().find(everyone_, "no id")));
}

TEST_P(ClientGrantsContract, a_code_is_redeemed_once_however_many_try) {
  const auto grant = begun("ann");
  std::atomic<int> redeemed = 0;
  race(8, [&](int) {
    if (advance(grant.id, 0, 1)) ++redeemed;
  });
  EXPECT_EQ(redeemed, 1);
  const auto after = wait_for(grants().find(everyone_, grant.id)).value();
  EXPECT_EQ(after.generation, 1);
  EXPECT_EQ(after.expires_at, clock_.now() + 24h);
}

TEST_P(ClientGrantsContract, generations_go_forward_only_and_not_after_the_end) {
  const auto grant = begun("ann");
  EXPECT_TRUE(advance(grant.id, 0, 1));
  EXPECT_TRUE(advance(grant.id, 1, 2));
  EXPECT_FALSE(advance(grant.id, 1, 2));
  EXPECT_FALSE(advance(grant.id, 3, 4)) << "not of a generation that the store has not seen";
  EXPECT_TRUE(advance(grant.id, 1, 5)) << "a restored backup may be older than the client";
  clock_.advance(25h);
  EXPECT_FALSE(advance(grant.id, 5, 6));
}

TEST_P(ClientGrantsContract, of_one_user_the_ones_used_last_are_kept) {
  const auto bobs = begun("bob");
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(begun("ann").id);
    EXPECT_TRUE(advance(ids.back(), 0, 1));
    clock_.advance(1s);
  }
  wait_for(grants().touch(ids[0], clock_.now()));
  const auto is_good = [&](const std::string& id) {
    return wait_for(grants().find(everyone_, id))->is_good_at(clock_.now());
  };
  const auto keep = [&](const model::Access& access, std::int64_t kept) {
    wait_for(grants().revoke_all_but(access, model::ExternalUserId{"ann"}, kept, clock_.now()));
  };
  keep(only("bob"), 0);
  EXPECT_TRUE(is_good(ids[1]));
  keep(everyone_, 2);
  EXPECT_TRUE(is_good(ids[0]));
  EXPECT_FALSE(is_good(ids[1]));
  EXPECT_TRUE(is_good(ids[2]));
  keep(only("ann"), 0);
  EXPECT_FALSE(is_good(ids[0]));
  EXPECT_FALSE(is_good(ids[2]));
  EXPECT_TRUE(is_good(bobs.id));
}

TEST_P(ClientGrantsContract, what_is_revoked_does_not_go_on_and_not_by_others) {
  const auto grant = begun("ann");
  EXPECT_TRUE(advance(grant.id, 0, 1));
  EXPECT_FALSE(wait_for(grants().revoke(only("bob"), grant.id, clock_.now())));
  EXPECT_TRUE(wait_for(grants().revoke(only("ann"), grant.id, clock_.now())));
  EXPECT_FALSE(wait_for(grants().revoke(everyone_, grant.id, clock_.now())));
  EXPECT_FALSE(advance(grant.id, 1, 2));
  EXPECT_EQ(wait_for(grants().find(everyone_, grant.id)).value().revoked_at, clock_.now());
}

TEST_P(ClientGrantsContract, lists_show_redeemed_ones_of_the_access) {
  const auto anns = begun("ann");
  const auto bobs = begun("bob");
  begun("ann");
  advance(anns.id, 0, 1);
  advance(bobs.id, 0, 1);
  EXPECT_EQ(wait_for(grants().list(everyone_, 10)).size(), 2U);
  const auto hers = wait_for(grants().list(only("ann"), 10));
  ASSERT_EQ(hers.size(), 1U);
  EXPECT_EQ(hers[0].id, anns.id);
  clock_.advance(1h);
  wait_for(grants().touch(anns.id, clock_.now()));
  EXPECT_EQ(wait_for(grants().list(only("ann"), 10))[0].used_at, clock_.now());
}

TEST_P(ClientGrantsContract, they_go_with_their_user) {
  const auto grant = begun("ann");
  EXPECT_TRUE(wait_for(users().erase(everyone_, model::ExternalUserId{"ann"})));
  EXPECT_FALSE(wait_for(grants().find(everyone_, grant.id)));
  auto late = grant;
  EXPECT_EQ(code_of([](ClientGrants& at, ClientGrant one) -> Task<bool> {
              co_await at.begin(model::Access::system("test"), std::move(one));
              co_return true;
            }(grants(), late)),
            Errc::not_found);
}

TEST_P(ClientGrantsContract, what_ended_long_ago_is_purged) {
  const auto grant = begun("ann");
  clock_.advance(10min);
  wait_for(grants().purge(clock_.now() - 1h, clock_.now()));
  EXPECT_TRUE(wait_for(grants().find(everyone_, grant.id)));
  wait_for(grants().purge(clock_.now(), clock_.now()));
  EXPECT_FALSE(wait_for(grants().find(everyone_, grant.id)));
}

TEST_P(ClientGrantsContract, a_request_is_answered_once_in_its_own_browser) {
  const SignInRequest request{"state", "browser", "sealed", clock_.now() + 600s};
  wait_for(grants().ask(request));
  EXPECT_FALSE(wait_for(grants().answer("state", "another")));
  std::atomic<int> answered = 0;
  race(8, [&](int) {
    if (wait_for(grants().answer("state", "browser")) == request) ++answered;
  });
  EXPECT_EQ(answered, 1);
  wait_for(grants().ask({"late", "browser", "sealed", clock_.now() - 1s}));
  wait_for(grants().purge(clock_.now() - 24h, clock_.now()));
  EXPECT_FALSE(wait_for(grants().answer("late", "browser")));
}

}  // namespace
}  // namespace gmail_mcp::store
