#include <map>

#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using model::ConnectionId;
using model::ConnectionKind;
using model::ConnectionStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::chrono::seconds long_lease{600};

std::vector<std::string> addresses_of(const std::vector<model::Connection>& connections) {
  std::vector<std::string> addresses;
  for (const auto& connection : connections) addresses.push_back(connection.gmail_address);
  return addresses;
}

std::vector<std::string> addresses_of(const std::vector<Ending>& endings) {
  std::vector<std::string> addresses;
  for (const auto& ending : endings) addresses.push_back(ending.connection.gmail_address);
  return addresses;
}

// --- connecting
// ------------------------------------------------------------------------------------

TEST_P(StoreContract, a_new_connection_is_active_and_has_a_uuid) {
  const auto saved = connect("ann", "ann@gmail.com");
  EXPECT_THAT(saved.id.str(), MatchesRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
  EXPECT_EQ(saved.external_user_id.str(), "ann");
  EXPECT_EQ(saved.status, ConnectionStatus::active);
  EXPECT_EQ(saved.kind, ConnectionKind::oauth);
  EXPECT_THAT(saved.scopes, ElementsAre("https://mail.google.com/", "openid"));
  EXPECT_EQ(saved.created_at, clock_.now());
  EXPECT_EQ(saved.token_expires_at, clock_.now() + std::chrono::hours{1});
  EXPECT_EQ(saved.last_used_at, std::nullopt);
  EXPECT_EQ(saved.version, 1);
  EXPECT_EQ(found(saved.id), saved);
  EXPECT_EQ(stored(saved.id).ciphertexts.access_token, "access");
}

TEST_P(StoreContract, the_same_address_is_the_same_connection_however_it_is_capitalised) {
  const auto first = connect("ann", "ann@gmail.com");
  clock_.advance(std::chrono::seconds{1});
  const auto second = connect("ann", "Ann@Gmail.com");
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.gmail_address, "ann@gmail.com");
  EXPECT_EQ(second.version, first.version + 1);
  EXPECT_EQ(second.created_at, first.created_at);
  EXPECT_EQ(second.updated_at, clock_.now());
  EXPECT_NE(connect("bob", "ann@gmail.com").id, first.id) << "two users may share an account";
}

TEST_P(StoreContract, of_racing_connects_of_one_address_one_connection_remains) {
  const auto credential = credential_of("ann", "ann@gmail.com");
  race(8, [&](int) { wait_for(connections().save(everyone_, credential)); });
  const auto all = wait_for(connections().list(everyone_, {}));
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].version, 8);
}

TEST_P(StoreContract, reconnecting_reactivates_the_same_connection) {
  const auto first = connect("ann", "ann@gmail.com");
  wait_for(connections().disconnect(everyone_, first.id, Erasure::everything));
  const auto again = connect("ann", "ann@gmail.com");
  EXPECT_EQ(again.id, first.id);
  EXPECT_TRUE(again.is_active());
  EXPECT_GT(again.version, first.version);
  EXPECT_EQ(stored(again.id).ciphertexts.refresh_token, "refresh");
}

TEST_P(StoreContract, an_old_refresh_token_stays_when_google_gives_the_same_account_no_new_one) {
  const auto id = connect("ann", "ann@gmail.com").id;
  auto again = credential_of("ann", "ann@gmail.com");
  again.ciphertexts = {.access_token = "newer", .refresh_token = "", .app_password = ""};
  wait_for(connections().save(everyone_, again));
  EXPECT_EQ(stored(id).ciphertexts.access_token, "newer");
  EXPECT_EQ(stored(id).ciphertexts.refresh_token, "refresh");

  again.google_sub = "somebody else";
  wait_for(connections().save(everyone_, again));
  EXPECT_EQ(stored(id).ciphertexts.refresh_token, "");
}

