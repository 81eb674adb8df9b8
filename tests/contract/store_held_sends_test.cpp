#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using std::chrono::hours;
using ::testing::IsEmpty;

class StoreHeldSends : public StoreContract {
 protected:
  HeldSends& held() { return store().held_sends(); }

  std::string begin(const std::string& key, const std::string& print = "print") {
    SendRecord record;
    record.id = crypto::random_uuid();
    record.user_id = connection_.user_id;
    record.connection_id = connection_.id;
    record.tool = "gmail_send";
    record.idempotency_key = key;
    record.fingerprint = print;
    const auto id = record.id;
    wait_for(store().sends().begin(everyone_, std::move(record), {}));
    wait_for(store().sends().finish(everyone_, id, SendStatus::failed, ""));
    return id;
  }
  bool hold(const std::string& id, const std::string& sealed = "sealed", HeldLimits limits = {}) {
    HeldSend send;
    send.id = id;
    send.digest = "digest";
    send.expires_at = clock_.now() + hours{24};
    return wait_for(held().hold(everyone_, std::move(send), sealed, limits));
  }
  std::optional<HeldSend> same(const std::string& key, const std::string& print = "print") {
    return wait_for(held().find_same(everyone_, connection_.id, "gmail_send", key, print));
  }
  bool decide(const std::string& id, HeldState decision, const std::string& digest = "digest") {
    return wait_for(held().decide(everyone_, id, digest, decision));
  }
  HeldSend found_held(const std::string& id) {
    return wait_for(held().find(everyone_, id)).value();
  }
  std::string sealed_of(const std::string& id) { return wait_for(held().sealed(everyone_, id)); }

  model::Connection connection_ = connect("ann", "ann@gmail.com");
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreHeldSends, ::testing::ValuesIn(backends()), backend_name);

TEST_P(StoreHeldSends, a_held_send_is_kept_as_it_was_given_and_seen_by_its_user_alone) {
  const auto id = begin("key");
  ASSERT_TRUE(hold(id));
  const auto kept = found_held(id);
  EXPECT_EQ(kept.state, HeldState::held);
  EXPECT_EQ(kept.connection_id, connection_.id);
  EXPECT_EQ(kept.user_id, connection_.user_id);
  EXPECT_EQ(kept.tool, "gmail_send");
  EXPECT_EQ(kept.digest, "digest");
  EXPECT_EQ(kept.expires_at, clock_.now() + hours{24});
  EXPECT_EQ(sealed_of(id), "sealed");
  EXPECT_TRUE(wait_for(held().find(only("ann"), id)));
  EXPECT_FALSE(wait_for(held().find(only("bob"), id)));
  EXPECT_THAT(wait_for(held().sealed(only("bob"), id)), IsEmpty());
  EXPECT_FALSE(wait_for(held().decide(only("bob"), id, "digest", HeldState::approved)));
  EXPECT_FALSE(wait_for(held().find(everyone_, "no id at all")));
}

TEST_P(StoreHeldSends, a_key_finds_its_held_send_for_a_day_whatever_became_of_it) {
  const auto id = begin("key");
  hold(id);
  EXPECT_EQ(same("key")->id, id);
  EXPECT_FALSE(same("key", "another message"));
  EXPECT_FALSE(same("other key"));
  EXPECT_TRUE(decide(id, HeldState::refused));
  EXPECT_EQ(same("key")->state, HeldState::refused);
  clock_.advance(hours{25});
  EXPECT_FALSE(same("key"));
}

TEST_P(StoreHeldSends, without_a_key_the_same_message_finds_it_only_while_it_is_held) {
  const auto id = begin("");
  hold(id);
  EXPECT_EQ(same("")->id, id);
  EXPECT_FALSE(same("", "another message"));
  decide(id, HeldState::refused);
  EXPECT_FALSE(same(""));
}

TEST_P(StoreHeldSends, one_of_those_who_decide_at_once_decides_and_the_message_is_erased) {
  const auto id = begin("key");
  hold(id);
  EXPECT_FALSE(decide(id, HeldState::approved, "of something else"));
  std::atomic<int> decided = 0;
  race(8, [&](int) {
    if (decide(id, HeldState::approved)) ++decided;
  });
  EXPECT_EQ(decided, 1);
  EXPECT_EQ(found_held(id).state, HeldState::approved);
  EXPECT_THAT(sealed_of(id), IsEmpty());
  EXPECT_FALSE(decide(id, HeldState::refused));
}

TEST_P(StoreHeldSends, a_decision_without_effect_is_taken_back) {
  const auto id = begin("key");
  hold(id);
  decide(id, HeldState::approved);
  wait_for(held().reopen(everyone_, id, HeldState::draft, "other"));
  EXPECT_EQ(found_held(id).state, HeldState::approved);
  wait_for(held().reopen(everyone_, id, HeldState::approved, "again"));
  EXPECT_EQ(found_held(id).state, HeldState::held);
  EXPECT_EQ(sealed_of(id), "again");
  wait_for(held().tell(everyone_, id, "why"));
  EXPECT_EQ(found_held(id).told, "why");
}

TEST_P(StoreHeldSends, after_its_time_it_is_expired_and_erased) {
  const auto id = begin("key");
  hold(id);
  clock_.advance(hours{24});
  EXPECT_EQ(found_held(id).state, HeldState::expired);
  EXPECT_FALSE(decide(id, HeldState::approved));
  EXPECT_EQ(sealed_of(id), "sealed");
  wait_for(held().expire());
  EXPECT_THAT(sealed_of(id), IsEmpty());
  EXPECT_EQ(found_held(id).state, HeldState::expired);
}

TEST_P(StoreHeldSends, so_much_may_wait_for_one_user_and_no_more) {
  const HeldLimits limits{.messages = 2, .bytes = 10};
  const auto first = begin("1");
  EXPECT_TRUE(hold(first, "1234567", limits));
  EXPECT_TRUE(hold(first, "1234567", limits)) << "it is there already";
  EXPECT_FALSE(hold(begin("2"), "1234", limits)) << "too many bytes";
  EXPECT_TRUE(hold(begin("3"), "123", limits));
  EXPECT_FALSE(hold(begin("4"), "", limits)) << "too many messages";
  decide(first, HeldState::refused);
  EXPECT_TRUE(hold(begin("5"), "1234567", limits)) << "what was decided counts no more";
  EXPECT_FALSE(hold(crypto::random_uuid())) << "no such send";
}

TEST_P(StoreHeldSends, it_goes_with_its_send) {
  const auto id = begin("key");
  hold(id);
  wait_for(connections().disconnect(everyone_, connection_.id, Erasure::sends));
  wait_for(store().sends().erase(everyone_, connection_.id, "spent"));
  EXPECT_FALSE(wait_for(held().find(everyone_, id)));
}

}  // namespace
}  // namespace gmail_mcp::store
