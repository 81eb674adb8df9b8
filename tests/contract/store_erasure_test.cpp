#include <map>

#include "crypto/random.h"
#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using model::ConnectionStatus;
using std::chrono::hours;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t plenty = 100;

class StoreErasure : public StoreContract {
 protected:
  // The id of a row is a UUID for some engines.
  std::string id_of(const std::string& name) {
    auto& id = ids_[name];
    if (id.empty()) id = crypto::random_uuid();
    return id;
  }
  void send(const model::Connection& from, const std::string& name) {
    SendRecord record;
    record.id = id_of(name);
    record.user_id = from.user_id;
    record.connection_id = from.id;
    record.tool = "gmail_send";
    record.result_json = "{}";
    wait_for(store().sends().begin(everyone_, std::move(record), {}));
  }
  bool is_sent(const std::string& name) {
    return wait_for(store().sends().find(everyone_, id_of(name))).has_value();
  }
  std::int64_t spent(const std::string& as) {
    return wait_for(store().sends().count_spent(as, clock_.now() - hours{24}));
  }
  void lose(const model::Connection& one, CredentialLoss loss) {
    EXPECT_TRUE(wait_for(connections().require_reconnect(everyone_, one.id, one.version, loss)));
  }
  void mark_lost() {
    wait_for(connections().erase_lost(everyone_, clock_.now() - hours{7 * 24}, plenty));
  }
  std::vector<Ending> endings() { return wait_for(connections().endings(everyone_)); }

  std::map<std::string, std::string> ids_;
};

TEST_P(StoreErasure, a_disconnect_is_marked_with_what_is_to_be_erased_until_that_is_done) {
  const auto one = connect("ann", "ann@gmail.com");
  wait_for(connections().disconnect(everyone_, one.id, Erasure::sends));
  auto left = endings();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left[0].erasure, Erasure::sends);
  EXPECT_FALSE(left[0].has_credential);
  wait_for(connections().begin_ending(everyone_, one.id, ConnectionStatus::disconnected,
                                      std::nullopt, Erasure::everything));
  left = endings();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left[0].erasure, Erasure::everything);
  wait_for(connections().finish_erasure(only("bob"), one.id));
  EXPECT_THAT(endings(), SizeIs(1)) << "of somebody else's nothing is taken back";
  wait_for(connections().finish_erasure(only("ann"), one.id));
  EXPECT_THAT(endings(), IsEmpty());
}

TEST_P(StoreErasure, of_erased_sends_only_their_number_stays) {
  const auto one = connect("ann", "ann@gmail.com");
  const auto other = connect("bob", "bob@gmail.com");
  send(one, "first");
  send(one, "second");
  send(other, "third");
  wait_for(store().sends().erase(everyone_, one.id, "ann-spent"));
  EXPECT_TRUE(is_sent("first")) << "nothing is marked";
  wait_for(connections().disconnect(everyone_, one.id, Erasure::sends));
  wait_for(store().sends().erase(only("bob"), one.id, "ann-spent"));
  EXPECT_TRUE(is_sent("first")) << "somebody else's";
  wait_for(store().sends().erase(everyone_, one.id, "ann-spent"));
  wait_for(store().sends().erase(everyone_, one.id, "ann-spent"));
  EXPECT_FALSE(is_sent("first"));
  EXPECT_FALSE(is_sent("second"));
  EXPECT_TRUE(is_sent("third"));
  EXPECT_EQ(spent("ann-spent"), 2) << "erased twice, counted once";
  SendRecord late;
  late.id = id_of("late");
  late.user_id = one.user_id;
  late.connection_id = one.id;
  EXPECT_EQ(code_of(store().sends().begin(everyone_, std::move(late), {})), Errc::not_found)
      << "what comes late would stay";
}

TEST_P(StoreErasure, who_was_refused_is_marked_after_the_time_of_grace_and_not_before) {
  const auto one = connect("ann", "ann@gmail.com");
  lose(one, CredentialLoss::refused);
  clock_.advance(hours{6 * 24});
  lose(one, CredentialLoss::refused);
  mark_lost();
  EXPECT_THAT(endings(), IsEmpty());
  clock_.advance(hours{25});
  mark_lost();
  const auto left = endings();
  ASSERT_THAT(left, SizeIs(1)) << "counted from the first refusal";
  EXPECT_EQ(left[0].erasure, Erasure::everything);
  EXPECT_EQ(left[0].connection.status, ConnectionStatus::reconnect_required);
  wait_for(connections().finish_erasure(everyone_, one.id));
  mark_lost();
  EXPECT_THAT(endings(), IsEmpty()) << "once";
}