TEST_P(StoreContract, connecting_the_other_way_replaces_the_credential_under_the_same_id) {
  const auto first = connect("ann", "ann@gmail.com");
  auto password = credential_of("ann", "ann@gmail.com");
  password.kind = ConnectionKind::app_password;
  password.scopes.clear();
  password.google_sub.clear();
  password.display_name = "Ann";
  password.ciphertexts = {.access_token = "", .refresh_token = "", .app_password = "sealed"};
  password.token_expires_at.reset();
  const auto second = wait_for(connections().save(everyone_, password));
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.kind, ConnectionKind::app_password);
  EXPECT_EQ(second.display_name, "Ann");
  EXPECT_THAT(second.scopes, IsEmpty());
  EXPECT_EQ(second.token_expires_at, std::nullopt);
  const auto kept = stored(first.id).ciphertexts;
  EXPECT_EQ(kept.access_token + kept.refresh_token, "");
  EXPECT_EQ(kept.app_password, "sealed");

  const auto third = connect("ann", "ann@gmail.com");
  EXPECT_EQ(third.display_name, "Ann") << "a name is not lost because Google sends none";
  EXPECT_EQ(stored(first.id).ciphertexts.app_password, "");
}

// --- listing
// ---------------------------------------------------------------------------------------

TEST_P(StoreContract, connections_are_listed_newest_first_and_inactive_ones_on_request) {
  connect("ann", "a@gmail.com");
  clock_.advance(std::chrono::seconds{1});
  const auto second = connect("ann", "b@gmail.com");
  clock_.advance(std::chrono::seconds{1});
  connect("bob", "c@gmail.com");
  wait_for(connections().disconnect(everyone_, second.id, Erasure::everything));

  const auto listed = [&](const model::Access& access, const ConnectionFilter& filter) {
    return addresses_of(wait_for(connections().list(access, filter)));
  };
  const model::ExternalUserId ann{"ann"};
  EXPECT_THAT(listed(everyone_, {}), ElementsAre("c@gmail.com", "a@gmail.com"));
  EXPECT_THAT(listed(everyone_, {.user = ann}), ElementsAre("a@gmail.com"));
  EXPECT_THAT(listed(everyone_, {.user = ann, .include_inactive = true}),
              ElementsAre("b@gmail.com", "a@gmail.com"));
  EXPECT_THAT(listed(everyone_, {.user = {}, .include_inactive = true, .limit = 2}),
              ElementsAre("c@gmail.com", "b@gmail.com"));
  EXPECT_THAT(listed(only("ann"), {.user = {}, .include_inactive = true}),
              ElementsAre("b@gmail.com", "a@gmail.com"));
}

TEST_P(StoreContract, an_unknown_user_has_no_connections_and_never_everybody_s) {
  connect("ann", "ann@gmail.com");
  for (const auto* name : {"nobody", "", "ann%", "*"}) {
    const ConnectionFilter filter{.user = model::ExternalUserId{name}};
    EXPECT_THAT(wait_for(connections().list(everyone_, filter)), IsEmpty()) << name;
  }
}

TEST_P(StoreContract, a_filter_narrows_within_the_access_and_never_widens_it) {
  connect("ann", "ann@gmail.com");
  connect("bob", "bob@gmail.com");
  const ConnectionFilter filter{.user = model::ExternalUserId{"ann"}};
  EXPECT_THAT(wait_for(connections().list(only("bob"), filter)), IsEmpty());
  EXPECT_THAT(wait_for(connections().list(only("ann"), filter)), SizeIs(1));
}

// --- whose it is
// -----------------------------------------------------------------------------------

TEST_P(StoreContract, somebody_else_s_connection_is_a_missing_connection_for_every_verb) {
  const auto saved = connect("ann", "ann@gmail.com");
  const auto before = stored(saved.id);
  const auto bob = only("bob");
  auto& verbs = connections();
  for (const auto& id : {saved.id, ConnectionId{crypto::random_uuid()}, ConnectionId{"x"}}) {
    const RefreshedToken token{.access_token = "stolen",
                               .refresh_token = "stolen",
                               .expires_at = clock_.now(),
                               .scopes = {}};
    EXPECT_EQ(wait_for(verbs.find(bob, id)), std::nullopt);
    EXPECT_FALSE(wait_for(verbs.credential(bob, id)).has_value());
    EXPECT_FALSE(wait_for(verbs.begin_refresh(bob, id, 1, long_lease)));
    EXPECT_FALSE(wait_for(verbs.finish_refresh(bob, id, 1, token)));
    EXPECT_FALSE(wait_for(verbs.require_reconnect(bob, id, 1, CredentialLoss::refused)));
    EXPECT_FALSE(wait_for(verbs.disconnect(bob, id, Erasure::everything)).has_value());
    EXPECT_FALSE(wait_for(verbs.begin_ending(bob, id, model::ConnectionStatus::removing,
                                             std::nullopt, Erasure::everything))
                     .has_value());
    EXPECT_FALSE(wait_for(verbs.remove(bob, id, "spent")));
    EXPECT_THAT(wait_for(verbs.endings(bob)), IsEmpty());
    wait_for(verbs.erase_credential(bob, id));
    wait_for(verbs.abandon_refresh(bob, id, 1));
  }
  EXPECT_EQ(code_of(verbs.save(bob, credential_of("ann", "ann@gmail.com"))), Errc::not_found);
  const auto after = stored(saved.id);
  EXPECT_EQ(after.connection, before.connection);
  EXPECT_EQ(after.ciphertexts.access_token, before.ciphertexts.access_token);
}

