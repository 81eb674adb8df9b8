#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

constexpr std::chrono::hours day{24};

class StoreSends : public StoreContract {
 protected:
  Sends& sends() { return store().sends(); }

  SendRecord record_with(const std::string& key) const {
    return {.id = crypto::random_uuid(),
            .user_id = connection_.user_id,
            .connection_id = connection_.id,
            .tool = "gmail_send",
            .idempotency_key = key,
            .fingerprint = "print",
            .rfc822_message_id = "<a@b>",
            .result_json = "",
            .process_id = "first"};
  }
  // Never a repeat of an earlier one.
  Sends::Begun begin(const SendRecord& record) {
    return wait_for(sends().begin(everyone_, record, clock_.now() + day));
  }
  SendRecord recorded(const std::string& id) {
    return wait_for(sends().find(everyone_, id)).value();
  }

  model::Connection connection_ = connect("ann", "ann@gmail.com");
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreSends, ::testing::ValuesIn(backends()), backend_name);

TEST_P(StoreSends, a_send_is_recorded_before_it_happens) {
  const auto record = record_with("key");
  const auto begun = begin(record);
  EXPECT_TRUE(begun.created);
  const auto kept = recorded(record.id);
  EXPECT_EQ(kept.id, record.id);
  EXPECT_EQ(kept.status, SendStatus::pending);
  EXPECT_EQ(kept.idempotency_key, "key");
  EXPECT_EQ(kept.fingerprint, "print");
  EXPECT_EQ(kept.rfc822_message_id, "<a@b>");
  EXPECT_EQ(kept.process_id, "first");
  EXPECT_EQ(kept.created_at, clock_.now());
  EXPECT_TRUE(kept.delivered);
}

TEST_P(StoreSends, racing_callers_with_one_key_get_one_row) {
  std::atomic<int> created = 0;
  std::vector<std::string> ids(16);
  race(16, [&](int i) {
    const auto begun = begin(record_with("key"));
    if (begun.created) ++created;
    ids[static_cast<std::size_t>(i)] = begun.record.id;
  });
  EXPECT_EQ(created, 1);
  EXPECT_THAT(ids, ::testing::Each(ids[0]));
}

TEST_P(StoreSends, a_key_belongs_to_one_tool_of_one_connection) {
  const auto first = begin(record_with("key"));
  auto other_tool = record_with("key");
  other_tool.tool = "send_email";
  EXPECT_TRUE(begin(other_tool).created);
  auto other_connection = record_with("key");
  other_connection.connection_id = connect("ann", "two@gmail.com").id;
  EXPECT_TRUE(begin(other_connection).created);
  EXPECT_TRUE(begin(record_with("other key")).created);

  const auto again = begin(record_with("key"));
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.record.id, first.record.id);
}

TEST_P(StoreSends, without_a_key_every_send_is_its_own) {
  EXPECT_TRUE(begin(record_with("")).created);
  EXPECT_TRUE(begin(record_with("")).created);
}

TEST_P(StoreSends, a_key_lasts_a_day) {
  const auto first = begin(record_with("key"));
  clock_.advance(day - std::chrono::milliseconds{1});
  EXPECT_FALSE(begin(record_with("key")).created);
  clock_.advance(std::chrono::milliseconds{1});
  const auto next = begin(record_with("key"));
  EXPECT_TRUE(next.created);
  EXPECT_NE(next.record.id, first.record.id);
  EXPECT_EQ(begin(record_with("key")).record.id, next.record.id);
  EXPECT_EQ(recorded(first.record.id).status, SendStatus::pending) << "the old row stays";
}

TEST_P(StoreSends, the_result_is_what_the_next_caller_with_the_key_reads) {
  const auto record = record_with("key");
  begin(record);
  clock_.advance(std::chrono::seconds{1});
  wait_for(sends().finish(everyone_, record.id, SendStatus::sent, R"({"message_id":"1"})"));
  const auto again = begin(record_with("key"));
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.record.status, SendStatus::sent);
  EXPECT_EQ(again.record.result_json, R"({"message_id":"1"})");
  EXPECT_EQ(again.record.updated_at, clock_.now());
}

