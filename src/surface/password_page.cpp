#include "surface/password_page.h"

#include <optional>
#include <utility>

#include "base/secret.h"
#include "surface/answer.h"
#include "surface/kept.h"

namespace gmail_mcp::surface {

namespace {

constexpr char apppasswords[] = "https://myaccount.google.com/apppasswords";

Page in_the_clear(const WebOptions& options) {
  return bad_page(403, "This page needs a secure connection",
                  {"A password would travel unencrypted here, so it is not asked for.",
                   "Please tell the people who run " + options.application_name +
                       " that this server needs an https address (server.public_url)."});
}

// The error with advice, for a person in front of a form.
std::string in_words(const Error& error) {
  std::string text = error.message;
  switch (error.code) {
    case Errc::rate_limited: {
      const auto wait = error.retry_after.value_or(std::chrono::seconds{60});
      const auto minutes = std::chrono::ceil<std::chrono::minutes>(wait).count();
      text += minutes <= 1 ? " Please wait a minute, then try again."
                           : " Please try again in " + std::to_string(minutes) + " minutes.";
      break;
    }
    case Errc::unavailable:
    case Errc::timeout: text += " Please try again in a moment."; break;
    case Errc::misconfigured:
    case Errc::unsupported:
    case Errc::internal: text += " Please tell the people who run the application."; break;
    default:
      if (!error.hint.empty()) text += " " + error.hint;
  }
  return text;
}

// The initial values of the fields.
struct Filled {
  std::string email;
  std::string name;
};

Page form_page(const PageContext& context, const accounts::FlowView& view, const std::string& state,
               const std::string& secret, const Filled& filled) {
  const auto& application = context.options.application_name;
  Page page;
  page.title = "Connect Gmail with an App Password";
  page.paragraphs = {application +
                     " asks to work with a Gmail account of yours, for this user of theirs:"};
  page.facts.emplace_back("User", view.user.str());
  if (!view.expected_email.empty()) page.facts.emplace_back("Account", view.expected_email);
  page.advice = {
      application +
      " can then read, send, label and archive all mail of the account. Go on only if that is you "
      "and you came here from there."};
  page.steps = {
      {"Turn on 2-Step Verification for the account, if it is off:",
       {"Google Account, Security", "https://myaccount.google.com/signinoptions/twosv"}},
      {"Make an App Password, under any name you like:", {"Google App Passwords", apppasswords}},
      {"Copy its 16 letters into this page. Your ordinary password will not do."},
  };
  page.kept = what_is_kept(context.options, model::ConnectionKind::app_password);
  if (view.expected_email.empty()) {
    page.inputs.push_back({.name = "email",
                           .label = "Gmail address",
                           .kind = Input::Kind::email,
                           .value = filled.email});
  }
  page.inputs.push_back({.name = "app_password",
                         .label = "App Password",
                         .kind = Input::Kind::password,
                         .note = "16 letters; blanks do not matter."});
  page.inputs.push_back({.name = "display_name",
                         .label = "Your name, as recipients see it (optional)",
                         .value = filled.name,
                         .is_required = false});
  page.button = "Connect";
  page.action = password_path;
  page.hidden = {{"state", state}, {"token", secret}};
  if (context.accounts().offers_google() && view.leads_to_google) {
    const http::QueryFields same{{"state", state}};
    page.other_way = {"Connect with Google instead", with_query("/oauth/start", same)};
  }
  page.footnote =
      "The password is tried at once and stored encrypted. You can end it at any time by deleting "
      "it at myaccount.google.com/apppasswords.";
  return page;
}

// The form may redirect to the application's return URL.
http::Response form_response(const PageContext& context, const Page& page,
                             const std::string& secret) {
  std::vector<std::string> targets;
  for (const auto& url : context.accounts().sign_ins().options().return_urls) {
    targets.push_back(origin_of(url));
  }
  auto response = render(page, targets);
  response.headers.add("Set-Cookie", set_cookie(secret, context.options));
  return response;
}

// The form again, with what went wrong and everything typed except the password; or a page when
// another try makes no sense.
Task<http::Response> failed(const PageContext& context, std::string state, std::string browser,
                            Filled filled, Error error) {
  const auto view = co_await context.accounts().sign_ins().look(state);
  if (!view) co_return render(unknown_flow());
  if (view->expired) co_return render(expired_flow());
  auto page = form_page(context, *view, state, browser, filled);
  page.status = http_status(error.code);
  page.mood = Page::Mood::bad;
  page.alert = in_words(error);
  auto response = form_response(context, page, browser);
  if (error.retry_after) {
    response.headers.add("Retry-After", std::to_string(error.retry_after->count()));
  }
  co_return response;
}

Task<void> take_password(http::Exchange& exchange, PageContext context) {
  auto& accounts = context.accounts();
  if (!accounts.offers_passwords()) co_return co_await exchange.respond(render(not_available()));
  if (!is_private(exchange.head(), context.rules, context.options.public_url)) {
    co_return co_await exchange.respond(render(in_the_clear(context.options)));
  }
  const auto browser = cookie_of(exchange.head());
  accounts::TypedAccount typed;
  typed.peer = client_address(exchange.head(), context.rules);
  bool is_ours = false;
  {
    auto text = co_await exchange.read_body(max_form);
    const Secret body{std::move(text)};
    const auto fields = http::decode_query(body.reveal()).value_or(http::QueryFields{});
    is_ours = !browser.empty() && Secret{browser}.equals(http::query_value(fields, "token"));
    typed.state = http::query_value(fields, "state");
    typed.email = http::query_value(fields, "email");
    typed.app_password = Secret{std::string{http::query_value(fields, "app_password")}};
    typed.display_name = http::query_value(fields, "display_name");
  }
  if (!is_ours) co_return co_await exchange.respond(render(not_our_form()));

  const auto state = typed.state;
  Filled filled{typed.email, typed.display_name};
  std::optional<model::FlowEnd> end;
  std::optional<Error> failure;
  try {
    std::function<Task<model::FlowEnd>(operation::Call&)> finish = [&](operation::Call& call) {
      return accounts.finish_with_password(call, std::move(typed));
    };
    end = co_await context.finish_on_page("password_page", std::move(finish));
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    auto answer = co_await failed(context, state, browser, std::move(filled), *failure);
    co_return co_await exchange.respond(std::move(answer));
  }
  co_await exchange.respond(ended(context, *end, browser));
}

}  // namespace

Task<void> password_page(http::Exchange& exchange, PageContext context, std::string state) {
  auto& accounts = context.accounts();
  if (!accounts.offers_passwords()) co_return co_await exchange.respond(render(not_available()));
  const auto view = co_await accounts.sign_ins().look(state);
  if (!view) co_return co_await exchange.respond(render(unknown_flow()));
  if (view->expired) co_return co_await exchange.respond(render(expired_flow()));
  if (!is_private(exchange.head(), context.rules, context.options.public_url)) {
    co_return co_await exchange.respond(render(in_the_clear(context.options)));
  }
  const auto fields = query_of(exchange.head());
  Filled filled;
  filled.name = http::query_value(fields, "name");
  const auto secret = browser_secret(exchange.head());
  const auto page = form_page(context, *view, state, secret, filled);
  co_await exchange.respond(form_response(context, page, secret));
}

void add_password_routes(http::Router& router, PageContext context) {
  add_page(router, "GET", password_path, context.services, [context](http::Exchange& exchange) {
    const auto fields = query_of(exchange.head());
    return password_page(exchange, context, std::string{http::query_value(fields, "state")});
  });
  add_page(router, "POST", password_path, context.services,
           [context](http::Exchange& exchange) { return take_password(exchange, context); });
}

}  // namespace gmail_mcp::surface