// --- refreshing
// ------------------------------------------------------------------------------------

TEST_P(StoreContract, of_many_who_want_to_refresh_one_may) {
  const auto saved = connect("ann", "ann@gmail.com");
  std::atomic<int> allowed = 0;
  race(16, [&](int) {
    if (wait_for(connections().begin_refresh(everyone_, saved.id, 1, long_lease))) ++allowed;
  });
  EXPECT_EQ(allowed, 1);
  EXPECT_GT(stored(saved.id).refresh_lease_until, Timestamp{});
}

TEST_P(SharedStoreContract, of_several_processes_one_may_refresh_and_the_other_sees_the_result) {
  const auto saved = connect("ann", "ann@gmail.com");
  std::atomic<int> allowed = 0;
  race(16, [&](int i) {
    auto& verbs = i % 2 == 0 ? connections() : other().connections();
    if (wait_for(verbs.begin_refresh(everyone_, saved.id, 1, long_lease))) ++allowed;
  });
  EXPECT_EQ(allowed, 1);
  const RefreshedToken token{.access_token = "fresh",
                             .refresh_token = "",
                             .expires_at = clock_.now() + std::chrono::hours{2},
                             .scopes = {}};
  EXPECT_TRUE(wait_for(connections().finish_refresh(everyone_, saved.id, 1, token)));
  const auto seen = wait_for(other().connections().credential(everyone_, saved.id));
  EXPECT_EQ(seen->connection.version, 2);
  EXPECT_EQ(seen->ciphertexts.access_token, "fresh");
  EXPECT_FALSE(wait_for(other().connections().finish_refresh(everyone_, saved.id, 1, token)));
}

TEST_P(SharedStoreContract, what_another_process_changed_is_seen_within_two_seconds) {
  const auto saved = connect("ann", "ann@gmail.com");
  EXPECT_TRUE(found(saved.id)->is_active());
  EXPECT_THAT(wait_for(connections().list(only("ann"), {})), SizeIs(1));
  wait_for(other().connections().disconnect(everyone_, saved.id, Erasure::everything));
  clock_.advance(std::chrono::seconds{2});
  EXPECT_FALSE(found(saved.id)->is_active());
  EXPECT_THAT(wait_for(connections().list(only("ann"), {})), IsEmpty());
}

TEST_P(StoreContract, a_refresh_stores_what_google_sent_and_keeps_the_rest) {
  const auto saved = connect("ann", "ann@gmail.com");
  ASSERT_TRUE(wait_for(connections().begin_refresh(everyone_, saved.id, 1, long_lease)));
  RefreshedToken token{.access_token = "fresh",
                       .refresh_token = "",
                       .expires_at = clock_.now() + std::chrono::hours{2},
                       .scopes = {}};
  ASSERT_TRUE(wait_for(connections().finish_refresh(everyone_, saved.id, 1, token)));
  auto now = stored(saved.id);
  EXPECT_EQ(now.ciphertexts.access_token, "fresh");
  EXPECT_EQ(now.ciphertexts.refresh_token, "refresh");
  EXPECT_EQ(now.connection.scopes, saved.scopes);
  EXPECT_EQ(now.connection.token_expires_at, token.expires_at);
  EXPECT_EQ(now.connection.version, 2);
  EXPECT_EQ(now.refresh_lease_until, std::nullopt);
  EXPECT_EQ(found(saved.id)->version, 2);

  token.refresh_token = "rotated";
  token.scopes = {"openid"};
  ASSERT_TRUE(wait_for(connections().finish_refresh(everyone_, saved.id, 2, token)));
  now = stored(saved.id);
  EXPECT_EQ(now.ciphertexts.refresh_token, "rotated");
  EXPECT_THAT(now.connection.scopes, ElementsAre("openid"));
}