TEST_P(StoreSends, a_pending_send_is_adopted_by_one_process_and_only_as_it_was_seen) {
  const auto record = record_with("key");
  const auto seen = begin(record).record;
  clock_.advance(std::chrono::minutes{1});
  std::atomic<int> adopted = 0;
  race(8, [&](int i) {
    const auto process = "process-" + std::to_string(i);
    if (wait_for(sends().adopt(everyone_, seen, process))) ++adopted;
  });
  EXPECT_EQ(adopted, 1);
  const auto now = recorded(record.id);
  EXPECT_NE(now.process_id, "first");

  wait_for(sends().finish(everyone_, record.id, SendStatus::unknown, ""));
  EXPECT_FALSE(wait_for(sends().adopt(everyone_, recorded(record.id), "late")));
}

TEST_P(StoreSends, a_failed_send_is_tried_again_by_one_caller_even_within_the_same_moment) {
  const auto record = record_with("key");
  begin(record);
  wait_for(sends().finish(everyone_, record.id, SendStatus::failed, ""));
  const auto seen = recorded(record.id);
  std::atomic<int> adopted = 0;
  race(8, [&](int) {
    if (wait_for(sends().adopt(everyone_, seen, seen.process_id))) ++adopted;
  });
  EXPECT_EQ(adopted, 1);
  EXPECT_EQ(recorded(record.id).status, SendStatus::pending);
}

TEST_P(StoreSends, a_sent_message_whose_answer_was_lost_is_found_by_its_fingerprint) {
  const auto since = clock_.now();
  const auto lost = [&](const std::string& print, Timestamp from) -> std::optional<SendRecord> {
    auto again = record_with("");
    again.fingerprint = print;
    auto begun = wait_for(sends().begin(everyone_, again, from));
    const bool is_new = begun.record.id == again.id;
    EXPECT_EQ(begun.created, is_new);
    EXPECT_EQ(wait_for(sends().find(everyone_, again.id)).has_value(), is_new);
    if (is_new) return std::nullopt;
    return std::move(begun.record);
  };
  const auto record = record_with("");
  begin(record);
  wait_for(sends().mark_undelivered(everyone_, record.id));
  EXPECT_FALSE(lost("print", since).has_value()) << "not sent yet";
  wait_for(sends().finish(everyone_, record.id, SendStatus::sent, "{}"));
  ASSERT_TRUE(lost("print", since).has_value());
  EXPECT_EQ(lost("print", since)->id, record.id);
  EXPECT_FALSE(lost("other print", since).has_value());
  EXPECT_FALSE(lost("print", since + std::chrono::milliseconds{1}).has_value());

  clock_.advance(std::chrono::seconds{1});
  const auto newer = record_with("");
  begin(newer);
  wait_for(sends().finish(everyone_, newer.id, SendStatus::sent, "{}"));
  EXPECT_EQ(lost("print", since)->id, record.id) << "the newer one was delivered";
  wait_for(sends().mark_undelivered(everyone_, newer.id));
  EXPECT_EQ(lost("print", since)->id, newer.id);

  const auto keyed = record_with("key");
  begin(keyed);
  wait_for(sends().finish(everyone_, keyed.id, SendStatus::sent, "{}"));
  wait_for(sends().mark_undelivered(everyone_, keyed.id));
  EXPECT_EQ(lost("print", since)->id, newer.id) << "a key speaks for itself";
}

