#include "accounts/sign_in_ends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/testing/sign_in_bench.h"

// How a sign-in ends with the mailbox that it connected.
namespace gmail_mcp::accounts {
namespace {

using ::testing::ElementsAre;
using testing::everybody;
using testing::Google;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class SignInEnds : public ::testing::Test, protected testing::SignInBench {
 protected:
  // What the audit says beside the beginnings of sign-ins, newest first.
  std::vector<std::string> audited() {
    run(store->flush());
    std::vector<std::string> told;
    for (const auto& row : run(store->audit().recent(everybody(), 20))) {
      if (row.operation == "sign_in.given") continue;
      EXPECT_EQ(row.user_id, "google:sub-ann");
      EXPECT_EQ(row.caller, "client/" + client_label(crypto::sha256_hex(client_id)));
      told.push_back(row.operation);
    }
    return told;
  }
  void is_over(const TokenAnswer& answer) {
    clock.advance(5s);
    EXPECT_EQ(holder(answer.access_token), "The access token was revoked.");
    EXPECT_EQ(refusal_of(refreshing(answer.refresh_token)), "invalid_grant");
  }
  void goes_on(const TokenAnswer& answer) {
    clock.advance(5s);
    EXPECT_EQ(holder(answer.access_token), "user google:sub-ann");
  }
  model::ConnectionId mailbox() { return connections().at(0).id; }
  // Google refuses the tokens of the mailbox from now on.
  void permission_is_taken_back() {
    clock.advance(59min);
    google.refresh_answers = {Google::refuse("invalid_grant")};
    EXPECT_EQ(error_of(vault.token(everybody(), mailbox())).code, Errc::reconnect_required);
  }
};

TEST_F(SignInEnds, when_the_person_takes_the_permission_back_at_google) {
  const auto one = signed_in();
  const auto other = signed_in();
  const auto stream = run(tokens.recognize(one.access_token))->validity;
  permission_is_taken_back();
  is_over(one);
  is_over(other);
  EXPECT_THAT(audited(),
              ElementsAre("sign_in.revoked/permission_ended", "sign_in.revoked/permission_ended"));
  EXPECT_TRUE(stream->has_ended) << "once the token was shown again";
}

TEST_F(SignInEnds, when_the_mailbox_is_disconnected_or_removed) {
  const auto one = signed_in();
  run(vault.disconnect(everybody(), mailbox(), true));
  is_over(one);
  const auto again = signed_in();
  goes_on(again);
  run(vault.begin_removal(everybody(), mailbox(), std::nullopt));
  is_over(again);
  EXPECT_THAT(audited(),
              ElementsAre("sign_in.revoked/disconnected", "sign_in.revoked/disconnected"));
}

TEST_F(SignInEnds, though_the_process_was_killed_in_between) {
  const auto one = signed_in();
  const auto before = connections().at(0);
  EXPECT_TRUE(run(store->connections().require_reconnect(everybody(), before.id, before.version,
                                                         store::CredentialLoss::refused)));
  goes_on(one);
  run(end_sign_ins_without_mailbox(*store, clock, *log, std::nullopt, "not_connected_any_more"));
  is_over(one);
  EXPECT_THAT(audited(), ElementsAre("sign_in.revoked/not_connected_any_more"));
}

TEST_F(SignInEnds, and_who_signs_in_again_stays_signed_in) {
  signed_in();
  permission_is_taken_back();
  const auto again = signed_in();
  run(end_sign_ins_without_mailbox(*store, clock, *log, std::nullopt, "not_connected_any_more"));
  goes_on(again);
}

TEST_F(SignInEnds, but_not_with_another_mailbox_of_the_person_nor_while_google_is_down) {
  const auto one = signed_in();
  auto further = credential("google:sub-ann", "a", "r", 1h);
  further.google_sub = "another account";
  further.gmail_address = "team@example.com";
  const auto team = run(store->connections().save(everybody(), std::move(further)));
  run(vault.disconnect(everybody(), team.id, false));
  goes_on(one);
  google.refresh_always = Google::down();
  clock.advance(58min);
  error_of(vault.token(everybody(), mailbox()));
  goes_on(one);
  EXPECT_THAT(audited(), IsEmpty());
}

TEST_F(SignInEnds, with_its_user) {
  const auto one = signed_in();
  const auto own = mailbox();
  EXPECT_EQ(holder(one.access_token), "user google:sub-ann");
  run(vault.begin_removal(everybody(), mailbox(), std::nullopt));
  run(store->connections().remove(everybody(), own, "spent"));
  EXPECT_TRUE(run(store->users().erase(everybody(), model::ExternalUserId{"google:sub-ann"})));
  is_over(one);
}

}  // namespace
}  // namespace gmail_mcp::accounts
