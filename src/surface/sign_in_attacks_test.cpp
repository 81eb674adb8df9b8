#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "accounts/client_tokens.h"
#include "accounts/testing/google.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "http/connection_house_test.h"
#include "operation/testing/house_bench.h"
#include "surface/sign_in_endpoints.h"
#include "surface/sign_in_pages.h"
#include "surface/web.h"

// Attacks on the pages and endpoints of a sign-in, each of which is refused. Those on codes and
// tokens are in accounts/sign_in_attacks_test.cpp.
namespace gmail_mcp::surface {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char back[] = "https://client.test/callback";
const std::string browser(43, 'b');

accounts::SignInRules rules_of(const std::string& url) {
  accounts::SignInRules rules;
  rules.issuer = url;
  rules.resource = url + "/mcp";
  rules.redirect_uri = url + "/oauth/callback";
  rules.google_scopes = {"https://www.googleapis.com/auth/gmail.modify"};
  rules.allowed_addresses = {"ann@gmail.com"};
  return rules;
}

class SignInPagesAttacked : public ::testing::Test {
 protected:
  SignInPagesAttacked() {
    web_.public_url = url_;
    web_.application_name = "Example";
    add_sign_in_pages(house_.router, pages_, bench_.services);
    add_sign_in_endpoints(house_.router, server_, tokens_, doors_, house_.clock, true);
    add_web_routes(house_.router, bench_.services, doors_, web_, &pages_);
  }