TEST_P(StoreErasure, who_connects_again_loses_nothing) {
  const auto one = connect("ann", "ann@gmail.com");
  lose(one, CredentialLoss::refused);
  clock_.advance(hours{8 * 24});
  connect("ann", "ann@gmail.com");
  mark_lost();
  EXPECT_THAT(endings(), IsEmpty());
  const auto again = found(one.id).value();
  lose(again, CredentialLoss::refused);
  clock_.advance(hours{8 * 24});
  mark_lost();
  EXPECT_THAT(endings(), SizeIs(1));
  connect("ann", "ann@gmail.com");
  EXPECT_THAT(endings(), IsEmpty()) << "also after the mark";
  EXPECT_TRUE(found(one.id)->is_active());
}

TEST_P(StoreErasure, a_credential_that_nobody_refused_erases_nothing) {
  lose(connect("ann", "ann@gmail.com"), CredentialLoss::missing);
  clock_.advance(hours{100 * 24});
  mark_lost();
  EXPECT_THAT(endings(), IsEmpty());
}

TEST_P(StoreErasure, only_so_many_are_marked_at_a_time_the_longest_lost_first) {
  lose(connect("ann", "ann@gmail.com"), CredentialLoss::refused);
  clock_.advance(hours{1});
  lose(connect("bob", "bob@gmail.com"), CredentialLoss::refused);
  clock_.advance(hours{8 * 24});
  wait_for(connections().erase_lost(everyone_, clock_.now() - hours{7 * 24}, 1));
  const auto left = endings();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left[0].connection.gmail_address, "ann@gmail.com");
}

TEST_P(StoreErasure, an_ending_connection_gets_no_archive_and_no_mail) {
  const auto one = connect("ann", "ann@gmail.com");
  EXPECT_TRUE(wait_for(store().archive().begin(everyone_, one.id)));
  const auto seen = wait_for(store().archive().state(everyone_, one.id)).value();
  wait_for(connections().disconnect(everyone_, one.id, Erasure::sends));
  ArchiveStep step;
  NewArchived letter;
  letter.archived.message.id = model::MessageId{"1"};
  letter.archived.message.thread_id = model::ThreadId{"1"};
  step.added.push_back(letter);
  EXPECT_FALSE(wait_for(store().archive().commit(everyone_, one.id, seen, step)).is_stored);
  while (wait_for(store().archive().erase(everyone_, one.id, plenty))) {
  }
  EXPECT_FALSE(wait_for(store().archive().begin(everyone_, one.id)));
  connect("ann", "ann@gmail.com");
  EXPECT_TRUE(wait_for(store().archive().begin(everyone_, one.id)));
}

// What an App Password archived unasked and for ever is not what an archive of Google's may be.
TEST_P(StoreErasure, an_archive_does_not_outlive_the_app_password_that_google_takes_the_place_of) {
  auto typed = credential_of("ann", "ann@gmail.com");
  typed.kind = model::ConnectionKind::app_password;
  typed.google_sub.clear();
  const auto one = wait_for(connections().save(everyone_, typed));
  EXPECT_TRUE(wait_for(store().archive().begin(everyone_, one.id)));
  const auto seen = wait_for(store().archive().state(everyone_, one.id)).value();
  send(one, "before");
  wait_for(connections().save(everyone_, typed));
  EXPECT_THAT(endings(), IsEmpty()) << "the same kind again";

  EXPECT_EQ(connect("ann", "ann@gmail.com").id, one.id);
  connect("ann", "ann@gmail.com");
  const auto left = endings();
  ASSERT_THAT(left, SizeIs(1)) << "once connected, and once more";
  EXPECT_EQ(left[0].erasure, Erasure::archive);
  EXPECT_TRUE(left[0].connection.is_active());
  EXPECT_FALSE(wait_for(store().archive().state(everyone_, one.id)));
  EXPECT_THAT(wait_for(store().archive().archived(everyone_)), IsEmpty());
  EXPECT_FALSE(wait_for(store().archive().commit(everyone_, one.id, seen, {})).is_stored);
  wait_for(connections().finish_erasure(everyone_, one.id));
  EXPECT_THAT(endings(), SizeIs(1)) << "its archive is still there";

  while (wait_for(store().archive().erase(everyone_, one.id, plenty))) {
  }
  EXPECT_FALSE(wait_for(store().archive().begin(everyone_, one.id))) << "not before it is settled";
  wait_for(store().sends().erase(everyone_, one.id, "spent"));
  EXPECT_TRUE(is_sent("before")) << "what was sent stays";
  send(one, "meanwhile");
  EXPECT_TRUE(is_sent("meanwhile"));
  wait_for(connections().finish_erasure(everyone_, one.id));
  EXPECT_THAT(endings(), IsEmpty());
  EXPECT_FALSE(wait_for(store().archive().begin(everyone_, one.id, one.kind)))
      << "who still follows it by the App Password";
  EXPECT_TRUE(wait_for(store().archive().begin(everyone_, one.id, model::ConnectionKind::oauth)));
}

