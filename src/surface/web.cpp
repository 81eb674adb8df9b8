#include "surface/web.h"

#include "base/secret.h"
#include "surface/approval_page.h"
#include "surface/flow_page.h"
#include "surface/kept.h"
#include "surface/password_page.h"
#include "surface/sign_in_pages.h"

namespace gmail_mcp::surface {

namespace {

struct Web : PageContext {
  const SignInPages* sign_in = nullptr;

  Task<void> start_page(http::Exchange& exchange) const;
  Task<void> press_continue(http::Exchange& exchange) const;
  Task<void> callback(http::Exchange& exchange) const;

  Task<void> done(http::Exchange& exchange) const;
  Task<void> choose_again(http::Exchange& exchange) const;

  Page connected_page(const model::FlowEnd& end) const;
  Task<void> finish(http::Exchange& exchange, std::string state, std::string code,
                    std::string browser) const;
  Task<void> ask_to_continue(http::Exchange& exchange, const std::string& state,
                             const std::string& code) const;
  std::vector<std::string> form_targets() const;
};

// What a scope allows us to do, in words. Unknown scopes are shown as they are.
std::string in_words(const std::string& scope) {
  static const std::vector<std::pair<std::string_view, std::string_view>> words{
      {"https://www.googleapis.com/auth/gmail.readonly", "Read your mail"},
      {"https://www.googleapis.com/auth/gmail.send", "Send mail as you"},
      {"https://www.googleapis.com/auth/gmail.modify", "Read, send, label and archive your mail"},
      {"https://www.googleapis.com/auth/gmail.compose", "Write drafts and send mail as you"},
      {"https://www.googleapis.com/auth/gmail.labels", "Manage your labels"},
      {"https://www.googleapis.com/auth/gmail.metadata", "See headers of your mail, not its text"},
      {"https://mail.google.com/", "Read, send and permanently delete your mail"},
      {"https://www.googleapis.com/auth/userinfo.email", "See your e-mail address"},
  };
  for (const auto& [known, text] : words) {
    if (known == scope) return std::string{text};
  }
  return scope;
}

std::vector<std::string> in_words(const std::vector<std::string>& scopes) {
  std::vector<std::string> out;
  for (const auto& scope : scopes) {
    if (scope != "openid") out.push_back(in_words(scope));
  }
  return out;
}

// The requested scopes without those of identity.
std::vector<std::string> mail_scopes(std::vector<std::string> scopes) {
  std::erase_if(scopes, [](const std::string& scope) {
    return scope.find("gmail") == std::string::npos && scope != "https://mail.google.com/";
  });
  return scopes;
}

}  // namespace

// Continue leads to Google and from there, perhaps without another click, to a redirect URI.
std::vector<std::string> Web::form_targets() const {
  const auto& connect = accounts().google().options();
  std::vector<std::string> out{origin_of(connect.endpoints.auth_url)};
  for (const auto& uri : connect.redirect_uris) out.push_back(origin_of(uri));
  for (const auto& url : accounts().sign_ins().options().return_urls) out.push_back(origin_of(url));
  return out;
}

Task<void> Web::ask_to_continue(http::Exchange& exchange, const std::string& state,
                                const std::string& code) const {
  const auto view = co_await accounts().sign_ins().look(state);
  if (!view) co_return co_await exchange.respond(render(unknown_flow()));
  if (view->expired) co_return co_await exchange.respond(render(expired_flow()));
  if (!accounts().offers_google() || !view->leads_to_google) {
    co_return co_await password_page(exchange, *this, state);
  }

  const auto secret = browser_secret(exchange.head());
  Page page;
  page.title = "Connect your Gmail to " + options.application_name;
  page.paragraphs = {options.application_name +
                     " asks to work with a Gmail account of yours, for this user of theirs:"};
  page.facts.emplace_back("User", view->user.str());
  if (!view->expected_email.empty()) page.facts.emplace_back("Account", view->expected_email);
  page.advice.emplace_back("Go on only if that is you and you came here from " +
                           options.application_name + ".");
  page.list_title = "What it may do then";
  page.list = in_words(view->scopes);
  page.kept = what_is_kept(options, model::ConnectionKind::oauth);
  page.button = code.empty() ? "Continue with Google" : "Yes, connect it";
  page.action = "/oauth/start";
  page.hidden = {{"state", state}, {"token", secret}};
  if (!code.empty()) page.hidden.emplace_back("code", code);
  if (accounts().offers_passwords() && code.empty()) {
    const http::QueryFields same{{"state", state}};
    page.other_way = {"Connect with an App Password instead", with_query(password_path, same)};
  }
  page.footnote = "You can take this back at any time at myaccount.google.com/permissions.";
  auto response = render(page, form_targets());
  response.headers.add("Set-Cookie", set_cookie(secret, options));
  co_await exchange.respond(std::move(response));
}

Task<void> Web::start_page(http::Exchange& exchange) const {
  const auto fields = query_of(exchange.head());
  const std::string state{http::query_value(fields, "state")};
  const std::string no_code;
  co_await ask_to_continue(exchange, state, no_code);
}

Task<void> Web::press_continue(http::Exchange& exchange) const {
  if (!accounts().offers_google()) co_return co_await exchange.respond(render(not_available()));
  const auto browser = cookie_of(exchange.head());
  const auto body = co_await exchange.read_body(max_form);
  const auto fields = http::decode_query(body).value_or(http::QueryFields{});
  const std::string state{http::query_value(fields, "state")};
  const std::string code{http::query_value(fields, "code")};
  const bool same_browser =
      !browser.empty() && Secret{browser}.equals(http::query_value(fields, "token"));
  if (!same_browser) {
    co_return co_await exchange.respond(render(not_our_form()));
  }
  std::string next;
  std::optional<Page> refusal;
  try {
    next = co_await accounts().google().proceed(state, browser);
  } catch (const Error& error) {
    refusal = failure_page(error);
  }
  if (refusal) co_return co_await exchange.respond(render(*refusal));
  if (code.empty()) co_return co_await exchange.respond(redirect(next));
  // The person had already been at Google, by the direct link, and only this question was left.
  const http::QueryFields again{{"state", state}, {"code", code}};
  co_await exchange.respond(redirect(with_query("/oauth/callback", again)));
}

Task<void> Web::callback(http::Exchange& exchange) const {
  const auto fields = query_of(exchange.head());
  std::string state{http::query_value(fields, "state")};
  if (sign_in != nullptr && SignInPages::is_ours(state)) {
    co_return co_await sign_in->come_back(exchange);
  }
  if (!accounts().offers_google()) co_return co_await exchange.respond(render(not_available()));
  std::string code{http::query_value(fields, "code")};
  const auto browser = cookie_of(exchange.head());
  if (state.empty()) co_return co_await exchange.respond(render(unknown_flow()));

  if (const std::string word{http::query_value(fields, "error")}; !word.empty()) {
    // Google's error word is not shown, because it came through the browser.
    std::string back;
    std::optional<Error> failed;
    try {
      back = co_await accounts().google().refuse(state, browser, word);
    } catch (const Error& error) {
      failed = error;
    }
    // A flow of another browser is not ended; the page is the same.
    const bool is_theirs = !failed || failed->code == Errc::forbidden;
    if (!is_theirs) co_return co_await exchange.respond(render(failure_page(*failed)));
    if (const auto trouble = accounts().google().trouble_at_google(word)) {
      const auto page = refusal_page(*trouble);
      co_return co_await exchange.respond(render(page));
    }
    if (!back.empty()) {
      const http::QueryFields told{{"status", "refused"}};
      co_return co_await exchange.respond(redirect(with_query(back, told)));
    }
    auto page = bad_page(200, "You chose not to connect",
                         {"Google told us that you did not agree. That is fine.",
                          "If it was a mistake, ask the application to connect Gmail again."});
    page.mood = Page::Mood::neutral;
    co_return co_await exchange.respond(render(page));
  }
  if (code.empty()) co_return co_await exchange.respond(render(unknown_flow()));
  const bool ours = co_await accounts().sign_ins().is_bound_to(state, browser);
  if (!ours) co_return co_await ask_to_continue(exchange, state, code);
  co_await finish(exchange, std::move(state), std::move(code), browser);
}

Task<void> Web::finish(http::Exchange& exchange, std::string state, std::string code,
                       std::string browser) const {
  std::optional<model::FlowEnd> end;
  std::optional<Error> failure;
  try {
    std::function<Task<model::FlowEnd>(operation::Call&)> finish = [&](operation::Call& call) {
      return accounts().finish_in_browser(call, state, std::move(code), browser);
    };
    end = co_await finish_on_page("oauth_callback", std::move(finish));
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    // Google may be back in a moment, and the sign-in waits.
    const auto waiting = co_await accounts().sign_ins().look(state);
    const bool goes_on = failure->retryable() && waiting && !waiting->expired;
    const auto page = goes_on ? failure_page(*failure, state) : failure_page(*failure);
    co_return co_await exchange.respond(render(page));
  }
  co_await exchange.respond(ended(*this, *end, browser));
}

// Shows how the flow ended; the same each time it is loaded.
Task<void> Web::done(http::Exchange& exchange) const {
  const auto fields = query_of(exchange.head());
  const std::string receipt{http::query_value(fields, "receipt")};
  const auto browser = cookie_of(exchange.head());
  const auto end = co_await accounts().receipts().open(receipt, browser);
  if (!end) co_return co_await exchange.respond(render(unknown_flow()));
  if (!end->connection.is_active()) {
    auto page = bad_page(200, "This account is not connected any more",
                         {"It was connected, and has been disconnected since.",
                          "Go back to the application if you want to connect it again."});
    page.facts = {{"Account", end->connection.gmail_address}};
    page.footnote = "You can close this page.";
    co_return co_await exchange.respond(render(page));
  }
  auto page = connected_page(*end);
  if (!end->missing.empty()) page.hidden = {{"receipt", receipt}, {"token", browser}};
  const bool leads_on = !page.button.empty();
  std::vector<std::string> targets;
  if (leads_on) targets = form_targets();
  co_await exchange.respond(render(page, targets));
}

Page Web::connected_page(const model::FlowEnd& end) const {
  const auto& connection = end.connection;
  Page page;
  page.facts = {{"Account", connection.gmail_address}, {"User", connection.external_user_id.str()}};
  const std::string undo{model::facts_of(connection.kind).way_out};
  page.footnote = "You can close this page. " + undo;
  if (end.missing.empty()) {
    page.mood = Page::Mood::good;
    page.title = "Gmail is connected";
    page.paragraphs = {options.application_name + " can now work with this account."};
    page.list_title = "What it may do";
    page.list = in_words(connection.scopes);
    return page;
  }
  const bool allowed_nothing = end.missing == mail_scopes(end.asked);
  page.mood = Page::Mood::bad;
  page.title = allowed_nothing ? "Nothing was allowed yet" : "Not everything was allowed";
  page.paragraphs = {allowed_nothing
                         ? "You signed in, but did not allow " + options.application_name +
                               " to do anything with this account."
                         : options.application_name +
                               " can work with this account, but not as it asked to."};
  page.list_title = allowed_nothing ? "What it asked for" : "What you did not allow";
  page.list = in_words(end.missing);
  page.advice = {
      "Choose again and tick these boxes at Google, or close this page if you want it "
      "that way."};
  if (accounts().offers_google()) {
    page.button = "Choose again";
    page.action = again_path;
  }
  page.footnote = undo;
  return page;
}

Task<void> Web::choose_again(http::Exchange& exchange) const {
  if (!accounts().offers_google()) co_return co_await exchange.respond(render(not_available()));
  const auto browser = cookie_of(exchange.head());
  const auto body = co_await exchange.read_body(max_form);
  const auto fields = http::decode_query(body).value_or(http::QueryFields{});
  const bool same_browser =
      !browser.empty() && Secret{browser}.equals(http::query_value(fields, "token"));
  if (!same_browser) co_return co_await exchange.respond(render(not_our_form()));
  const std::string receipt{http::query_value(fields, "receipt")};
  auto end = co_await accounts().receipts().open(receipt, browser);
  if (!end) co_return co_await exchange.respond(render(unknown_flow()));
  std::string next;
  std::optional<Page> refusal;
  try {
    next = co_await accounts().google().choose_again(std::move(*end), browser);
  } catch (const Error& error) {
    refusal = failure_page(error);
  }
  if (refusal) co_return co_await exchange.respond(render(*refusal));
  co_await exchange.respond(redirect(next));
}

void add_web_routes(http::Router& router, const operation::Services& services,
                    const DoorRules& rules, const WebOptions& options, const SignInPages* sign_in) {
  auto web = std::make_shared<const Web>(Web{{services, rules, options}, sign_in});
  const auto add = [&](const char* method, const char* path, auto member) {
    add_page(router, method, path, services,
             [web, member](http::Exchange& exchange) { return ((*web).*member)(exchange); });
  };
  add("GET", "/oauth/start", &Web::start_page);
  add("POST", "/oauth/start", &Web::press_continue);
  add("GET", "/oauth/callback", &Web::callback);
  add("GET", done_path, &Web::done);
  add("POST", again_path, &Web::choose_again);
  add_password_routes(router, *web);
  add_approval_routes(router, *web);
}

}  // namespace gmail_mcp::surface