TEST_P(StoreContract, a_refresh_lease_lasts_until_it_is_given_back_or_runs_out) {
  const auto id = connect("ann", "ann@gmail.com").id;
  auto& verbs = connections();
  EXPECT_TRUE(wait_for(verbs.begin_refresh(everyone_, id, 1, long_lease)));
  EXPECT_FALSE(wait_for(verbs.begin_refresh(everyone_, id, 1, long_lease)));
  wait_for(verbs.abandon_refresh(everyone_, id, 1));
  EXPECT_TRUE(wait_for(verbs.begin_refresh(everyone_, id, 1, std::chrono::seconds{0})));
  EXPECT_TRUE(wait_for(verbs.begin_refresh(everyone_, id, 1, long_lease))) << "it ran out at once";
}

TEST_P(StoreContract, a_late_refresh_never_overwrites_a_newer_credential) {
  const auto saved = connect("ann", "ann@gmail.com");
  ASSERT_TRUE(wait_for(connections().begin_refresh(everyone_, saved.id, 1, long_lease)));
  auto newer = credential_of("ann", "ann@gmail.com");
  newer.ciphertexts.access_token = "newer";
  wait_for(connections().save(everyone_, newer));
  const RefreshedToken late{
      .access_token = "late", .refresh_token = "late", .expires_at = clock_.now(), .scopes = {}};
  EXPECT_FALSE(wait_for(connections().finish_refresh(everyone_, saved.id, 1, late)));
  EXPECT_FALSE(
      wait_for(connections().require_reconnect(everyone_, saved.id, 1, CredentialLoss::refused)));
  EXPECT_FALSE(wait_for(connections().begin_refresh(everyone_, saved.id, 1, long_lease)));
  EXPECT_EQ(stored(saved.id).ciphertexts.access_token, "newer");
  EXPECT_TRUE(wait_for(connections().begin_refresh(everyone_, saved.id, 2, long_lease)))
      << "the new credential has a lease of its own";
}

TEST_P(StoreContract, a_connection_that_google_revoked_is_inactive_until_it_is_connected_again) {
  const auto id = connect("ann", "ann@gmail.com").id;
  EXPECT_TRUE(wait_for(connections().require_reconnect(everyone_, id, 1, CredentialLoss::refused)));
  EXPECT_EQ(found(id)->status, ConnectionStatus::reconnect_required);
  EXPECT_THAT(wait_for(connections().list(everyone_, {})), IsEmpty());
  connect("ann", "ann@gmail.com");
  EXPECT_TRUE(found(id)->is_active());
}

// --- ending
// ----------------------------------------------------------------------------------------

TEST_P(StoreContract, disconnecting_returns_what_it_erased_and_keeps_an_inactive_row) {
  const auto saved = connect("ann", "ann@gmail.com");
  const auto erased =
      wait_for(connections().disconnect(only("ann"), saved.id, Erasure::everything));
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->ciphertexts.access_token, "access");
  EXPECT_EQ(erased->ciphertexts.refresh_token, "refresh");
  EXPECT_EQ(erased->connection.status, ConnectionStatus::disconnected);

  const auto kept = stored(saved.id);
  EXPECT_EQ(kept.connection.status, ConnectionStatus::disconnected);
  EXPECT_GT(kept.connection.version, saved.version);
  EXPECT_EQ(kept.ciphertexts.access_token + kept.ciphertexts.refresh_token, "");
  const RefreshedToken late{
      .access_token = "late", .refresh_token = "", .expires_at = clock_.now(), .scopes = {}};
  const auto version = kept.connection.version;
  EXPECT_FALSE(wait_for(connections().finish_refresh(everyone_, saved.id, version, late)));
  EXPECT_FALSE(wait_for(connections().begin_refresh(everyone_, saved.id, version, long_lease)));
  EXPECT_FALSE(wait_for(
      connections().require_reconnect(everyone_, saved.id, version, CredentialLoss::refused)));

  const auto again = wait_for(connections().disconnect(everyone_, saved.id, Erasure::everything));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->ciphertexts.access_token, "");
}