TEST_P(StoreErasure, an_app_password_in_the_place_of_google_keeps_the_archive) {
  const auto one = connect("ann", "ann@gmail.com");
  EXPECT_TRUE(wait_for(store().archive().begin(everyone_, one.id)));
  auto typed = credential_of("ann", "ann@gmail.com");
  typed.kind = model::ConnectionKind::app_password;
  wait_for(connections().save(everyone_, typed));
  EXPECT_THAT(endings(), IsEmpty());
  EXPECT_TRUE(wait_for(store().archive().state(everyone_, one.id)));
}

// --- users
// -----------------------------------------------------------------------------------------

TEST_P(StoreErasure, the_address_of_a_user_goes_with_the_account_it_is_of) {
  const auto email = [this] { return user("ann").email; };
  const auto first = connect("ann", "ann@gmail.com");
  clock_.advance(hours{1});
  const auto second = connect("ann", "other@gmail.com");
  EXPECT_EQ(email(), "ann@gmail.com");
  EXPECT_TRUE(remove(everyone_, first.id, "spent"));
  EXPECT_EQ(email(), "other@gmail.com") << "an account that is left";
  EXPECT_TRUE(remove(everyone_, second.id, "spent"));
  EXPECT_EQ(email(), "");
}

TEST_P(StoreErasure, removing_another_account_leaves_a_users_address) {
  connect("ann", "ann@gmail.com");
  clock_.advance(hours{1});
  const auto second = connect("ann", "other@gmail.com");
  EXPECT_TRUE(remove(everyone_, second.id, "spent"));
  EXPECT_EQ(user("ann").email, "ann@gmail.com");
}

TEST_P(StoreErasure, a_user_is_deleted_once_no_connection_is_left) {
  const auto one = connect("ann", "ann@gmail.com");
  const model::ExternalUserId ann{"ann"};
  EXPECT_FALSE(wait_for(users().erase(everyone_, ann)));
  EXPECT_TRUE(remove(everyone_, one.id, "spent"));
  EXPECT_TRUE(wait_for(users().erase(only("bob"), ann))) << "as one that does not exist";
  EXPECT_TRUE(wait_for(users().find(everyone_, ann)).has_value());
  EXPECT_TRUE(wait_for(users().erase(everyone_, ann)));
  EXPECT_FALSE(wait_for(users().find(everyone_, ann)).has_value());
}

TEST_P(StoreErasure, the_audit_forgets_a_name_and_keeps_what_happened) {
  const auto write = [this](const std::string& caller, const std::string& whose) {
    AuditEntry entry;
    entry.at = clock_.now();
    entry.caller = caller;
    entry.user_id = whose;
    entry.operation = "gmail_search";
    entry.outcome = "ok";
    store().audit().record(entry);
  };
  write("application:token:ann", "ann");
  write("application:token:joann", "joann");
  write("operator:command line", "ann");
  wait_for(store().audit().forget_user(everyone_, model::ExternalUserId{"ann"}));
  const auto rows = wait_for(store().audit().recent(everyone_, 10));
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[2].caller, "application:token");
  EXPECT_EQ(rows[2].user_id, "");
  EXPECT_EQ(rows[1].caller, "application:token:joann");
  EXPECT_EQ(rows[1].user_id, "joann");
  EXPECT_EQ(rows[0].caller, "operator:command line");
  EXPECT_EQ(rows[0].user_id, "");
}

TEST_P(StoreErasure, the_audit_forgets_no_name_that_only_ends_alike) {
  const std::vector<std::string> callers{"application:token:a:b", "application:token",
                                         "operator:command line"};
  for (const auto& caller : callers) {
    AuditEntry entry;
    entry.at = clock_.now();
    entry.caller = caller;
    entry.operation = "gmail_search";
    entry.outcome = "ok";
    store().audit().record(entry);
  }
  for (const auto* name : {"b", "token", "command line", "n:a:b"}) {
    wait_for(store().audit().forget_user(everyone_, model::ExternalUserId{name}));
  }
  const auto rows = wait_for(store().audit().recent(everyone_, 10));
  ASSERT_THAT(rows, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(rows[2 - i].caller, callers[i]);
  wait_for(store().audit().forget_user(everyone_, model::ExternalUserId{"a:b"}));
  EXPECT_EQ(wait_for(store().audit().recent(everyone_, 10))[2].caller, "application:token");
}

INSTANTIATE_TEST_SUITE_P(Erasure, StoreErasure, ::testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace gmail_mcp::store
