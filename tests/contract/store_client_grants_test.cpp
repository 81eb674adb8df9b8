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

// Ann's own mailbox, with which she signs in, and the grants of two programs.
class SignInsAndMailboxes : public ClientGrantsContract {
 protected:
  model::Connection mailbox(const std::string& person, const std::string& google_account,
                            const std::string& address) {
    auto credential = credential_of(person, address);
    credential.google_sub = google_account;
    return wait_for(connections().save(everyone_, std::move(credential)));
  }
  std::vector<std::string> ended(std::optional<model::ConnectionId> of) {
    std::vector<std::string> ids;
    const auto grants_ended =
        wait_for(grants().revoke_without_mailbox(everyone_, std::move(of), clock_.now()));
    for (const auto& one : grants_ended) {
      EXPECT_EQ(one.revoked_at, clock_.now());
      ids.push_back(one.id);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  static std::vector<std::string> ids_of(std::vector<ClientGrant> all) {
    std::vector<std::string> ids;
    for (const auto& one : all) ids.push_back(one.id);
    std::sort(ids.begin(), ids.end());
    return ids;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, SignInsAndMailboxes, ::testing::ValuesIn(backends()),
                         backend_name);

TEST_P(SignInsAndMailboxes, sign_ins_end_with_the_mailbox_that_they_came_with) {
  const auto own = mailbox("google:7", "7", "ann@gmail.com");
  const auto further = mailbox("google:7", "8", "ann@work.example");
  const auto bobs = mailbox("google:9", "9", "bob@gmail.com");
  const auto one = begun("google:7");
  const auto other = begun("google:7");
  const auto untouched = begun("google:9");
  const auto nothing = std::vector<std::string>{};
  EXPECT_EQ(ended(own.id), nothing) << "it is connected";
  EXPECT_EQ(ended(std::nullopt), nothing);
  wait_for(connections().disconnect(everyone_, further.id, Erasure::everything));
  EXPECT_EQ(ended(further.id), nothing) << "she does not sign in with that one";
  EXPECT_TRUE(wait_for(
      connections().require_reconnect(everyone_, own.id, own.version, CredentialLoss::refused)));
  EXPECT_EQ(ended(bobs.id), nothing);
  EXPECT_EQ(ended(own.id), ids_of({one, other}));
  EXPECT_EQ(ended(own.id), nothing) << "of what has ended, nothing is repeated";
  EXPECT_FALSE(wait_for(grants().find(everyone_, untouched.id)).value().revoked_at);
}

TEST_P(SignInsAndMailboxes, whoever_ended_it_and_whenever_that_is_noticed) {
  const auto anns = mailbox("google:7", "7", "ann@gmail.com");
  const auto bobs = mailbox("google:9", "9", "bob@gmail.com");
  const auto one = begun("google:7");
  const auto other = begun("google:9");
  wait_for(connections().disconnect(everyone_, anns.id, Erasure::everything));
  wait_for(connections().begin_ending(everyone_, bobs.id, model::ConnectionStatus::removing,
                                      std::nullopt, Erasure::everything));
  const auto at_bobs =
      wait_for(grants().revoke_without_mailbox(only("google:9"), std::nullopt, clock_.now()));
  EXPECT_EQ(ids_of(at_bobs), ids_of({other})) << "within the access";
  EXPECT_EQ(ended(std::nullopt), ids_of({one}));
}

TEST_P(SignInsAndMailboxes, who_is_connected_again_or_lost_only_our_copy_stays_signed_in) {
  const auto before = mailbox("google:7", "7", "ann@gmail.com");
  EXPECT_TRUE(wait_for(connections().require_reconnect(everyone_, before.id, before.version,
                                                       CredentialLoss::refused)));
  // Her account has another address since, so that there is another connection of it.
  mailbox("google:7", "7", "ann.lee@gmail.com");
  const auto anns = begun("google:7");
  EXPECT_EQ(ended(before.id), std::vector<std::string>{});
  const auto bobs = mailbox("google:9", "9", "bob@gmail.com");
  begun("google:9");
  EXPECT_TRUE(wait_for(
      connections().require_reconnect(everyone_, bobs.id, bobs.version, CredentialLoss::missing)));
  EXPECT_EQ(ended(bobs.id), std::vector<std::string>{}) << "Google refused nothing";
  // An application's user may have that name's form by accident, and another Google account.
  const auto others = mailbox("google:5", "6", "cyd@gmail.com");
  begun("google:5");
  wait_for(connections().disconnect(everyone_, others.id, Erasure::everything));
  EXPECT_EQ(ended(std::nullopt), std::vector<std::string>{});
}

}  // namespace
}  // namespace gmail_mcp::store
