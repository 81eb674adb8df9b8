#include "surface/sign_in_pages.h"

#include <algorithm>
#include <utility>

#include "accounts/mail_scopes.h"
#include "accounts/redirect_uri.h"
#include "base/caught.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/random.h"
#include "surface/answer.h"
#include "surface/kept.h"

namespace gmail_mcp::surface {

namespace {

using accounts::RedirectUri;

constexpr char authorize_path[] = "/authorize";
constexpr char back_to_program[] = "Go back to the program and sign in again.";

Page page_of_refusal(int status, std::string title, std::vector<std::string> paragraphs) {
  auto page = bad_page(status, std::move(title), std::move(paragraphs));
  page.footnote = "Nobody was signed in. You can close this page.";
  return page;
}

// The link was wrong in a way that only its program can mend.
Page wrong_link(const std::string& why) {
  return page_of_refusal(400, "This link cannot be used to sign in",
                         {"The program that sent you here did not ask in the right way.", why,
                          "Remove the connection in that program and add it again. If that does "
                          "not help, tell its makers."});
}

Page lost_sign_in() {
  auto page = page_of_refusal(404, "This sign-in does not work any more",
                              {"It was finished already, was begun in another browser, or took "
                               "more than a few minutes.",
                               back_to_program});
  page.footnote = "You can close this page.";
  return page;
}

// Says that it can be tried again in a while; throws errors that do not pass by themselves.
http::Response please_wait(const Error& busy) {
  if (!busy.retryable()) throw Error{busy};
  const bool too_many = busy.code == Errc::rate_limited;
  const auto* reason =
      too_many ? "Many people or programs sign in from your network." : "The server is busy.";
  auto response = render(page_of_refusal(http_status(busy.code), "Please wait a little",
                                         {reason, "Reload this page in a few minutes."}));
  const auto wait = busy.retry_after.value_or(std::chrono::seconds{too_many ? 60 : 10});
  response.headers.set("Retry-After", std::to_string(wait.count()));
  return response;
}

Page not_our_consent() {
  return page_of_refusal(403, "Please begin again",
                         {"This step did not come from our own page, the page was open too long, "
                          "or cookies are switched off.",
                          back_to_program});
}

// Browsers say which page a form came from. Our own say "null", because they send no referrer.
bool is_from_own_page(const http::RequestHead& head) {
  const auto site = trim(head.headers.get("sec-fetch-site"));
  return site.empty() || equals_ignoring_case(site, "same-origin");
}

}  // namespace

SignInPages::SignInPages(const operation::Services& services, const DoorRules& rules,
                         const WebOptions& options, accounts::AuthorizationServer& server)
    : context_{services, rules, options}, server_{server} {}

// Over https no other host of the domain, and no page without TLS, can set a cookie of this kind of
// name (RFC 6265bis §4.1.3.2), so that nobody can lend the person a browser secret of theirs.
std::string SignInPages::cookie_name() const {
  const bool secure = context_.options.public_url.starts_with("https://");
  return secure ? "__Host-gmail_mcp_sign_in" : "gmail_mcp_sign_in";
}

Task<void> SignInPages::ask(http::Exchange& exchange) const {
  auto fields = http::decode_query(exchange.head().query);
  if (!fields) {
    const auto page = wrong_link("The address has a broken escape.");
    co_return co_await exchange.respond(render(page));
  }
  auto address = client_address(exchange.head(), context_.rules);
  auto tried = co_await caught(server_.judge(std::move(*fields), std::move(address)));
  if (!tried) co_return co_await exchange.respond(please_wait(tried.error()));
  const auto& judged = tried.value();
  if (const auto* refused = std::get_if<accounts::RefusedAuthorization>(&judged)) {
    auto page = wrong_link(refused->why.description);
    if (!refused->back.empty()) {
      // Anybody may register a site of theirs, so a wrong request must not make us a way to it that
      // nobody has clicked (RFC 9700 §4.11.2). On the person's own device there is only a program.
      const auto uri = RedirectUri::parse(refused->redirect_uri).value();
      if (uri.kind != RedirectUri::Kind::https) {
        co_return co_await exchange.respond(redirect(refused->back));
      }
      page.main_fact = {"The program's site", uri.shown};
      page.other_way = {"Back to the program", refused->back};
    }
    co_return co_await exchange.respond(render(page));
  }
  co_await show(exchange, std::get<accounts::Authorization>(judged));
}

Page SignInPages::consent_page(const accounts::Authorization& request) const {
  const auto uri = RedirectUri::parse(request.redirect_uri).value();
  const auto& application = context_.options.application_name;
  Page page;
  page.title = "A program wants to use your Gmail";
  // The name is the program's own text, so it stands apart from our sentences.
  const auto& name = request.client_name;
  if (request.client_host.empty()) {
    page.paragraphs = {
        "Anybody can choose a program's name. What counts is where the answer goes:"};
    page.facts = {{"It calls itself", name.empty() ? "(no name)" : name}};
  } else {
    page.paragraphs = {"It is published at " + request.client_host +
                       ". What counts is where the answer goes:"};
    if (!name.empty()) page.facts = {{"Its name there", name}};
  }
  switch (uri.kind) {
    case RedirectUri::Kind::https:
      page.main_fact = {"Access is given to the site", uri.shown};
      break;
    case RedirectUri::Kind::loopback:
      page.main_fact = {"Access is given to a program on this device", uri.shown};
      break;
    case RedirectUri::Kind::private_scheme:
      page.main_fact = {"Access is given to the app that opens", uri.shown};
      break;
  }
  page.list_title = "What it may do then";
  page.list = accounts::sentences_of(request.scopes);
  // Here it is the program that reads the mail.
  auto kept_for = context_.options;
  kept_for.application_name = "that program";
  page.kept = what_is_kept(kept_for, model::ConnectionKind::oauth);
  page.advice = {
      "Go on only if you have just asked that program to connect. Next you sign in with "
      "Google, which also connects your mailbox to " +
      application + "."};
  if (uri.kind == RedirectUri::Kind::loopback) {
    page.advice.emplace_back(
        "Is the program on another device? Then the last page will not load here: copy its whole "
        "address into the program.");
  }
  page.buttons = {{"continue", "Continue with Google", true}, {"cancel", "Cancel"}};
  page.action = authorize_path;
  page.footnote =
      "To end this, sign out in that program, or ask whoever runs " + application +
      ". At myaccount.google.com/permissions you end access to your mail for all such programs.";
  return page;
}

// Continue leads to Google and from there, perhaps without another click, to the program.
std::vector<std::string> SignInPages::form_targets(const accounts::Authorization& request) const {
  return {origin_of(server_.google().options().endpoints.auth_url),
          RedirectUri::parse(request.redirect_uri).value().origin};
}

Task<void> SignInPages::show(http::Exchange& exchange,
                             const accounts::Authorization& request) const {
  auto secret = cookie_of(exchange.head(), cookie_name());
  if (secret.size() != 43) secret = crypto::random_token(32);
  auto page = consent_page(request);
  page.hidden = {{"request", server_.seal(request, secret)}};
  auto response = render(page, form_targets(request));
  std::string cookie =
      cookie_name() + "=" + secret + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=1800";
  if (cookie_name().starts_with("__Host-")) cookie += "; Secure";
  response.headers.add("Set-Cookie", std::move(cookie));
  co_await exchange.respond(std::move(response));
}

Task<void> SignInPages::decide(http::Exchange& exchange) const {
  const auto browser = cookie_of(exchange.head(), cookie_name());
  const auto body = co_await exchange.read_body(max_form);
  const auto fields = http::decode_query(body).value_or(http::QueryFields{});
  std::optional<accounts::Authorization> request;
  if (is_from_own_page(exchange.head())) {
    request = server_.open(http::query_value(fields, "request"), browser);
  }
  if (!request) co_return co_await exchange.respond(render(not_our_consent()));
  if (http::query_value(fields, "choice") != "continue") {
    const auto back = server_.refuse(*request, "access_denied", "The person chose Cancel.");
    co_return co_await exchange.respond(redirect(back));
  }
  std::optional<Error> busy;
  try {
    server_.count_sign_in(client_address(exchange.head(), context_.rules));
  } catch (const Error& error) {
    busy = error;
  }
  if (busy) co_return co_await exchange.respond(please_wait(*busy));
  const auto next = co_await caught(server_.begin(std::move(*request), browser));
  if (!next) co_return co_await exchange.respond(please_wait(next.error()));
  co_await exchange.respond(redirect(next.value()));
}

http::Response SignInPages::not_finished(const Error& error, const accounts::Authorization& request,
                                         const std::string& browser) const {
  const bool is_refused = error.code == Errc::forbidden;
  const auto* word = is_refused ? "access_denied" : "server_error";
  auto page = page_of_refusal(http_status(error.code),
                              is_refused ? "You cannot sign in here" : "Signing in did not work",
                              {error.message});
  if (error.retryable()) {
    word = "temporarily_unavailable";
    page.paragraphs = {
        "It could not be finished just now. Nothing is lost: please try again in a moment."};
  } else if (error.code == Errc::invalid_argument) {
    page.paragraphs.emplace_back(back_to_program);  // what the hint says is for applications
  } else if (!error.hint.empty()) {
    page.paragraphs.push_back(error.hint);
  }
  if (is_refused || error.retryable()) {
    // The code that Google gave may be used up, so another try leads over Google.
    page.button = is_refused ? "Sign in with another account" : "Try again";
    page.action = authorize_path;
    page.hidden = {{"request", server_.seal(request, browser)}, {"choice", "continue"}};
  }
  page.other_way = {"Back to the program", server_.refuse(request, word, error.message)};
  page.footnote = "Nobody was signed in.";
  return render(page, form_targets(request));
}

Task<void> SignInPages::come_back(http::Exchange& exchange) const {
  const auto fields = query_of(exchange.head());
  std::string state{http::query_value(fields, "state")};
  std::string code{http::query_value(fields, "code")};
  const std::string word{http::query_value(fields, "error")};
  const auto browser = cookie_of(exchange.head(), cookie_name());
  auto taken = co_await caught(server_.take(std::move(state), browser));
  if (!taken) co_return co_await exchange.respond(please_wait(taken.error()));
  auto pending = std::move(taken).value();
  if (!pending) co_return co_await exchange.respond(render(lost_sign_in()));
  if (!word.empty() || code.empty()) {
    // Google's error word is not shown, because it came through the browser.
    const auto trouble = server_.google().trouble_at_google(word);
    if (trouble) {
      co_return co_await exchange.respond(not_finished(*trouble, pending->request, browser));
    }
    const auto back =
        server_.refuse(pending->request, "access_denied", "The person did not agree at Google.");
    co_return co_await exchange.respond(redirect(back));
  }
  co_await finish(exchange, std::move(pending), std::move(code), browser);
}

Task<void> SignInPages::finish(http::Exchange& exchange,
                               accounts::AuthorizationServer::PendingPtr pending, std::string code,
                               std::string browser) const {
  std::optional<model::FlowEnd> end;
  std::optional<Error> failure;
  try {
    std::function<Task<model::FlowEnd>(operation::Call&)> sign_in = [&](operation::Call& call) {
      auto finishing = server_.finish(pending, std::move(code));
      return context_.accounts().finish_sign_in(call, std::move(finishing));
    };
    end = co_await context_.finish_on_page("sign_in", std::move(sign_in));
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    co_return co_await exchange.respond(not_finished(*failure, pending->request, browser));
  }
  const auto next = co_await server_.back(pending, std::move(*end));
  co_await exchange.respond(redirect(next));
}

void add_sign_in_pages(http::Router& router, const SignInPages& pages,
                       const operation::Services& services) {
  add_page(router, "GET", authorize_path, services,
           [&pages](http::Exchange& exchange) { return pages.ask(exchange); });
  add_page(router, "POST", authorize_path, services,
           [&pages](http::Exchange& exchange) { return pages.decide(exchange); });
}

}  // namespace gmail_mcp::surface
