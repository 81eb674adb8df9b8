#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract, ::testing::ValuesIn(backends()), backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, SharedStoreContract, ::testing::ValuesIn(shared_backends()),
                         backend_name);

constexpr int racers = 16;

Flow flow_of(const model::User& user, const std::string& state_hash, Timestamp expires_at) {
  return {.state_hash = state_hash,
          .user_id = user.id,
          .external_user_id = user.external_id,
          .scopes = {"openid", "https://mail.google.com/"},
          .redirect_uri = "http://localhost:8000/oauth/callback",
          .code_verifier_encrypted = "gAAAAA",
          .return_url = "https://app.example/done",
          .expected_email = "ann@gmail.com",
          .browser_hash = "",
          .expires_at = expires_at};
}

// --- users
// -----------------------------------------------------------------------------------------

TEST_P(StoreContract, a_user_is_created_once_however_many_ask) {
  std::vector<model::UserId> ids(racers);
  race(racers, [&](int i) {
    const auto user = wait_for(users().get_or_create(everyone_, model::ExternalUserId{"ann"}));
    ids[static_cast<std::size_t>(i)] = user.id;
  });
  EXPECT_THAT(ids, Each(ids[0]));
  EXPECT_FALSE(ids[0].empty());
  EXPECT_THAT(wait_for(users().list(everyone_, 10)), SizeIs(1));
}

TEST_P(StoreContract, a_user_is_found_by_the_name_the_application_gave) {
  const auto ann = user("ann");
  EXPECT_EQ(ann.external_id.str(), "ann");
  EXPECT_EQ(ann.email, "");
  EXPECT_EQ(ann.created_at, clock_.now());
  EXPECT_EQ(wait_for(users().find(everyone_, model::ExternalUserId{"ann"})), ann);
  EXPECT_EQ(wait_for(users().find(everyone_, model::ExternalUserId{"Ann"})), std::nullopt);
  EXPECT_EQ(wait_for(users().find(everyone_, model::ExternalUserId{""})), std::nullopt);
}

TEST_P(StoreContract, a_narrowed_caller_meets_nobody_but_himself) {
  user("ann");
  const auto bob = only("bob");
  EXPECT_EQ(wait_for(users().find(bob, model::ExternalUserId{"ann"})), std::nullopt);
  EXPECT_EQ(code_of(users().get_or_create(bob, model::ExternalUserId{"ann"})), Errc::not_found);
  EXPECT_EQ(code_of(users().get_or_create(bob, model::ExternalUserId{"carl"})), Errc::not_found);
  EXPECT_THAT(wait_for(users().list(bob, 10)), IsEmpty());

  wait_for(users().get_or_create(bob, model::ExternalUserId{"bob"}));
  EXPECT_THAT(wait_for(users().list(bob, 10)), SizeIs(1));
  EXPECT_THAT(wait_for(users().list(everyone_, 10)), SizeIs(2));
}

TEST_P(StoreContract, users_are_listed_newest_first_with_their_active_connections) {
  for (const auto* name : {"ann", "bob", "carl"}) {
    user(name);
    clock_.advance(std::chrono::milliseconds{1});
  }
  connect("ann", "ann@gmail.com");
  const auto second = connect("ann", "ann.two@gmail.com");
  wait_for(connections().disconnect(everyone_, second.id, Erasure::everything));

  const auto all = wait_for(users().list(everyone_, 2));
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].user.external_id.str(), "carl");
  EXPECT_EQ(all[1].user.external_id.str(), "bob");
  const auto ann = wait_for(users().list(only("ann"), 2));
  ASSERT_THAT(ann, SizeIs(1));
  EXPECT_EQ(ann[0].active_connections, 1);
  EXPECT_EQ(ann[0].user.email, "ann@gmail.com") << "the first address stays";
}

// --- flows
// -----------------------------------------------------------------------------------------

TEST_P(StoreContract, a_flow_is_consumed_by_exactly_one_of_many_racing_callers) {
  const auto flow = flow_of(user("ann"), "hash", clock_.now() + std::chrono::minutes{10});
  wait_for(store().flows().begin(everyone_, flow));
  std::atomic<int> winners = 0;
  race(racers, [&](int) {
    if (wait_for(store().flows().consume(everyone_, "hash"))) ++winners;
  });
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(wait_for(store().flows().find(everyone_, "hash")), std::nullopt);
}