TEST_P(SharedStoreContract, the_ciphertexts_of_a_disconnected_account_are_in_no_file) {
  auto credential = credential_of("ann", "ann@gmail.com");
  credential.ciphertexts = {.access_token = "ciphertext-of-access",
                            .refresh_token = "ciphertext-of-refresh",
                            .app_password = ""};
  const auto id = wait_for(connections().save(everyone_, credential)).id;
  if (place_->bytes().empty()) GTEST_SKIP() << "the files of a server are not ours to look into";
  EXPECT_THAT(place_->bytes(), HasSubstr("ciphertext-of-access"));
  wait_for(connections().disconnect(everyone_, id, Erasure::everything));
  open_.reset();
  other_.reset();
  EXPECT_THAT(place_->bytes(), HasSubstr("ann@gmail.com"));
  EXPECT_THAT(place_->bytes(), Not(HasSubstr("ciphertext-of-")));
}

TEST_P(StoreContract, a_google_account_is_shared_by_active_oauth_connections_of_whomever) {
  const auto anns = connect("ann", "ann@gmail.com");
  const GoogleAccount account{.sub = anns.google_sub, .address = "Ann@gmail.com"};
  const auto is_shared = [&](const GoogleAccount& asked,
                             const std::optional<model::ConnectionId>& except) {
    return wait_for(connections().shared_by(everyone_, asked, except));
  };
  EXPECT_TRUE(is_shared(account, std::nullopt));
  EXPECT_FALSE(is_shared(account, anns.id)) << "nobody shares with herself";

  auto renamed = credential_of("bob", "renamed@gmail.com");
  renamed.google_sub = account.sub;
  const auto bobs = wait_for(connections().save(everyone_, renamed));
  EXPECT_TRUE(is_shared(account, anns.id)) << "the address says less than the sub";
  EXPECT_FALSE(wait_for(connections().shared_by(only("ann"), account, anns.id)));
  wait_for(connections().disconnect(everyone_, bobs.id, Erasure::everything));
  EXPECT_FALSE(is_shared(account, anns.id)) << "it is not active";

  auto old = credential_of("carl", "ann@gmail.com");
  old.google_sub.clear();
  const auto carls = wait_for(connections().save(everyone_, old));
  EXPECT_TRUE(is_shared(account, anns.id)) << "only its address is known";
  EXPECT_TRUE(is_shared({.sub = "", .address = "ann@gmail.com"}, carls.id));
  EXPECT_FALSE(is_shared({.sub = "another", .address = "bob@gmail.com"}, std::nullopt));
  old.kind = model::ConnectionKind::app_password;
  wait_for(connections().save(everyone_, old));
  EXPECT_FALSE(is_shared(account, anns.id)) << "a password is no grant";
  EXPECT_FALSE(is_shared({.sub = "another", .address = "ann@gmail.com"}, std::nullopt))
      << "an address may have changed hands";
}

TEST_P(StoreContract, removing_takes_everything_that_hangs_on_the_connection) {
  const auto saved = connect("ann", "ann@gmail.com");
  const SendRecord send{.id = crypto::random_uuid(),
                        .user_id = saved.user_id,
                        .connection_id = saved.id,
                        .tool = "gmail_send",
                        .idempotency_key = "",
                        .fingerprint = "print",
                        .rfc822_message_id = "",
                        .result_json = "",
                        .process_id = "p"};
  wait_for(store().sends().begin(everyone_, send, {}));
  AuditEntry entry;
  entry.connection_id = saved.id.str();
  store().audit().record(entry);
  wait_for(store().flush());

  EXPECT_FALSE(wait_for(connections().remove(everyone_, saved.id, "spent"))) << "nobody began it";
  EXPECT_TRUE(remove(only("ann"), saved.id, "spent"));
  EXPECT_FALSE(remove(everyone_, saved.id, "spent"));
  EXPECT_EQ(found(saved.id), std::nullopt);
  EXPECT_FALSE(wait_for(store().sends().find(everyone_, send.id)).has_value());
  EXPECT_THAT(wait_for(store().audit().recent(everyone_, 10)), SizeIs(1)) << "what happened stays";
  EXPECT_TRUE(wait_for(users().find(everyone_, saved.external_user_id)).has_value());
  EXPECT_NE(connect("ann", "ann@gmail.com").id, saved.id);
}