TEST_P(StoreSends, what_may_have_been_sent_counts) {
  const auto since = clock_.now();
  for (const auto status :
       {SendStatus::pending, SendStatus::sent, SendStatus::failed, SendStatus::unknown}) {
    const auto record = record_with("");
    begin(record);
    wait_for(sends().finish(everyone_, record.id, status, ""));
  }
  EXPECT_EQ(wait_for(sends().count_since(everyone_, connection_.id, since)), 3);
  const auto later = since + std::chrono::milliseconds{1};
  EXPECT_EQ(wait_for(sends().count_since(everyone_, connection_.id, later)), 0);
  EXPECT_EQ(wait_for(sends().purge(everyone_, since)), 0);
  EXPECT_EQ(wait_for(sends().purge(everyone_, later)), 4);
}

TEST_P(StoreSends, what_a_removed_account_may_have_sent_counts_on_for_two_days) {
  const auto send = [this](SendStatus status) {
    const auto record = record_with("");
    begin(record);
    wait_for(sends().finish(everyone_, record.id, status, ""));
  };
  const auto spent = [this](const std::string& name, std::chrono::minutes back) {
    return wait_for(sends().count_spent(name, clock_.now() - back));
  };
  const auto into_the_hour = clock_.now() - std::chrono::floor<std::chrono::hours>(clock_.now());
  clock_.advance(std::chrono::minutes{90} - into_the_hour);
  send(SendStatus::sent);
  send(SendStatus::failed);
  clock_.advance(std::chrono::hours{2});
  send(SendStatus::pending);
  send(SendStatus::unknown);
  EXPECT_FALSE(remove(only("bob"), connection_.id, "thief's"));
  EXPECT_EQ(spent("thief's", day), 0);
  EXPECT_EQ(spent("ann's", day), 0) << "its own rows are counted while it is there";
  EXPECT_TRUE(remove(everyone_, connection_.id, "ann's"));
  EXPECT_EQ(spent("ann's", day), 3);
  EXPECT_EQ(spent("ann's", std::chrono::minutes{60}), 2);
  EXPECT_EQ(spent("ann's", std::chrono::minutes{150}), 3) << "an hour counts whole";
  EXPECT_EQ(spent("bob's", day), 0);

  connection_ = connect("ann", "ann@gmail.com");
  send(SendStatus::sent);
  EXPECT_TRUE(remove(everyone_, connection_.id, "ann's"));
  EXPECT_EQ(spent("ann's", day), 4) << "however often";

  wait_for(sends().forget_spent());
  EXPECT_EQ(spent("ann's", day), 4);
  clock_.advance(2 * day - std::chrono::hours{1});
  wait_for(sends().forget_spent());
  EXPECT_EQ(spent("ann's", 3 * day), 3);
  clock_.advance(std::chrono::hours{2});
  wait_for(sends().forget_spent());
  EXPECT_EQ(spent("ann's", 3 * day), 0);
}

TEST_P(StoreSends, somebody_else_s_send_is_a_missing_send) {
  const auto record = record_with("key");
  const auto bob = only("bob");
  EXPECT_EQ(code_of(sends().begin(bob, record, {})), Errc::not_found);
  const auto seen = begin(record).record;
  EXPECT_EQ(code_of(sends().begin(bob, record_with("key"), {})), Errc::not_found);
  auto wrong_owner = record_with("");
  wrong_owner.user_id = user("bob").id;
  EXPECT_EQ(code_of(sends().begin(everyone_, wrong_owner, {})), Errc::not_found);

  EXPECT_FALSE(wait_for(sends().find(bob, record.id)).has_value());
  EXPECT_FALSE(wait_for(sends().adopt(bob, seen, "thief")));
  wait_for(sends().finish(bob, record.id, SendStatus::sent, "forged"));
  wait_for(sends().mark_undelivered(bob, record.id));
  EXPECT_EQ(wait_for(sends().count_since(bob, connection_.id, Timestamp{})), 0);
  EXPECT_EQ(wait_for(sends().purge(bob, clock_.now() + day)), 0);
  EXPECT_EQ(recorded(record.id).status, SendStatus::pending);
  EXPECT_TRUE(recorded(record.id).delivered);
}

}  // namespace
}  // namespace gmail_mcp::store
