#include "surface/approval_page.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/caught.h"
#include "base/secret.h"
#include "base/text.h"
#include "operation/approvals.h"
#include "surface/answer.h"

namespace gmail_mcp::surface {

namespace {

constexpr BrowserCookie approval_cookie{"gmail_mcp_approval", "/approve", std::chrono::hours{24}};
constexpr std::size_t most_recipients_shown = 500;

Page outcome_page(int status, Page::Mood mood, std::string title,
                  std::vector<std::string> paragraphs) {
  Page page;
  page.status = status;
  page.mood = mood;
  page.title = std::move(title);
  page.paragraphs = std::move(paragraphs);
  page.footnote = "You can close this page.";
  return page;
}

Page unknown_link() {
  return outcome_page(404, Page::Mood::bad, "This link does not work",
                      {"It was not copied whole, or the message it led to is gone.",
                       "Nothing was sent by opening it."});
}

Page not_from_our_page() {
  return outcome_page(403, Page::Mood::bad, "Please look at the message again",
                      {"This step did not come from our own page, or cookies are switched off.",
                       "Nothing was sent. Open the link once more, with cookies on."});
}

// What became of a message that waits no more.
Page decided_page(const operation::HeldView& view) {
  using Mood = Page::Mood;
  namespace status = operation::send_status;
  const auto& is = view.state;
  if (is == status::sent) {
    return outcome_page(200, Mood::good, "The message was sent",
                        {"It was sent once, from " + view.account + ", as it was shown."});
  }
  if (is == status::sending) {
    return outcome_page(200, Mood::neutral, "The message is being sent",
                        {"This page loads itself again in a moment and says whether it was."});
  }
  if (is == status::refused) {
    return outcome_page(200, Mood::neutral, "The message was not sent", {view.problem});
  }
  if (is == status::saved_as_draft) {
    auto page = outcome_page(200, Mood::good, "It is a draft now",
                             {"Nothing was sent. The message is among the drafts of " +
                              view.account + ", where you can change it and send it."});
    const http::QueryFields whose{{"authuser", view.account}};
    page.other_way = {"Open the drafts in Gmail",
                      with_query("https://mail.google.com/mail/", whose) + "#drafts"};
    return page;
  }
  if (is == status::expired) {
    return outcome_page(410, Mood::bad, "This link has expired",
                        {"A message waits for 24 hours. It was not sent.",
                         "If you want it, ask for it once more."});
  }
  if (is == status::outcome_unknown) {
    return outcome_page(200, Mood::bad, "Whether it was sent is not known",
                        {"The connection to the mail server was lost at the wrong moment. It is "
                         "not sent again by itself.",
                         "Look into the Sent folder of " + view.account + "."});
  }
  return outcome_page(200, Mood::bad, "The message was not sent", {view.problem});
}

std::string size_in_words(std::int64_t bytes) {
  if (bytes < 1'000) return fmt::format("{} bytes", bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

// "2026-01-02 03:04 UTC".
std::string minute_of(Timestamp time) {
  auto text = to_iso8601(time).substr(0, 16);
  text[10] = ' ';
  return text + " UTC";
}

void add_people(Page& page, const char* label, const std::vector<std::string>& people) {
  if (people.empty()) return;
  std::string all;
  for (std::size_t i = 0; i < people.size() && i < most_recipients_shown; ++i) {
    if (i > 0) all += ", ";
    all += people[i];
  }
  page.facts.emplace_back(label, std::move(all));
}

Page question(const operation::HeldView& view, const WebOptions& options, const std::string& link,
              const std::string& secret) {
  Page page;
  page.is_wide = true;
  page.title = "Send this message?";
  page.paragraphs = {options.application_name + " wants to send it from your account " +
                     view.account + ". Nothing has been sent yet."};
  page.facts.emplace_back("From", view.from);
  add_people(page, "To", view.to);
  add_people(page, "Cc", view.cc);
  add_people(page, "Bcc", view.bcc);
  add_people(page, "Answers go to", view.reply_to);
  page.facts.emplace_back("Subject", view.subject.empty() ? "(none)" : view.subject);
  page.warnings = view.warnings;
  if (view.is_html) {
    page.letters.emplace_back("Text (written in HTML; shown here without its form)", view.text);
    if (!view.plain_text.empty()) {
      page.letters.emplace_back("Its plain version says something else", view.plain_text);
    }
    if (!view.html_source.empty()) {
      page.letters.emplace_back("The HTML as it is written, with what the recipient does not see",
                                view.html_source);
    }
  } else {
    page.letters.emplace_back("Text", view.text);
  }
  std::string files;
  for (const auto& file : view.files) {
    if (!files.empty()) files += "\n";
    files += file.name + " (" + file.type + ", " + size_in_words(file.size) + ")";
    if (file.is_inline) files += ", within the text";
  }
  if (view.more_files > 0) files += fmt::format("\nand {} more files", view.more_files);
  if (!files.empty()) page.letters.emplace_back("Files", std::move(files));
  page.advice = {"Send it only if you want exactly this, to exactly these people."};
  page.buttons = {{.value = "send_once", .label = "Send once", .is_main = true},
                  {.value = "dont_send", .label = "Don't send"},
                  {.value = "as_draft",
                   .label = view.is_draft ? "Leave it as a draft" : "Edit in Gmail as draft"}};
  page.action = "/approve/" + link;
  page.hidden = {{"token", secret}, {"digest", view.digest}};
  page.footnote = "It waits until " + minute_of(view.expires_at) +
                  ". Only this one message is sent, once. Whoever has the link of this page can "
                  "decide.";
  return page;
}

std::optional<operation::Choice> choice_of(std::string_view word) {
  if (word == "send_once") return operation::Choice::send_once;
  if (word == "dont_send") return operation::Choice::dont_send;
  if (word == "as_draft") return operation::Choice::as_draft;
  return std::nullopt;
}

Page failed_page(const Error& error) {
  if (error.code == Errc::not_found) return unknown_link();
  std::vector<std::string> paragraphs{error.message};
  if (error.retryable()) paragraphs.emplace_back("Open the link again in a moment.");
  return outcome_page(http_status(error.code), Page::Mood::bad, "The message was not sent",
                      std::move(paragraphs));
}

Task<void> show_message(http::Exchange& exchange, PageContext context) {
  const std::string link{exchange.parameter("link")};
  auto& approvals = context.services.house()->approvals;
  std::optional<operation::HeldView> view;
  std::optional<Error> failure;
  try {
    view = co_await approvals.look_by_link(link);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) co_return co_await exchange.respond(render(failed_page(*failure)));
  if (!view) co_return co_await exchange.respond(render(unknown_link()));
  if (view->state != operation::send_status::held) {
    auto response = render(decided_page(*view));
    const bool goes_on = view->state == operation::send_status::sending;
    if (goes_on) response.headers.add("Refresh", "3");  // seconds
    co_return co_await exchange.respond(std::move(response));
  }
  const auto secret = browser_secret(exchange.head(), approval_cookie);
  auto response = render(question(*view, context.options, link, secret));
  response.headers.add("Set-Cookie", set_cookie(secret, context.options, approval_cookie));
  co_await exchange.respond(std::move(response));
}

// A browser says whose page sends the form.
bool is_sent_by_another_page(const http::RequestHead& head) {
  const auto site = to_lower_ascii(trim(head.headers.get("sec-fetch-site")));
  return !site.empty() && site != "same-origin";
}

// Of two clicks the browser shows the answer to the second. When the first one did something, that
// is what the person must read, and not that the second did nothing.
bool has_done_something(std::string_view state) {
  namespace status = operation::send_status;
  return state == status::sent || state == status::sending || state == status::saved_as_draft ||
         state == status::outcome_unknown;
}

Task<void> take_decision(http::Exchange& exchange, PageContext context) {
  const std::string link{exchange.parameter("link")};
  const auto browser = cookie_of(exchange.head(), approval_cookie);
  const auto body = co_await exchange.read_body(max_form);
  const auto fields = http::decode_query(body).value_or(http::QueryFields{});
  const bool is_ours = !browser.empty() && !is_sent_by_another_page(exchange.head()) &&
                       Secret{browser}.equals(http::query_value(fields, "token"));
  if (!is_ours) co_return co_await exchange.respond(render(not_from_our_page()));
  operation::Decision decision;
  decision.digest = http::query_value(fields, "digest");
  decision.choice = choice_of(http::query_value(fields, "choice"));
  if (!decision.choice) co_return co_await exchange.respond(render(not_from_our_page()));
  std::optional<Error> failure;
  try {
    auto& approvals = context.services.house()->approvals;
    std::function<Task<operation::SendResult>(operation::Call&)> decide =
        [&](operation::Call& call) {
          return approvals.decide_by_link(call, link, std::move(decision));
        };
    co_await operation::run_own(context.services, "approval_page", model::CallerKind::flow, "page",
                                std::move(decide));
  } catch (const Error& error) {
    failure = error;
  }
  if (failure && failure->code == Errc::conflict) {
    const auto now = co_await caught(context.services.house()->approvals.look_by_link(link));
    if (now && now.value() && has_done_something(now.value()->state)) failure.reset();
  }
  if (failure) co_return co_await exchange.respond(render(failed_page(*failure)));
  co_await exchange.respond(redirect("/approve/" + link));
}

}  // namespace

void add_approval_routes(http::Router& router, PageContext context) {
  add_page(router, "GET", "/approve/{link}", context.services,
           [context](http::Exchange& exchange) { return show_message(exchange, context); });
  add_page(router, "POST", "/approve/{link}", context.services,
           [context](http::Exchange& exchange) { return take_decision(exchange, context); });
}

}  // namespace gmail_mcp::surface