TEST_P(StoreContract, from_its_first_step_on_a_removal_is_found_by_nobody_but_who_finishes_it) {
  const auto saved = connect("ann", "ann@gmail.com");
  const auto others = connect("bob", "bob@gmail.com");
  const auto marked = wait_for(connections().begin_ending(
      only("ann"), saved.id, model::ConnectionStatus::removing, std::nullopt, Erasure::everything));
  ASSERT_TRUE(marked);
  EXPECT_EQ(marked->ciphertexts.refresh_token, "refresh");
  EXPECT_EQ(found(saved.id), std::nullopt);
  EXPECT_FALSE(wait_for(connections().credential(everyone_, saved.id)).has_value());
  ConnectionFilter all;
  all.include_inactive = true;
  EXPECT_THAT(addresses_of(wait_for(connections().list(everyone_, all))),
              ElementsAre("bob@gmail.com"));
  all.user = saved.external_user_id;
  EXPECT_THAT(wait_for(connections().list(everyone_, all)), IsEmpty());
  const auto version = marked->connection.version;
  const RefreshedToken late{
      .access_token = "late", .refresh_token = "", .expires_at = clock_.now(), .scopes = {}};
  EXPECT_FALSE(wait_for(connections().finish_refresh(everyone_, saved.id, version, late)));
  EXPECT_FALSE(wait_for(connections().begin_refresh(everyone_, saved.id, version, long_lease)));
  EXPECT_FALSE(wait_for(
      connections().require_reconnect(everyone_, saved.id, version, CredentialLoss::refused)));
  EXPECT_FALSE(
      wait_for(connections().disconnect(everyone_, saved.id, Erasure::everything)).has_value());

  const auto begun = wait_for(connections().endings(everyone_));
  EXPECT_THAT(addresses_of(begun), ElementsAre("ann@gmail.com"));
  EXPECT_THAT(wait_for(connections().endings(only("bob"))), IsEmpty());
  const auto stale = begun.front().connection.version - 1;
  EXPECT_FALSE(
      wait_for(connections().begin_ending(everyone_, saved.id, model::ConnectionStatus::removing,
                                          stale, Erasure::everything))
          .has_value());
  auto again =
      wait_for(connections().begin_ending(everyone_, saved.id, model::ConnectionStatus::removing,
                                          begun.front().connection.version, Erasure::everything));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->ciphertexts.refresh_token, "refresh") << "whoever finishes it revokes";
  wait_for(connections().erase_credential(everyone_, saved.id));
  again = wait_for(connections().begin_ending(
      everyone_, saved.id, model::ConnectionStatus::removing, std::nullopt, Erasure::everything));
  EXPECT_EQ(again->ciphertexts.access_token + again->ciphertexts.refresh_token, "");
  wait_for(connections().erase_credential(everyone_, others.id));
  EXPECT_EQ(stored(others.id).ciphertexts.refresh_token, "refresh") << "it is not being removed";
  EXPECT_TRUE(wait_for(connections().remove(everyone_, saved.id, "spent")));
  EXPECT_THAT(wait_for(connections().endings(everyone_)), IsEmpty());
}