TEST_P(SharedStoreContract, a_flow_is_consumed_by_one_of_several_processes) {
  const auto flow = flow_of(user("ann"), "hash", clock_.now() + std::chrono::minutes{10});
  wait_for(store().flows().begin(everyone_, flow));
  std::atomic<int> winners = 0;
  race(racers, [&](int i) {
    auto& flows = i % 2 == 0 ? store().flows() : other().flows();
    if (wait_for(flows.consume(everyone_, "hash"))) ++winners;
  });
  EXPECT_EQ(winners, 1);
}

TEST_P(StoreContract, a_flow_comes_back_as_it_was_begun) {
  const auto flow = flow_of(user("ann"), "hash", clock_.now() + std::chrono::minutes{10});
  wait_for(store().flows().begin(everyone_, flow));
  EXPECT_EQ(wait_for(store().flows().find(everyone_, "hash")), flow);
  EXPECT_EQ(wait_for(store().flows().consume(everyone_, "hash")), flow);
}

TEST_P(StoreContract, an_expired_flow_can_be_taken_but_not_bound) {
  const auto flow = flow_of(user("ann"), "hash", clock_.now() + std::chrono::minutes{10});
  wait_for(store().flows().begin(everyone_, flow));
  EXPECT_TRUE(wait_for(store().flows().bind_browser(everyone_, "hash", "cookie")));
  EXPECT_EQ(wait_for(store().flows().find(everyone_, "hash"))->browser_hash, "cookie");
  EXPECT_EQ(wait_for(store().flows().pending(everyone_)), 1);

  clock_.advance(std::chrono::minutes{10});
  EXPECT_FALSE(wait_for(store().flows().bind_browser(everyone_, "hash", "another")));
  EXPECT_FALSE(wait_for(store().flows().bind_browser(everyone_, "nothing", "cookie")));
  EXPECT_EQ(wait_for(store().flows().pending(everyone_)), 0);
  EXPECT_EQ(wait_for(store().flows().consume(everyone_, "hash"))->browser_hash, "cookie");
}

TEST_P(StoreContract, purging_takes_the_flows_that_expired_long_enough_ago) {
  const auto ann = user("ann");
  wait_for(store().flows().begin(everyone_, flow_of(ann, "early", clock_.now())));
  const auto later = clock_.now() + std::chrono::minutes{10};
  wait_for(store().flows().begin(everyone_, flow_of(ann, "late", later)));
  EXPECT_EQ(wait_for(store().flows().purge_expired(everyone_, later)), 1);
  EXPECT_EQ(wait_for(store().flows().find(everyone_, "early")), std::nullopt);
  EXPECT_NE(wait_for(store().flows().find(everyone_, "late")), std::nullopt);
}

TEST_P(StoreContract, somebody_else_s_flow_is_a_missing_flow) {
  const auto ann = user("ann");
  const auto flow = flow_of(ann, "hash", clock_.now() + std::chrono::minutes{10});
  const auto bob = only("bob");
  EXPECT_EQ(code_of(store().flows().begin(bob, flow)), Errc::not_found);
  wait_for(store().flows().begin(only("ann"), flow));

  EXPECT_EQ(wait_for(store().flows().find(bob, "hash")), std::nullopt);
  EXPECT_FALSE(wait_for(store().flows().bind_browser(bob, "hash", "cookie")));
  EXPECT_EQ(wait_for(store().flows().consume(bob, "hash")), std::nullopt);
  EXPECT_EQ(wait_for(store().flows().pending(bob)), 0);
  const auto far_future = clock_.now() + std::chrono::hours{1};
  EXPECT_EQ(wait_for(store().flows().purge_expired(bob, far_future)), 0);
  EXPECT_EQ(wait_for(store().flows().find(everyone_, "hash")), flow);
}

// --- leases
// ----------------------------------------------------------------------------------------

