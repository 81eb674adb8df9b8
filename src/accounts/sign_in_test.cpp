#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/testing/sign_in_bench.h"

// A person signs in with Google for a program, and what the program then holds.
namespace gmail_mcp::accounts {
namespace {

using ::testing::ElementsAre;
using testing::everybody;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::query_field;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string ann = "user google:sub-ann";

class PersonSignsIn : public ::testing::Test, protected testing::SignInBench {};

TEST_F(PersonSignsIn, and_their_mailbox_is_connected_by_the_same_flow) {
  const auto url = sign_in(asks());
  EXPECT_THAT(url, StartsWith("https://client.test/callback?"));
  EXPECT_EQ(query_field(url, "state"), "its state");
  EXPECT_EQ(query_field(url, "iss"), "https://mail.test");
  const auto answer = given(exchanging(query_field(url, "code")));
  EXPECT_EQ(answer.expires_in, 1h);
  EXPECT_THAT(answer.scopes, ElementsAre("mail.read", "mail.send"));

  const auto caller = run(tokens.recognize(answer.access_token)).value();
  EXPECT_EQ(caller.kind, model::CallerKind::user);
  EXPECT_EQ(caller.only_user, model::ExternalUserId{"google:sub-ann"});
  EXPECT_THAT(caller.credential, StartsWith("sign_in/"));
  EXPECT_EQ(caller.grant.client, "A client");
  EXPECT_THAT(caller.grant.toolsets, ElementsAre("connections:read", "accounts:read", "read",
                                                 "history", "write", "gmail_get_auth_url"));
  EXPECT_FALSE(caller.grant.read_only);

  const auto all = connections();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].gmail_address, "ann@gmail.com");
  EXPECT_EQ(all[0].external_user_id.str(), "google:sub-ann");
}

TEST_F(PersonSignsIn, again_with_another_program_and_keeps_one_connection) {
  signed_in();
  signed_in();
  EXPECT_THAT(connections(), SizeIs(1));
  EXPECT_THAT(run(store->client_grants().list(everybody(), 10)), SizeIs(2));
}

TEST_F(PersonSignsIn, at_most_fifty_times_and_the_longest_unused_ends) {
  const auto first = signed_in();
  clock.advance(1s);
  const auto second = signed_in();
  clock.advance(1s);
  for (int i = 2; i < ClientTokens::most_of_one_user; ++i) signed_in();
  clock.advance(1h - 4s);
  EXPECT_EQ(holder(first.access_token), ann) << "used, and so not the first to end";
  signed_in();
  EXPECT_EQ(holder(first.access_token), ann);
  EXPECT_EQ(refusal_of(refreshing(second.refresh_token)), "invalid_grant");
}

TEST_F(PersonSignsIn, and_google_is_asked_for_what_the_scopes_need_and_no_more) {
  const auto asked = [&](const std::string& scope) {
    const auto url = run(server.begin(good(with(asks(), "scope", scope)), browser));
    return query_field(url, "scope");
  };
  EXPECT_THAT(asked("mail.read"), HasSubstr("gmail.readonly"));
  EXPECT_THAT(asked("mail.read"), ::testing::Not(HasSubstr("gmail.send")));
  EXPECT_THAT(asked("mail.read"), ::testing::Not(HasSubstr("gmail.modify")));
  EXPECT_THAT(asked("mail.send"), HasSubstr("gmail.send"));
  EXPECT_THAT(asked("mail.send"), ::testing::Not(HasSubstr("gmail.modify")));
  EXPECT_THAT(asked("mail.organize"), HasSubstr("gmail.modify"));
}

TEST_F(PersonSignsIn, who_allows_less_at_google_gives_less) {
  google.scope = "https://www.googleapis.com/auth/gmail.readonly openid";
  const auto answer = signed_in();
  EXPECT_THAT(answer.scopes, ElementsAre("mail.read"));
  EXPECT_TRUE(run(tokens.recognize(answer.access_token)).value().grant.read_only);
  google.scope = "openid";
  const auto url = sign_in(asks());
  EXPECT_EQ(query_field(url, "error"), "access_denied");
  EXPECT_EQ(query_field(url, "code"), "");
}

TEST_F(PersonSignsIn, and_stays_signed_in_as_long_as_the_program_refreshes) {
  auto answer = signed_in();
  for (int i = 0; i < 5; ++i) {
    clock.advance(24h * 20);
    EXPECT_EQ(holder(answer.access_token), "The access token has expired.");
    answer = given(refreshing(answer.refresh_token));
    EXPECT_EQ(holder(answer.access_token), ann);
  }
  clock.advance(24h * 31);
  EXPECT_EQ(refusal_of(refreshing(answer.refresh_token)), "invalid_grant");
}

TEST_F(PersonSignsIn, an_answer_that_was_lost_is_given_again_for_ten_seconds) {
  const auto first = signed_in();
  const auto lost = given(refreshing(first.refresh_token));
  clock.advance(9s);
  const auto again = given(refreshing(first.refresh_token));
  EXPECT_EQ(holder(again.access_token), ann);
  EXPECT_EQ(holder(lost.access_token), ann);
  clock.advance(1h);
  EXPECT_EQ(holder(given(refreshing(again.refresh_token)).access_token), ann);
}

TEST_F(PersonSignsIn, and_is_signed_out_by_the_program_at_once) {
  const auto answer = signed_in();
  EXPECT_FALSE(run(tokens.take_back({{"token", answer.refresh_token}, {"client_id", client_id}})));
  EXPECT_EQ(holder(answer.access_token), "The access token was revoked.");
  EXPECT_EQ(refusal_of(refreshing(answer.refresh_token)), "invalid_grant");
}