TEST_P(StoreContract, what_is_disconnected_keeps_its_ciphertexts_until_it_was_revoked) {
  const auto saved = connect("ann", "ann@gmail.com");
  constexpr auto as = ConnectionStatus::disconnected;
  const auto marked =
      wait_for(connections().begin_ending(only("ann"), saved.id, as, std::nullopt, Erasure::none));
  ASSERT_TRUE(marked);
  EXPECT_EQ(marked->ciphertexts.refresh_token, "refresh");
  EXPECT_EQ(found(saved.id)->status, as);
  EXPECT_THAT(wait_for(connections().list(everyone_, {})), IsEmpty());
  EXPECT_THAT(addresses_of(wait_for(connections().endings(everyone_))),
              ElementsAre("ann@gmail.com"));
  wait_for(connections().erase_credential(everyone_, saved.id));
  EXPECT_EQ(stored(saved.id).ciphertexts.access_token + stored(saved.id).ciphertexts.refresh_token,
            "");
  EXPECT_THAT(wait_for(connections().endings(everyone_)), IsEmpty());

  wait_for(connections().begin_ending(everyone_, saved.id, ConnectionStatus::removing, std::nullopt,
                                      Erasure::everything));
  EXPECT_FALSE(wait_for(connections().begin_ending(everyone_, saved.id, as, std::nullopt,
                                                   Erasure::everything))
                   .has_value())
      << "who removes goes further";
}

TEST_P(StoreContract, who_connects_again_while_it_is_removed_keeps_the_connection) {
  const auto saved = connect("ann", "ann@gmail.com");
  wait_for(connections().begin_ending(everyone_, saved.id, model::ConnectionStatus::removing,
                                      std::nullopt, Erasure::everything));
  auto anew = credential_of("ann", "ann@gmail.com");
  anew.ciphertexts.refresh_token.clear();
  EXPECT_EQ(wait_for(connections().save(everyone_, anew)).id, saved.id);
  wait_for(connections().erase_credential(everyone_, saved.id));
  EXPECT_FALSE(wait_for(connections().remove(everyone_, saved.id, "spent")));
  EXPECT_TRUE(found(saved.id)->is_active());
  EXPECT_EQ(stored(saved.id).ciphertexts.access_token, "access");
  EXPECT_EQ(stored(saved.id).ciphertexts.refresh_token, "") << "the old one is being revoked";
}

TEST_P(StoreContract, mailboxes_in_use_whose_token_expires_are_found_the_first_to_expire_first) {
  const auto expiring_in = [this](const std::string& user, std::chrono::minutes life) {
    auto credential = credential_of(user, user + "@gmail.com");
    credential.token_expires_at = clock_.now() + life;
    return wait_for(connections().save(everyone_, credential));
  };
  const auto later = expiring_in("later", std::chrono::minutes{4});
  const auto soon = expiring_in("soon", std::chrono::minutes{3});
  const auto lasting = expiring_in("lasting", std::chrono::minutes{60});
  const auto ended = expiring_in("ended", std::chrono::minutes{3});
  expiring_in("unused", std::chrono::minutes{3});
  for (const auto& one : {later, soon, lasting, ended}) connections().touch(one.id);
  wait_for(store().flush());
  wait_for(connections().disconnect(everyone_, ended.id, Erasure::everything));

  ExpiringFilter filter;
  filter.expires_before = clock_.now() + std::chrono::minutes{5};
  filter.used_since = clock_.now() - std::chrono::hours{1};
  const auto all = wait_for(connections().expiring(everyone_, filter));
  EXPECT_THAT(addresses_of(all), ElementsAre("soon@gmail.com", "later@gmail.com"));
  const auto own = wait_for(connections().expiring(only("later"), filter));
  EXPECT_THAT(addresses_of(own), ElementsAre("later@gmail.com"));
  filter.limit = 1;
  EXPECT_THAT(wait_for(connections().expiring(everyone_, filter)), SizeIs(1));
  filter.used_since = clock_.now() + std::chrono::hours{1};
  EXPECT_THAT(wait_for(connections().expiring(everyone_, filter)), IsEmpty());
}

TEST_P(StoreContract, the_last_use_is_remembered_and_is_no_change_of_the_credential) {
  const auto saved = connect("ann", "ann@gmail.com");
  clock_.advance(std::chrono::minutes{1});
  connections().touch(saved.id);
  connections().touch(saved.id);
  connections().touch(ConnectionId{"nothing"});
  wait_for(store().flush());
  clock_.advance(std::chrono::seconds{2});
  const auto now = found(saved.id);
  EXPECT_EQ(now->last_used_at, saved.created_at + std::chrono::minutes{1});
  EXPECT_EQ(now->version, saved.version);
  EXPECT_EQ(now->updated_at, saved.updated_at);
}