TEST_P(StoreContract, a_lease_has_one_holder_who_may_renew_it) {
  auto& leases = store().leases();
  std::atomic<int> holders = 0;
  race(racers, [&](int i) {
    const auto name = "process-" + std::to_string(i);
    if (wait_for(leases.take("poll", name, std::chrono::seconds{600}))) ++holders;
  });
  EXPECT_EQ(holders, 1);

  EXPECT_TRUE(wait_for(leases.take("purge", "a", std::chrono::seconds{600})));
  EXPECT_TRUE(wait_for(leases.take("purge", "a", std::chrono::seconds{600})));
  EXPECT_FALSE(wait_for(leases.take("purge", "b", std::chrono::seconds{600})));
  wait_for(leases.release("purge", "b"));
  EXPECT_FALSE(wait_for(leases.take("purge", "b", std::chrono::seconds{600})));
  wait_for(leases.release("purge", "a"));
  EXPECT_TRUE(wait_for(leases.take("purge", "b", std::chrono::seconds{600})));
}

TEST_P(StoreContract, thousands_of_leases_are_taken_renewed_and_given_back_together) {
  auto& leases = store().leases();
  std::vector<std::string> names;
  for (int i = 0; i < 2'500; ++i) names.push_back("watch/" + std::to_string(i));
  EXPECT_TRUE(wait_for(leases.take("watch/7", "b", std::chrono::seconds{600})));
  EXPECT_TRUE(wait_for(leases.take("watch/8", "b", std::chrono::seconds{0})));

  auto taken = wait_for(leases.take_all(names, "a", std::chrono::seconds{600}));
  EXPECT_EQ(taken.size(), 2'499U);
  EXPECT_THAT(taken, ::testing::Not(::testing::Contains("watch/7")));
  EXPECT_THAT(taken, ::testing::Contains("watch/8"));
  EXPECT_EQ(wait_for(leases.take_all(names, "a", std::chrono::seconds{600})).size(), 2'499U);
  EXPECT_THAT(wait_for(leases.take_all(names, "b", std::chrono::seconds{600})),
              ::testing::ElementsAre("watch/7"));

  wait_for(leases.release_all(names, "a"));
  EXPECT_EQ(wait_for(leases.take_all(names, "b", std::chrono::seconds{600})).size(), 2'500U);
  EXPECT_TRUE(wait_for(leases.take_all({}, "b", std::chrono::seconds{600})).empty());
}

TEST_P(StoreContract, a_lease_that_ran_out_goes_to_whoever_comes) {
  auto& leases = store().leases();
  EXPECT_TRUE(wait_for(leases.take("poll", "a", std::chrono::seconds{0})));
  EXPECT_TRUE(wait_for(leases.take("poll", "b", std::chrono::seconds{600})));
  EXPECT_FALSE(wait_for(leases.take("poll", "a", std::chrono::seconds{600})));
}

TEST_P(StoreContract, leases_with_a_prefix_are_listed_by_their_holders) {
  auto& leases = store().leases();
  EXPECT_TRUE(wait_for(leases.take("watcher/a", "a", std::chrono::seconds{600})));
  EXPECT_TRUE(wait_for(leases.take("watcher/b", "b", std::chrono::seconds{0})));
  EXPECT_TRUE(wait_for(leases.take("watch/1", "a", std::chrono::seconds{600})));
  EXPECT_TRUE(wait_for(leases.take("watch/2", "b", std::chrono::seconds{0})));
  EXPECT_TRUE(wait_for(leases.take("watch/3", "a", std::chrono::seconds{600})));

  EXPECT_THAT(wait_for(leases.holders("watcher/")), ElementsAre("a"));
  EXPECT_THAT(wait_for(leases.holders("nothing/")), IsEmpty());
  EXPECT_THAT(wait_for(leases.counts("watch/")), ElementsAre(std::pair{"a", 2}, std::pair{"b", 1}));
  EXPECT_THAT(
      wait_for(leases.held("watch/")),
      ElementsAre(std::pair{"watch/1", "a"}, std::pair{"watch/2", "b"}, std::pair{"watch/3", "a"}));
  wait_for(leases.release_of_ended("watch/", [](const auto& holder) { return holder == "a"; }));
  EXPECT_THAT(wait_for(leases.counts("watch/")), ElementsAre(std::pair{"b", 1}));
  EXPECT_THAT(wait_for(leases.holders("watcher/")), ElementsAre("a"));
}

// --- audit
// -----------------------------------------------------------------------------------------

AuditEntry entry_of(const std::string& user, int number) {
  return {.at = Timestamp{std::chrono::seconds{number}},
          .request_id = std::to_string(number),
          .caller = "application",
          .user_id = user,
          .connection_id = "",
          .operation = "gmail_search",
          .outcome = "ok",
          .duration_ms = number,
          .asked_for = "whom " + user + " named"};
}

TEST_P(StoreContract, audit_entries_are_kept_in_order_and_shown_newest_first) {
  constexpr int many = 5000;
  for (int i = 0; i < many; ++i) store().audit().record(entry_of(i % 2 == 0 ? "ann" : "bob", i));
  wait_for(store().flush());
  const auto all = wait_for(store().audit().recent(everyone_, many + 1));
  ASSERT_THAT(all, SizeIs(many));
  for (int i = 0; i < many; ++i) {
    ASSERT_EQ(all[static_cast<std::size_t>(i)].duration_ms, many - 1 - i);
  }
  const auto newest = wait_for(store().audit().recent(only("ann"), 2));
  ASSERT_THAT(newest, SizeIs(2));
  EXPECT_EQ(newest[0].request_id, "4998");
  EXPECT_EQ(newest[1].request_id, "4996");
  EXPECT_EQ(newest[0].at, Timestamp{std::chrono::seconds{4998}});
  EXPECT_EQ(newest[0].operation, "gmail_search");
  EXPECT_EQ(newest[0].asked_for, "whom ann named");
  EXPECT_THAT(wait_for(store().audit().recent(only("carl"), 10)), IsEmpty());
}

TEST_P(StoreContract, old_audit_entries_can_be_purged) {
  for (int i = 0; i < 5000; ++i) store().audit().record(entry_of("ann", i));
  wait_for(store().flush());
  const Timestamp before{std::chrono::seconds{4500}};
  EXPECT_EQ(wait_for(store().audit().purge(before)), 4500);
  EXPECT_EQ(wait_for(store().audit().purge(before)), 0);
  EXPECT_THAT(wait_for(store().audit().recent(everyone_, 5000)), SizeIs(500));
}

TEST_P(SharedStoreContract, what_is_buffered_is_written_when_the_store_is_closed) {
  const auto connection = connect("ann", "ann@gmail.com");
  clock_.advance(std::chrono::minutes{1});
  store().audit().record(entry_of("ann", 1));
  connections().touch(connection.id);
  open_.reset();
  EXPECT_THAT(wait_for(other().audit().recent(everyone_, 10)), SizeIs(1));
  const auto seen = wait_for(other().connections().find(everyone_, connection.id));
  EXPECT_EQ(seen->last_used_at, clock_.now());
}

Task<void> record_and_flush(Store& store, int number) {
  for (int i = 0; i < 20; ++i) {
    for (int j = 0; j < 10; ++j) store.audit().record(entry_of("ann", number));
    co_await store.flush();
  }
}

TEST_P(StoreContract, audit_entries_of_many_who_flush_at_once_are_kept_once) {
  std::vector<Task<void>> tasks;
  for (int i = 0; i < racers; ++i) tasks.push_back(record_and_flush(store(), i));
  wait_for(run_all(std::move(tasks)));
  EXPECT_THAT(wait_for(store().audit().recent(everyone_, 10'000)), SizeIs(racers * 200));
}

Task<void> until_written(Store& store, Clock& clock) {
  const auto everyone = model::Access::system("test");
  const auto executor = co_await current_executor();
  TaskGroup writing{executor};
  writing.spawn(keep_written(store, clock));
  store.audit().record(entry_of("ann", 1));
  for (bool is_written = false; !is_written;) {
    const auto found = co_await store.audit().recent(everyone, 1);
    is_written = !found.empty();
  }
  writing.cancel();
  co_await writing.join();
}

TEST_P(StoreContract, what_is_noted_is_written_by_itself_where_the_store_is_open_for_long) {
  wait_for(until_written(store(), clock_));
}

}  // namespace
}  // namespace gmail_mcp::store
