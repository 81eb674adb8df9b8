#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/redirect_uri.h"
#include "accounts/testing/sign_in_bench.h"

// Attacks on a sign-in, each of which is refused. Those on our pages are in
// surface/sign_in_attacks_test.cpp.
namespace gmail_mcp::accounts {
namespace {

using testing::everybody;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::query_field;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class SignInAttacks : public ::testing::Test, protected testing::SignInBench {
 protected:
  Error finishing_fails() {
    const auto google_url = run(server.begin(good(asks()), browser));
    auto pending = run(server.take(query_field(google_url, "state"), browser));
    return error_of(server.finish(pending, "code-at-google"));
  }
  std::string trouble_with(const std::string& id) {
    const auto why = refused(with(asks(), "client_id", id));
    EXPECT_EQ(why.back, "") << "nobody is sent to a place that is not verified";
    return why.why.error + ": " + why.why.description;
  }
};

// --- the request

TEST_F(SignInAttacks, foreign_redirect_is_told_to_the_person_only) {
  for (const auto* uri : {"https://evil.test/callback", "https://client.test/callback/",
                          "https://client.test/callback2", "https://client.test/callback?x=1",
                          "https://client.test:8443/callback", "http://client.test/callback",
                          "https://CLIENT.test/callback", "https://client.test/%63allback",
                          "https://client.test/a/../callback", "https://client.test/callback#x",
                          "https://me@client.test/callback",
                          "https://client.test.evil.test/callback", "javascript:alert(1)"}) {
    const auto why = refused(with(asks(), "redirect_uri", uri));
    EXPECT_EQ(why.why.error, "invalid_request") << uri;
    EXPECT_EQ(why.back, "") << uri;
  }
}

TEST_F(SignInAttacks, registration_refuses_redirects_that_lead_astray) {
  for (const auto* uri : {"javascript:alert(1)",
                          "data:text/html,x",
                          "file:///etc/passwd",
                          "vbscript:x",
                          "blob:x",
                          "about:blank",
                          "ws://client.test/",
                          "ftp://client.test/",
                          "mailto:a@b.c",
                          "intent://x",
                          "http://client.test/callback",
                          "http://127.0.0.1.evil.test/",
                          "http://localhost.evil.test/",
                          "https://user:pass@client.test/",
                          "https://client.test@evil.test/",
                          "https://client.test/callback#fragment",
                          "https://client.test/../admin",
                          "https://client.test/%2e%2e/admin",
                          "https://client.test/a%2fb",
                          "https://client.test/%5c",
                          "https://client.test\\\\@evil.test/",
                          "https://client.test/ x",
                          "https://",
                          "https:///x",
                          "//client.test/x",
                          "/callback",
                          "http:",
                          "https:x",
                          "https:/",
                          "",
                          "com.example.app:/../x",
                          "app:/x",
                          "x.:/y"}) {
    EXPECT_FALSE(RedirectUri::parse(uri)) << uri;
    const auto text = std::string{R"({"redirect_uris":[")"} + uri + R"("]})";
    EXPECT_FALSE(server.apps().enroll(text, clock.now())) << uri;
  }
  for (const auto* uri :
       {"https://claude.ai/api/mcp/auth_callback", "http://127.0.0.1:33418/", "http://localhost/cb",
        "http://[::1]:8080/cb", "com.example.app:/done", "https://vscode.dev/redirect",
        "cursor://anysphere.cursor-retrieval/oauth/user-agent/mcp/callback"}) {
    EXPECT_TRUE(RedirectUri::parse(uri)) << uri;
  }
}

TEST_F(SignInAttacks, unknown_or_forged_client) {
  auto changed = client_id;
  changed[20] = changed[20] == 'A' ? 'B' : 'A';
  for (const auto& id : {std::string{"someone"}, changed, std::string{"gmc_"}, client_id + "x"}) {
    EXPECT_THAT(trouble_with(id), StartsWith("invalid_client"));
  }
}

TEST_F(SignInAttacks, missing_or_downgraded_pkce) {
  const auto all = {with(asks(), "code_challenge", ""),
                    with(asks(), "code_challenge_method", ""),
                    with(asks(), "code_challenge_method", "plain"),
                    with(asks(), "code_challenge_method", "s256"),
                    with(asks(), "code_challenge", verifier + "="),
                    with(asks(), "code_challenge", "short")};
  for (const auto& fields : all) {
    const auto why = refused(fields);
    EXPECT_EQ(why.why.error, "invalid_request");
    EXPECT_EQ(query_field(why.back, "error"), "invalid_request");
    EXPECT_EQ(query_field(why.back, "state"), "its state");
    EXPECT_EQ(query_field(why.back, "iss"), "https://mail.test");
  }
}

TEST_F(SignInAttacks, parameters_that_are_there_twice) {
  for (const auto* name : {"client_id", "redirect_uri", "state", "code_challenge", "scope",
                           "response_type", "resource", "code_challenge_method"}) {
    auto fields = asks();
    fields.emplace_back(name, "x");
    EXPECT_NE(refused(fields).why.error, "nothing was refused") << name;
  }
}

TEST_F(SignInAttacks, other_flows_and_other_resources) {
  EXPECT_EQ(refused(with(asks(), "response_type", "token")).why.error, "unsupported_response_type");
  EXPECT_EQ(refused(with(asks(), "response_type", "code id_token")).why.error,
            "unsupported_response_type");
  for (const auto* other : {"https://other.test/mcp", "https://mail.test/mcp/x",
                            "https://mail.test.evil.test/mcp", "http://mail.test/mcp"}) {
    EXPECT_EQ(refused(with(asks(), "resource", other)).why.error, "invalid_target") << other;
  }
  EXPECT_EQ(refused(with(asks(), "scope", "admin setup")).why.error, "invalid_scope");
}

// --- the metadata documents

TEST_F(SignInAttacks, metadata_is_no_reason_to_ask_addresses_that_are_none) {
  for (const auto* id :
       {"http://client.test/x.json", "https://client.test", "https://client.test/",
        "https://client.test/a/../x.json", "https://client.test/x.json#y",
        "https://me@client.test/x.json", "https://client.test/x.json?y=1", "ftp://client.test/x",
        "https://localhost/x.json", "https://127.0.0.1/x.json", "https://[::1]/x.json"}) {
    EXPECT_THAT(trouble_with(id), StartsWith("invalid_client")) << id;
  }
  EXPECT_THAT(sites.asked, IsEmpty());
}

TEST_F(SignInAttacks, metadata_that_redirects_is_huge_or_is_no_json) {
  const std::string id = "https://client.test/app.json";
  const auto body =
      R"({"client_id":")" + id + R"(","redirect_uris":["https://client.test/callback"]})";
  sites.serve(id, body, "application/json", 302);
  EXPECT_THAT(trouble_with(id), HasSubstr("redirects are not followed"));
  clock.advance(61s);
  sites.serve(id, body, "text/html");
  EXPECT_THAT(trouble_with(id), HasSubstr("application/json"));
  clock.advance(61s);
  sites.failure = Errc::too_large;
  EXPECT_THAT(trouble_with(id), HasSubstr("64 KiB"));
  clock.advance(61s);
  sites.failure = Errc::timeout;
  EXPECT_THAT(trouble_with(id), HasSubstr("cannot be read"));
  clock.advance(61s);
  sites.failure.reset();
  sites.serve(id, "[[[[");
  EXPECT_THAT(trouble_with(id), HasSubstr("does not name its own address"));
}

TEST_F(SignInAttacks, metadata_of_another_client) {
  const std::string id = "https://evil.test/app.json";
  sites.serve(id, R"({"client_id":"https://client.test/app.json",)"
                  R"("redirect_uris":["https://client.test/callback"]})");
  EXPECT_THAT(trouble_with(id), HasSubstr("does not name its own address"));
}

TEST_F(SignInAttacks, metadata_that_fails_is_asked_for_once_a_minute) {
  const std::string id = "https://nowhere.test/app.json";
  for (int i = 0; i < 10; ++i) trouble_with(id);
  EXPECT_THAT(sites.asked, SizeIs(1));
  clock.advance(61s);
  trouble_with(id);
  EXPECT_THAT(sites.asked, SizeIs(2));
}

TEST_F(SignInAttacks, metadata_of_too_many_programs_is_no_fault_of_the_last_one) {
  const auto named = [](int i) { return "https://client.test/" + std::to_string(i) + ".json"; };
  for (int i = 0; i < 60; ++i) trouble_with(named(i));
  const auto busy = error_of(server.judge(with(asks(), "client_id", named(60)), "192.0.2.1"));
  EXPECT_EQ(busy.code, Errc::rate_limited);
  EXPECT_TRUE(busy.retry_after);
  EXPECT_THAT(sites.asked, SizeIs(60));
}

// --- consent and the way over Google

TEST_F(SignInAttacks, consent_of_another_browser_for_another_client_or_too_late) {
  const auto sealed = server.seal(good(asks()), browser);
  EXPECT_TRUE(server.open(sealed, browser));
  EXPECT_FALSE(server.open(sealed, std::string(43, 'x')));
  EXPECT_FALSE(server.open(sealed, ""));
  EXPECT_FALSE(server.open("", browser));
  EXPECT_FALSE(server.open(client_id.substr(4), browser)) << "sealed for another purpose";
  auto changed = sealed;
  changed[sealed.size() / 2] = changed[sealed.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(server.open(changed, browser));
  clock.advance(10min + 1s);
  EXPECT_FALSE(server.open(sealed, browser));
}

TEST_F(SignInAttacks, the_way_back_from_google_in_another_browser_twice_or_too_late) {
  const auto state = query_field(run(server.begin(good(asks()), browser)), "state");
  EXPECT_FALSE(run(server.take(state, std::string(43, 'x'))));
  EXPECT_FALSE(run(server.take(state, "")));
  EXPECT_FALSE(run(server.take("gms_" + std::string(43, 'x'), browser)));
  EXPECT_TRUE(run(server.take(state, browser))) << "others do not use it up";
  EXPECT_FALSE(run(server.take(state, browser)));
  const auto late = query_field(run(server.begin(good(asks()), browser)), "state");
  clock.advance(10min + 1s);
  EXPECT_FALSE(run(server.take(late, browser)));
}

TEST_F(SignInAttacks, a_user_who_is_not_allowed) {
  google.email = "eve@gmail.com";
  EXPECT_EQ(finishing_fails().code, Errc::forbidden);
  EXPECT_THAT(connections(), IsEmpty());
  EXPECT_THAT(google.revoked, SizeIs(1)) << "what Google gave is given back";
}

TEST_F(SignInAttacks, an_address_that_google_has_not_verified) {
  google.email_verified = false;
  EXPECT_EQ(finishing_fails().code, Errc::forbidden);
  EXPECT_THAT(connections(), IsEmpty());
}

TEST_F(SignInAttacks, an_address_in_an_allowed_domain_that_the_domain_does_not_manage) {
  google.email = "eve@example.com";
  EXPECT_EQ(finishing_fails().code, Errc::forbidden);
  google.hosted_domain = "evil.test";
  EXPECT_EQ(finishing_fails().code, Errc::forbidden);
  google.hosted_domain = "example.com";
  EXPECT_THAT(sign_in(asks()), HasSubstr("code="));
}

// --- codes

TEST_F(SignInAttacks, a_stolen_code_without_its_verifier_and_for_another_client) {
  const auto one = code();
  const auto other = enrolled("https://evil.test/callback");
  EXPECT_EQ(refusal_of(with(exchanging(one), "client_id", other)), "invalid_grant");
  EXPECT_EQ(refusal_of(with(exchanging(one), "code_verifier", std::string(43, 'x'))),
            "invalid_grant");
  EXPECT_EQ(refusal_of(with(exchanging(one), "code_verifier", challenge)), "invalid_grant");
  EXPECT_EQ(refusal_of(with(exchanging(one), "code_verifier", "")), "invalid_grant");
  EXPECT_EQ(refusal_of(with(exchanging(one), "redirect_uri", "https://evil.test/callback")),
            "invalid_grant");
  EXPECT_EQ(refusal_of(with(exchanging(one), "client_id", "")), "invalid_client");
  EXPECT_EQ(refusal_of(with(exchanging(one), "resource", "https://other.test/mcp")),
            "invalid_target");
  EXPECT_EQ(refusal_of(exchanging(one)), "none") << "who may use it still can";
}

TEST_F(SignInAttacks, a_code_needs_no_redirect_uri_but_its_verifier) {
  const auto one = code();
  const auto without = with(exchanging(one), "redirect_uri", "");
  EXPECT_EQ(refusal_of(with(without, "code_verifier", std::string(43, 'x'))), "invalid_grant");
  EXPECT_EQ(refusal_of(without), "none");
}

TEST_F(SignInAttacks, a_replayed_code_revokes_what_it_gave) {
  const auto one = code();
  const auto answer = given(exchanging(one));
  EXPECT_EQ(refusal_of(exchanging(one)), "invalid_grant");
  EXPECT_EQ(holder(answer.access_token), "The access token was revoked.");
  EXPECT_EQ(refusal_of(refreshing(answer.refresh_token)), "invalid_grant");
}

TEST_F(SignInAttacks, an_expired_code) {
  const auto one = code();
  clock.advance(120s);
  EXPECT_EQ(refusal_of(exchanging(one)), "invalid_grant");
}

// --- tokens

TEST_F(SignInAttacks, a_replayed_refresh_token_revokes_the_family) {
  const auto first = signed_in();
  const auto second = given(refreshing(first.refresh_token));
  clock.advance(11s);
  EXPECT_EQ(refusal_of(refreshing(first.refresh_token)), "invalid_grant");
  EXPECT_EQ(holder(second.access_token), "The access token was revoked.");
  EXPECT_EQ(refusal_of(refreshing(second.refresh_token)), "invalid_grant");
}

TEST_F(SignInAttacks, the_audit_says_whose_sign_in_was_copied_and_of_which_program) {
  const auto first = signed_in();
  given(refreshing(first.refresh_token));
  clock.advance(11s);
  refusal_of(refreshing(first.refresh_token));
  refusal_of(refreshing(first.refresh_token));
  const auto id = run(store->client_grants().list(everybody(), 1))[0].id;
  run(store->flush());
  const auto rows = run(store->audit().recent(everybody(), 10));
  std::vector<std::string> told;
  for (const auto& row : rows) {
    EXPECT_EQ(row.user_id, "google:sub-ann");
    EXPECT_EQ(row.request_id, id);
    EXPECT_EQ(row.caller, "client/" + crypto::sha256_hex(client_id).substr(0, 12));
    told.push_back(row.operation);
  }
  EXPECT_THAT(told, ::testing::ElementsAre("sign_in.revoked/refresh_token_reused",
                                           "sign_in.refreshed", "sign_in.given"));
}

TEST_F(SignInAttacks, a_refresh_token_two_generations_old_revokes_the_family_at_once) {
  const auto first = signed_in();
  const auto second = given(refreshing(first.refresh_token));
  const auto third = given(refreshing(second.refresh_token));
  EXPECT_EQ(refusal_of(refreshing(first.refresh_token)), "invalid_grant");
  EXPECT_EQ(holder(third.access_token), "The access token was revoked.");
}

TEST_F(SignInAttacks, a_refresh_token_of_another_client) {
  const auto answer = signed_in();
  const auto other = enrolled("https://evil.test/callback");
  EXPECT_EQ(refusal_of(with(refreshing(answer.refresh_token), "client_id", other)),
            "invalid_grant");
  EXPECT_EQ(refusal_of(refreshing(answer.refresh_token)), "none");
}

TEST_F(SignInAttacks, scopes_do_not_grow_at_a_refresh) {
  const auto answer = signed_in();
  const auto more = with(refreshing(answer.refresh_token), "scope", "mail.read mail.organize");
  EXPECT_EQ(refusal_of(more), "invalid_scope");
  const auto less = given(with(refreshing(answer.refresh_token), "scope", "mail.read"));
  EXPECT_TRUE(run(tokens.recognize(less.access_token)).value().grant.read_only);
}

TEST_F(SignInAttacks, a_token_for_another_server_or_of_another_purpose) {
  const auto answer = signed_in();
  auto rules = testing::sign_in_rules();
  rules.resource = "https://other.test/mcp";
  ClientTokens others{*store, keys, server.apps(), clock, *log, rules};
  EXPECT_EQ(error_of(others.recognize(answer.access_token)).message,
            "The access token is for another server.");
  const auto foreign_keys = crypto::KeyRing::parse({crypto::KeyRing::generate()}).value();
  ClientTokens strangers{*store, foreign_keys, server.apps(),
                         clock,  *log,         testing::sign_in_rules()};
  EXPECT_EQ(error_of(strangers.recognize(answer.access_token)).code, Errc::unauthenticated);
  for (const auto& text : {"gma_" + answer.refresh_token.substr(4), "gma_" + client_id.substr(4),
                           "gma_" + code(), std::string{"gma_"}, answer.access_token + "x"}) {
    EXPECT_EQ(holder(text), "The access token is not one of this server.");
  }
  EXPECT_EQ(refusal_of(refreshing("gmr_" + answer.access_token.substr(4))), "invalid_grant");
  EXPECT_EQ(refusal_of(exchanging(answer.refresh_token.substr(4))), "invalid_grant");
  EXPECT_EQ(holder("something else"), "nobody");
}

TEST_F(SignInAttacks, who_may_not_sign_in_any_more_is_out_at_once) {
  const auto answer = signed_in();
  auto rules = testing::sign_in_rules();
  rules.allowed_addresses = {"bob@gmail.com"};
  ClientTokens stricter{*store, keys, server.apps(), clock, *log, rules};
  EXPECT_EQ(error_of(stricter.recognize(answer.access_token)).code, Errc::unauthenticated);
  const auto refused = run(stricter.give(refreshing(answer.refresh_token)));
  EXPECT_EQ(std::get<OAuthRefusal>(refused).error, "invalid_grant");
}

TEST_F(SignInAttacks, a_token_of_a_user_who_was_deleted) {
  const auto answer = signed_in();
  const auto all = connections();
  run(vault.begin_removal(everybody(), all[0].id, std::nullopt));
  run(store->connections().remove(everybody(), all[0].id, "spent"));
  run(store->users().erase(everybody(), model::ExternalUserId{"google:sub-ann"}));
  EXPECT_EQ(holder(answer.access_token), "The access token was revoked.");
  EXPECT_EQ(refusal_of(refreshing(answer.refresh_token)), "invalid_grant");
}

TEST_F(SignInAttacks, revocation_by_another_client) {
  const auto answer = signed_in();
  const auto other = enrolled("https://evil.test/callback");
  for (const auto& token : {answer.access_token, answer.refresh_token}) {
    EXPECT_FALSE(run(tokens.take_back({{"token", token}, {"client_id", other}})));
  }
  EXPECT_EQ(holder(answer.access_token), "user google:sub-ann");
}

TEST_F(SignInAttacks, names_that_pretend_or_turn_around) {
  const auto id = enrolled(back, "Google\\n\\u202egpj.evil\\u0007 \\u200bmail");
  EXPECT_EQ(good(with(asks(), "client_id", id)).client_name, "Googlegpj.evil mail");
  const std::string claimed =
      "Mail\\u201d. It is made by \\\"Google\\u00bb\\u3164\\ufe0f\\udb40\\udc41\\u115f";
  const auto quoted = enrolled(back, claimed);
  EXPECT_EQ(good(with(asks(), "client_id", quoted)).client_name, "Mail. It is made by Google");
  const auto longest = enrolled(back, std::string(500, 'n'));
  EXPECT_EQ(good(with(asks(), "client_id", longest)).client_name, std::string(80, 'n'));
}

TEST_F(SignInAttacks, registrations_without_end) {
  const auto refused_at = [&](const std::string& address) {
    try {
      server.count_registration(address);
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::rate_limited);
      return true;
    }
    return false;
  };
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(refused_at("192.0.2.1"));
  EXPECT_TRUE(refused_at("192.0.2.1"));
  EXPECT_FALSE(refused_at("192.0.2.2"));
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(refused_at("2001:db8::" + std::to_string(i)));
  EXPECT_TRUE(refused_at("2001:db8::1:2:3:4"));
  server.count_sign_in("192.0.2.1");
}

TEST_F(SignInAttacks, registrations_that_are_too_much) {
  const auto refuses = [&](const std::string& text) {
    return !server.apps().enroll(text, clock.now()).has_value();
  };
  std::string many = R"({"redirect_uris":["https://client.test/0")";
  for (int i = 1; i < 17; ++i) many += R"(,"https://client.test/)" + std::to_string(i) + '"';
  EXPECT_TRUE(refuses(many + "]}"));
  EXPECT_TRUE(refuses("[]"));
  EXPECT_TRUE(refuses("{}"));
  EXPECT_TRUE(refuses(std::string(10'000, '[')));
  EXPECT_TRUE(refuses(R"({"redirect_uris":"https://client.test/"})"));
  EXPECT_TRUE(refuses(R"({"redirect_uris":["https://client.test/"],"grant_types":["password"]})"));
  EXPECT_TRUE(refuses(
      R"({"redirect_uris":["https://client.test/"],"token_endpoint_auth_method":"private_key_jwt"})"));
}

}  // namespace
}  // namespace gmail_mcp::accounts