// --- how the mailbox does
// ------------------------------------------------------------------------------------

TEST_P(StoreContract, how_a_mailbox_does_is_remembered_beside_the_connection) {
  const auto saved = connect("ann", "ann@gmail.com");
  EXPECT_EQ(saved.state(), "untried");
  const auto after = [&](std::chrono::seconds pause) {
    wait_for(store().flush());
    clock_.advance(pause);
    return *found(saved.id);
  };
  connections().note_ok(saved.id);
  const auto first_ok = clock_.now();
  const auto working = after(std::chrono::seconds{5});
  EXPECT_EQ(working.state(), "working");
  EXPECT_EQ(working.last_ok_at, first_ok);
  EXPECT_EQ(working.last_error, "");

  connections().note_error(saved.id, "The server imap.example:993 could not be reached.");
  const auto failed = clock_.now();
  const auto failing = after(std::chrono::seconds{5});
  EXPECT_EQ(failing.state(), "failing");
  EXPECT_EQ(failing.status, ConnectionStatus::active) << "it costs no credential";
  EXPECT_EQ(failing.last_ok_at, first_ok);
  EXPECT_EQ(failing.last_error_at, failed);
  EXPECT_EQ(failing.last_error, "The server imap.example:993 could not be reached.");
  EXPECT_EQ(failing.version, saved.version);

  connections().note_ok(saved.id);
  const auto again = after(std::chrono::seconds{5});
  EXPECT_EQ(again.state(), "working");
  EXPECT_EQ(again.last_error, failing.last_error) << "what was the last trouble is still told";

  connections().note_error(saved.id, "Again.");
  wait_for(store().flush());
  wait_for(
      connections().require_reconnect(everyone_, saved.id, saved.version, CredentialLoss::refused));
  EXPECT_EQ(after(std::chrono::seconds{5}).state(), "reconnect_required");
  EXPECT_EQ(connect("ann", "ann@gmail.com").state(), "untried");
  EXPECT_EQ(after(std::chrono::seconds{5}).last_error, "") << "another credential begins anew";
}

TEST_P(StoreContract, connections_are_counted_by_kind_and_by_the_state_that_they_tell) {
  const auto ok = connect("ann", "ok@gmail.com");
  const auto bad = connect("ann", "bad@gmail.com");
  connect("bob", "new@gmail.com");
  const auto lost = connect("bob", "lost@gmail.com");
  const auto left = connect("bob", "left@gmail.com");
  auto typed = credential_of("bob", "typed@gmail.com");
  typed.kind = ConnectionKind::app_password;
  wait_for(connections().save(everyone_, typed));
  for (const auto& one : {ok, bad, lost}) connections().note_ok(one.id);
  wait_for(store().flush());
  clock_.advance(std::chrono::seconds{5});
  connections().note_error(bad.id, "Down.");
  wait_for(store().flush());
  wait_for(
      connections().require_reconnect(everyone_, lost.id, lost.version, CredentialLoss::refused));
  wait_for(connections().disconnect(everyone_, left.id, Erasure::everything));
  clock_.advance(std::chrono::seconds{5});

  ConnectionFilter all;
  all.include_inactive = true;
  std::map<std::pair<std::string, std::string>, std::int64_t> told;
  for (const auto& one : wait_for(connections().list(everyone_, all))) {
    ++told[{std::string{to_string(one.kind)}, std::string{one.state()}}];
  }
  std::map<std::pair<std::string, std::string>, std::int64_t> counted;
  for (const auto& one : wait_for(connections().count(everyone_))) {
    counted[{std::string{to_string(one.kind)}, one.state}] = one.connections;
  }
  EXPECT_EQ(counted, told);
  EXPECT_EQ((told[{"oauth", "failing"}]), 1);
  EXPECT_EQ((told[{"app_password", "untried"}]), 1);
  EXPECT_EQ(counted.size(), 6U);
  for (const auto& [kind_and_state, number] : counted) {
    EXPECT_THAT(model::connection_states(), ::testing::Contains(kind_and_state.second));
  }
  EXPECT_THAT(wait_for(connections().count(only("ann"))), SizeIs(2));
}

}  // namespace
}  // namespace gmail_mcp::store