  std::string ask(const std::string& line, const std::string& fields = {},
                  const std::string& body = {}) {
    house_.open();
    house_.send(line + " HTTP/1.1\r\nHost: mail.test\r\nConnection: close\r\n" + fields +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    // The store works on threads of its own.
    auto all = house_.received();
    while (!house_.over) {
      house_.loop.restart();
      house_.loop.run_one();
      all += house_.received();
    }
    return all;
  }
  std::string post(const std::string& path, const std::string& body,
                   const std::string& fields = {}) {
    return ask("POST " + path, "Content-Type: application/x-www-form-urlencoded\r\n" + fields,
               body);
  }
  static int status(const std::string& answer) {
    return std::stoi(answer.substr(answer.find(' ') + 1, 3));
  }
  static std::string header(const std::string& answer, const std::string& name) {
    const auto begin = answer.find("\r\n" + name + ": ");
    if (begin == std::string::npos) return {};
    const auto from = begin + name.size() + 4;
    return answer.substr(from, answer.find("\r\n", from) - from);
  }

  std::string client(const std::string& name = "A client") {
    const auto text =
        R"({"client_name":")" + name + R"(","redirect_uris":["https://client.test/callback"]})";
    return server_.apps().enroll(text, house_.clock.now()).value().id;
  }
  std::string authorize(const std::string& client_id, const std::string& redirect_uri = back) {
    const http::QueryFields fields{
        {"response_type", "code"},
        {"client_id", client_id},
        {"redirect_uri", redirect_uri},
        {"code_challenge", crypto::base64url_encode(crypto::sha256(std::string(43, 'v')))},
        {"code_challenge_method", "S256"},
        {"state", "its state"}};
    return "/authorize?" + http::encode_query(fields);
  }
  std::string cookie(const std::string& secret,
                     const std::string& name = "__Host-gmail_mcp_sign_in") {
    return "Cookie: " + name + "=" + secret + "\r\n";
  }
  /// The form of the page that a browser with this secret sees.
  std::string form(const std::string& secret) {
    return form_in(ask("GET " + authorize(client()), cookie(secret)));
  }
  static std::string form_in(const std::string& page) {
    const std::string begin = "name=\"request\" value=\"";
    const auto from = page.find(begin) + begin.size();
    return "choice=continue&request=" + page.substr(from, page.find('"', from) - from);
  }

  const std::string url_ = "https://mail.test";
  http::test::House house_;
  DoorRules doors_;
  WebOptions web_;
  accounts::testing::Google google_;
  google::OAuthClient at_google_{"client-id", Secret{"client-secret"}};
  google::OAuthApi oauth_{google_, accounts::testing::Google::endpoints(), at_google_};
  operation::testing::HouseBench bench_{house_.loop, house_.clock, *house_.log, {.oauth = &oauth_}};
  accounts::Connect connect_{bench_.store,    bench_.keys,  oauth_,      bench_.vault,
                             bench_.sign_ins, house_.clock, *house_.log, connect_options()};
  accounts::AuthorizationServer server_{bench_.store, bench_.keys, connect_,      nullptr,
                                        house_.clock, *house_.log, rules_of(url_)};
  accounts::ClientTokens tokens_{bench_.store, bench_.keys, server_.apps(),
                                 house_.clock, *house_.log, rules_of(url_)};
  SignInPages pages_{bench_.services, doors_, web_, server_};

 private:
  accounts::ConnectOptions connect_options() const {
    accounts::ConnectOptions options;
    options.endpoints = accounts::testing::Google::endpoints();
    options.client = at_google_;
    return options;
  }
};

TEST_F(SignInPagesAttacked, a_consent_can_neither_be_framed_nor_read_nor_scripted) {
  const auto answer = ask("GET " + authorize(client("<script>alert(1)</script>\\\"'&")));
  EXPECT_EQ(status(answer), 200);
  EXPECT_EQ(header(answer, "X-Frame-Options"), "DENY");
  EXPECT_THAT(header(answer, "Content-Security-Policy"),
              AllOf(HasSubstr("frame-ancestors 'none'"), HasSubstr("default-src 'none'"),
                    HasSubstr("form-action 'self' https://google.test https://client.test")));
  EXPECT_EQ(header(answer, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
  EXPECT_EQ(header(answer, "Referrer-Policy"), "no-referrer");
  EXPECT_THAT(answer, Not(HasSubstr("<script")));
  EXPECT_THAT(answer, HasSubstr("<strong>client.test</strong>"));
  EXPECT_THAT(answer, HasSubstr("<dd>&lt;script&gt;alert(1)&lt;/script&gt;"))
      << "apart from our sentences";
  EXPECT_THAT(header(answer, "Set-Cookie"),
              AllOf(StartsWith("__Host-gmail_mcp_sign_in="), HasSubstr("; Path=/;"),
                    HasSubstr("HttpOnly"), HasSubstr("SameSite=Lax"), HasSubstr("Secure")));
}

TEST_F(SignInPagesAttacked, nobody_is_sent_to_an_address_that_is_not_verified) {
  for (const auto& path : {authorize("someone"), authorize(client(), "https://evil.test/"),
                           authorize(client(), "javascript:alert(1)"), std::string{"/authorize"},
                           std::string{"/authorize?client_id=%zz"},
                           authorize(client()) + "&redirect_uri=https%3A%2F%2Fevil.test%2F"}) {
    const auto answer = ask("GET " + path);
    EXPECT_EQ(status(answer), 400) << path;
    EXPECT_EQ(header(answer, "Location"), "") << path;
    EXPECT_THAT(answer, Not(HasSubstr("evil.test"))) << path;
    EXPECT_THAT(answer, Not(HasSubstr("javascript:"))) << path;
  }
}

TEST_F(SignInPagesAttacked, a_wrong_request_does_not_make_us_a_way_to_a_site_that_nobody_clicked) {
  const auto answer = ask("GET " + authorize(client()) + "&scope=none");
  EXPECT_EQ(status(answer), 400);
  EXPECT_EQ(header(answer, "Location"), "");
  EXPECT_THAT(answer, AllOf(HasSubstr("<strong>client.test</strong>"),
                            HasSubstr("href=\"https://client.test/callback?error=invalid_scope")));
  const std::string local = "http://127.0.0.1:7/callback";
  const auto id = server_.apps()
                      .enroll(R"({"redirect_uris":[")" + local + R"("]})", house_.clock.now())
                      .value()
                      .id;
  const auto told = ask("GET " + authorize(id, local) + "&scope=none");
  EXPECT_EQ(status(told), 303);
  EXPECT_THAT(header(told, "Location"), StartsWith(local + "?error=invalid_scope"));
}

TEST_F(SignInPagesAttacked, consent_from_another_site_or_another_browser_leads_nowhere) {
  const auto good = form(browser);
  const auto refused = [&](const std::string& body, const std::string& fields) {
    const auto answer = post("/authorize", body, fields);
    EXPECT_EQ(status(answer), 403) << fields;
    EXPECT_EQ(header(answer, "Location"), "") << fields;
  };
  refused(good, "");                                                  // CSRF without the cookie
  refused(good, cookie(std::string(43, 'x')));                        // of another browser
  refused("", cookie(browser));                                       // no form
  refused("request=x", cookie(browser));                              // a made-up one
  refused(form(std::string(43, 'e')), cookie(browser));               // the attacker's own form
  refused(good, cookie(browser) + "Sec-Fetch-Site: cross-site\r\n");  // sent by another site
  refused(good, cookie(browser) + "Sec-Fetch-Site: same-site\r\n");   // and by a neighbour
  refused(good, cookie(browser, "gmail_mcp_sign_in"));  // a cookie planted without TLS
  refused(good, cookie(browser, "gmail_mcp_flow"));     // the cookie of another page
  const auto done = post("/authorize", good, cookie(browser) + "Sec-Fetch-Site: same-origin\r\n");
  EXPECT_EQ(status(done), 303);
  EXPECT_THAT(header(done, "Location"), StartsWith("https://google.test/auth?"));
}

TEST_F(SignInPagesAttacked, a_planted_cookie_does_not_become_the_browser_s) {
  const auto answer = ask("GET " + authorize(client()), cookie(browser, "gmail_mcp_sign_in"));
  EXPECT_THAT(header(answer, "Set-Cookie"), Not(HasSubstr(browser)));
}

TEST_F(SignInPagesAttacked, the_way_back_from_google_ends_in_its_own_browser_only) {
  const auto location = header(post("/authorize", form(browser), cookie(browser)), "Location");
  const auto fields = http::decode_query(http::Url::parse(location).value().query).value();
  const std::string state{http::query_value(fields, "state")};
  const auto path = "GET /oauth/callback?code=c&state=" + state;
  for (const auto& cookies :
       {std::string{}, cookie(std::string(43, 'x')), cookie(browser, "gmail_mcp_flow")}) {
    const auto answer = ask(path, cookies);
    EXPECT_EQ(status(answer), 404);
    EXPECT_EQ(header(answer, "Location"), "");
  }
  EXPECT_TRUE(google_.exchanges.empty());
  const auto answer = ask(path, cookie(browser));
  EXPECT_EQ(status(answer), 303);
  EXPECT_THAT(header(answer, "Location"),
              AllOf(StartsWith("https://client.test/callback?code="),
                    HasSubstr("&state=its%20state"), HasSubstr("&iss=https%3A%2F%2Fmail.test")));
  EXPECT_EQ(status(ask(path, cookie(browser))), 404) << "once";
  EXPECT_EQ(google_.exchanges.size(), 1U);
}

TEST_F(SignInPagesAttacked, who_may_not_sign_in_gets_a_page_and_no_code) {
  google_.email = "eve@gmail.com";
  const auto location = header(post("/authorize", form(browser), cookie(browser)), "Location");
  const auto fields = http::decode_query(http::Url::parse(location).value().query).value();
  const auto answer =
      ask("GET /oauth/callback?code=c&state=" + std::string{http::query_value(fields, "state")},
          cookie(browser));
  EXPECT_EQ(status(answer), 403);
  EXPECT_THAT(answer, AllOf(HasSubstr("You cannot sign in here"), HasSubstr("error=access_denied"),
                            HasSubstr("Sign in with another account"), Not(HasSubstr("code="))));
  google_.email = "ann@gmail.com";
  const auto other = header(post("/authorize", form_in(answer), cookie(browser)), "Location");
  const auto again = http::decode_query(http::Url::parse(other).value().query).value();
  const auto end =
      ask("GET /oauth/callback?code=d&state=" + std::string{http::query_value(again, "state")},
          cookie(browser));
  EXPECT_THAT(header(end, "Location"), StartsWith("https://client.test/callback?code="));
}

TEST_F(SignInPagesAttacked, a_sign_in_that_google_cannot_finish_now_is_begun_again_by_a_button) {
  google_.exchange_answers = {accounts::testing::Google::down()};
  google_.userinfo_answers = {accounts::testing::Google::down()};
  auto location = header(post("/authorize", form(browser), cookie(browser)), "Location");
  for (const auto* what : {"no token", "no identity", "it works"}) {
    const auto fields = http::decode_query(http::Url::parse(location).value().query).value();
    const auto answer =
        ask("GET /oauth/callback?code=c&state=" + std::string{http::query_value(fields, "state")},
            cookie(browser));
    if (status(answer) == 303) {
      EXPECT_THAT(header(answer, "Location"), StartsWith("https://client.test/callback?code="));
      EXPECT_STREQ(what, "it works");
      return;
    }
    EXPECT_EQ(status(answer), 503) << what;
    EXPECT_THAT(answer, AllOf(HasSubstr("Try again"), HasSubstr("error=temporarily_unavailable"),
                              HasSubstr("form-action 'self' https://google.test"),
                              Not(HasSubstr("gmail_get_auth_url"))));
    location = header(post("/authorize", form_in(answer), cookie(browser)), "Location");
    EXPECT_THAT(location, StartsWith("https://google.test/auth?")) << what;
  }
  ADD_FAILURE() << "never finished";
}

TEST_F(SignInPagesAttacked, a_code_that_google_refuses_sends_the_person_back_to_the_program) {
  google_.exchange_answers = {accounts::testing::Google::refuse("invalid_grant")};
  const auto location = header(post("/authorize", form(browser), cookie(browser)), "Location");
  const auto fields = http::decode_query(http::Url::parse(location).value().query).value();
  const auto answer =
      ask("GET /oauth/callback?code=c&state=" + std::string{http::query_value(fields, "state")},
          cookie(browser));
  EXPECT_EQ(status(answer), 400);
  EXPECT_THAT(answer, AllOf(HasSubstr("Go back to the program"), HasSubstr("error=server_error"),
                            Not(HasSubstr("Try again")), Not(HasSubstr("gmail_get_auth_url"))));
}

TEST_F(SignInPagesAttacked, what_google_says_in_the_address_is_not_repeated) {
  const auto location = header(post("/authorize", form(browser), cookie(browser)), "Location");
  const auto fields = http::decode_query(http::Url::parse(location).value().query).value();
  const std::string state{http::query_value(fields, "state")};
  const auto answer =
      ask("GET /oauth/callback?error=%3Cscript%3Eevil&state=" + state, cookie(browser));
  EXPECT_THAT(answer, Not(HasSubstr("evil")));
}

TEST_F(SignInPagesAttacked, endpoints_answer_forms_only_and_nothing_is_kept) {
  EXPECT_EQ(status(ask("GET /token?grant_type=authorization_code")), 405);
  EXPECT_EQ(status(ask("GET /revoke?token=x")), 405);
  const auto json = ask("POST /token", "Content-Type: application/json\r\n", "{}");
  EXPECT_EQ(status(json), 400);
  EXPECT_THAT(json, HasSubstr("invalid_request"));
  const auto form = post("/token", "grant_type=password&client_id=" + client());
  EXPECT_THAT(form, HasSubstr("unsupported_grant_type"));
  EXPECT_EQ(header(form, "Cache-Control"), "no-store");
  EXPECT_EQ(header(form, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header(form, "Access-Control-Allow-Credentials"), "");
  EXPECT_EQ(status(post("/token", "grant_type=refresh_token&client_id=stranger")), 401);
  EXPECT_EQ(status(post("/revoke", "token=gmr_made-up&client_id=" + client())), 200);
  EXPECT_EQ(status(ask("OPTIONS /token")), 204);
}

TEST_F(SignInPagesAttacked, registration_takes_no_redirect_that_leads_astray) {
  const auto enroll = [&](const std::string& uri) {
    return ask("POST /register", "Content-Type: application/json\r\n",
               R"({"redirect_uris":[")" + uri + R"("]})");
  };
  EXPECT_EQ(status(enroll(back)), 201);
  const auto refused = enroll("javascript:alert(1)");
  EXPECT_EQ(status(refused), 400);
  EXPECT_THAT(refused, HasSubstr("invalid_redirect_uri"));
  EXPECT_EQ(status(ask("POST /register", "", std::string(20'000, ' '))), 413);
  EXPECT_THAT(ask("POST /register", "", "no JSON"), HasSubstr("invalid_client_metadata"));
}

TEST_F(SignInPagesAttacked, metadata_names_what_there_is) {
  const auto answer = ask("GET /.well-known/oauth-authorization-server");
  EXPECT_EQ(status(answer), 200);
  const auto body = boost::json::parse(answer.substr(answer.find("\r\n\r\n") + 4)).as_object();
  EXPECT_EQ(body.at("issuer"), "https://mail.test");
  EXPECT_EQ(body.at("code_challenge_methods_supported"), boost::json::array{"S256"});
  EXPECT_EQ(body.at("token_endpoint_auth_methods_supported"), boost::json::array{"none"});
  EXPECT_TRUE(body.at("authorization_response_iss_parameter_supported").as_bool());
}

}  // namespace
}  // namespace gmail_mcp::surface