TEST_F(PersonSignsIn, what_another_process_revokes_counts_within_five_seconds) {
  const auto answer = signed_in();
  EXPECT_EQ(holder(answer.access_token), ann);
  const auto id = run(store->client_grants().list(everybody(), 1))[0].id;
  run(store->client_grants().revoke(everybody(), id, clock.now()));
  clock.advance(5s);
  EXPECT_EQ(holder(answer.access_token), "The access token was revoked.");
}

TEST_F(PersonSignsIn, what_outlives_a_request_ends_with_its_token) {
  const auto answer = signed_in();
  const auto validity = run(tokens.recognize(answer.access_token))->validity;
  ASSERT_TRUE(validity);
  EXPECT_TRUE(validity->holds(clock.now() + 59min));
  EXPECT_FALSE(validity->holds(clock.now() + 61min));
}

TEST_F(PersonSignsIn, what_outlives_a_request_ends_with_the_sign_in) {
  const auto answer = signed_in();
  const auto validity = run(tokens.recognize(answer.access_token))->validity;
  EXPECT_EQ(run(tokens.recognize(answer.access_token))->validity, validity);
  run(tokens.take_back({{"token", answer.refresh_token}, {"client_id", client_id}}));
  EXPECT_FALSE(validity->holds(clock.now()));
}

TEST_F(PersonSignsIn, what_outlives_a_request_ends_when_another_process_revokes) {
  const auto validity = run(tokens.recognize(signed_in().access_token))->validity;
  const auto other = run(tokens.recognize(signed_in().access_token))->validity;
  const auto all = run(store->client_grants().list(everybody(), 2));
  run(store->client_grants().revoke(everybody(), all[0].id, clock.now()));
  const auto one_has_ended = [&] { return validity->has_ended || other->has_ended; };
  const auto watch_for_a_while = [&]() -> Task<void> {
    TaskGroup watching{loop.get_executor()};
    watching.spawn(tokens.watch());
    for (int i = 0; i < 100'000 && !one_has_ended(); ++i) co_await testing::turn();
    watching.cancel();
    co_await watching.join();
  };
  run(watch_for_a_while());
  EXPECT_NE(validity->has_ended, other->has_ended) << "the other's sign-in goes on";
}

TEST_F(PersonSignsIn, and_uses_are_noted) {
  const auto answer = signed_in();
  clock.advance(30min);
  EXPECT_EQ(holder(answer.access_token), ann);
  EXPECT_EQ(run(store->client_grants().list(everybody(), 1))[0].used_at, clock.now());
}

TEST_F(PersonSignsIn, and_is_gone_from_the_audit_when_deleted) {
  const auto caller = run(tokens.recognize(signed_in().access_token)).value();
  EXPECT_TRUE(model::is_limited_to(caller.identity(), "google:sub-ann"));
  store::AuditEntry entry;
  entry.at = clock.now();
  entry.caller = caller.identity();
  entry.user_id = caller.only_user->str();
  store->audit().record(entry);
  run(store->flush());
  run(store->audit().forget_user(everybody(), *caller.only_user));
  const auto rows = run(store->audit().recent(everybody(), 10));
  ASSERT_THAT(rows, SizeIs(2)) << "the call, and the sign-in before it";
  for (const auto& row : rows) {
    EXPECT_EQ(row.user_id, "");
    EXPECT_EQ(row.caller.find("sub-ann"), std::string::npos) << row.caller;
  }
}

TEST_F(PersonSignsIn, with_a_program_that_publishes_its_metadata) {
  const std::string id = "https://claude.example/oauth/client.json";
  sites.serve(id,
              R"({"client_id":")" + id +
                  R"(","client_name":"Claude","redirect_uris":["https://client.test/callback"]})");
  const auto request = good(with(asks(), "client_id", id));
  EXPECT_EQ(request.client_name, "Claude");
  EXPECT_EQ(request.client_host, "claude.example");
  const auto code = query_field(sign_in(with(asks(), "client_id", id)), "code");
  const auto answer = given(with(exchanging(code), "client_id", id));
  EXPECT_EQ(run(tokens.recognize(answer.access_token)).value().credential,
            "sign_in/claude.example");
  EXPECT_THAT(sites.asked, SizeIs(1)) << "it is remembered";
  EXPECT_EQ(sites.asked[0].timeout, 5s);
  EXPECT_EQ(sites.asked[0].max_body, std::size_t{64} << 10U);
}

TEST_F(PersonSignsIn, a_program_on_their_device_takes_any_port) {
  const auto id = enrolled("http://127.0.0.1:1234/callback");
  auto fields = with(asks(), "client_id", id);
  EXPECT_EQ(good(with(fields, "redirect_uri", "http://127.0.0.1:9/callback")).redirect_uri,
            "http://127.0.0.1:9/callback");
  EXPECT_EQ(refused(with(fields, "redirect_uri", "http://localhost:9/callback")).back, "");
  EXPECT_EQ(refused(with(fields, "redirect_uri", "http://127.0.0.1:9/other")).back, "");
}

TEST_F(PersonSignsIn, clients_ask_for_more_scopes_than_there_are_or_for_none) {
  EXPECT_THAT(good(with(asks(), "scope", "openid offline_access mail.read")).scopes,
              ElementsAre("mail.read"));
  EXPECT_THAT(good(with(asks(), "scope", "")).scopes,
              ElementsAre("mail.read", "mail.organize", "mail.send"));
  EXPECT_THAT(good(with(asks(), "scope", "mail.accounts mail.read")).scopes,
              ElementsAre("mail.read", "mail.accounts"));
  EXPECT_EQ(good(with(asks(), "resource", "")).state, "its state") << "clients of before 2025-06";
}

}  // namespace
}  // namespace gmail_mcp::accounts
