// The pages in the browser (declared in consent.h). Plain HTML without scripts, so that it works in
// any browser and can be filled in by a test.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"
#include "sandbox/app_passwords.h"
#include "sandbox/consent.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: #eef1f6; color: #1f2328; }
.band { background: #7a4b00; color: #fff; padding: .6rem 1rem; text-align: center;
  font-weight: 600; }
main { max-width: 40rem; margin: 2rem auto; padding: 2rem; background: #fff; border-radius: 1rem;
  box-shadow: 0 1px 4px #0003; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
fieldset { border: 1px solid #c9ced6; border-radius: .75rem; margin: 1.25rem 0; padding: 1rem; }
legend { font-weight: 600; padding: 0 .4rem; }
fieldset p { margin: 0 0 .5rem; }
label { display: flex; gap: .75rem; align-items: flex-start; padding: .45rem 0; cursor: pointer; }
input { margin-top: .3rem; width: 1.1rem; height: 1.1rem; flex: none; }
small, code { color: #57606a; overflow-wrap: anywhere; }
.buttons { display: flex; justify-content: flex-end; gap: .75rem; }
button { font: inherit; padding: .55rem 1.4rem; border-radius: 2rem; border: 1px solid #8c959f;
  background: none; color: inherit; cursor: pointer; }
button.main { background: #0b57d0; border-color: #0b57d0; color: #fff; }
:focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px; }
main.wide { max-width: 56rem; }
.wide code { white-space: nowrap; }
table { border-collapse: collapse; width: 100%; }
th { white-space: nowrap; }
td, th { text-align: left; padding: .35rem .5rem .35rem 0; vertical-align: top; }
@media (max-width: 56rem) {
  .wide code { white-space: normal; }
  .wide table, .wide tbody, .wide tr, .wide th, .wide td { display: block; }
  .wide tr { padding: .35rem 0; } .wide th, .wide td { padding: 0; }
}
@media (prefers-color-scheme: dark) {
  body { background: #14171c; color: #e6e8eb; } main { background: #1e2228; }
  small, code { color: #a8b0ba; } fieldset { border-color: #454c55; }
}
)";

std::string page(std::string_view title, std::string_view content, bool is_wide = false) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{} – Sandbox</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<div class=\"band\">Sandbox – not Google. Nothing here is real.</div>\n<main{}>\n{}</main>\n"
      "</body>\n</html>\n",
      escape_html(title), style, is_wide ? " class=\"wide\"" : "", content);
}

// What a scope lets an application do, in a person's words.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> meanings{{
    {"https://mail.google.com/", "Read, compose, send, and permanently delete all your email"},
    {"https://www.googleapis.com/auth/gmail.modify",
     "Read, compose, and send email, and organise it"},
    {"https://www.googleapis.com/auth/gmail.readonly", "View your email messages and settings"},
    {"https://www.googleapis.com/auth/gmail.metadata",
     "View message metadata such as labels and headers, but not the email body"},
    {"https://www.googleapis.com/auth/gmail.compose", "Manage drafts and send emails"},
    {"https://www.googleapis.com/auth/gmail.send", "Send email on your behalf"},
    {"https://www.googleapis.com/auth/gmail.insert", "Add emails into your mailbox"},
    {"https://www.googleapis.com/auth/gmail.labels", "See and edit your email labels"},
    {"https://www.googleapis.com/auth/gmail.settings.basic",
     "See, edit, create, or change your email settings and filters"},
    {"https://www.googleapis.com/auth/gmail.settings.sharing",
     "Manage your sensitive mail settings, including who can manage your mail"},
}};

std::string_view meaning_of(std::string_view scope) {
  for (const auto& [name, meaning] : meanings) {
    if (name == scope) return meaning;
  }
  return "Use another part of Gmail";
}

std::string account_choice(const ConsentRequest& request, const World& world) {
  std::string out = "<fieldset>\n<legend>Choose an account</legend>\n";
  const auto& accounts = world.accounts();
  const Account* chosen = accounts.empty() ? nullptr : accounts.front().get();
  for (const auto& account : accounts) {
    const bool hinted = equals_ignoring_case(account->email, request.login_hint) ||
                        account->sub == request.login_hint;
    if (hinted) chosen = account.get();
  }
  for (const auto& account : accounts) {
    out += fmt::format(
        "<label><input type=\"radio\" name=\"email\" value=\"{0}\" required{1}>"
        "<span>{2}<br><small>{0}</small></span></label>\n",
        escape_html(account->email), account.get() == chosen ? " checked" : "",
        escape_html(account->name));
  }
  return out + "</fieldset>\n";
}

std::string scope_choice(const ConsentRequest& request) {
  std::string out = "<fieldset>\n<legend>Select what it can access</legend>\n";
  out += "<p><small>Always shared: your name, email address and profile picture.</small></p>\n";
  for (const auto& scope : request.scopes) {
    if (is_identity_scope(scope)) continue;
    out += fmt::format(
        "<label><input type=\"checkbox\" name=\"scope\" value=\"{0}\" checked>"
        "<span>{1}<br><small>{0}</small></span></label>\n",
        escape_html(scope), meaning_of(scope));
  }
  return out + "</fieldset>\n";
}

}  // namespace

std::string consent_page(const ConsentRequest& request, const World& world) {
  const auto content = fmt::format(
      "<h1>Sign in to continue</h1>\n"
      "<p>An application wants to use a simulated Google account.<br>"
      "<small>Client: <code>{}</code><br>It will be told at: <code>{}</code></small></p>\n"
      "<form method=\"post\" action=\"/o/oauth2/v2/auth/consent\">\n"
      "<input type=\"hidden\" name=\"request\" value=\"{}\">\n{}{}"
      "<div class=\"buttons\">\n"
      "<button type=\"submit\" name=\"decision\" value=\"cancel\" formnovalidate>Cancel</button>\n"
      "<button class=\"main\" type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n"
      "</div>\n</form>\n",
      escape_html(request.client_id), escape_html(request.redirect_uri), escape_html(request.query),
      account_choice(request, world), scope_choice(request));
  return page("Sign in", content);
}

std::string refusal_page(const ConsentRefusal& refusal) {
  const auto content = fmt::format(
      "<h1>Access blocked: this app’s request is invalid</h1>\n<p>{}</p>\n"
      "<p><b>Error {}: {}</b></p>\n",
      escape_html(refusal.description), refusal.status, escape_html(refusal.error));
  return page("Error", content);
}

std::string index_page(const Registration& registration, const World& world,
                       const AppPasswords& app_passwords, std::string_view base_url,
                       std::string_view mail) {
  std::string people;
  for (const auto& account : world.accounts()) {
    people += fmt::format(
        "<tr><td>{}</td><td><code>{}</code></td><td>App Password <code>{}</code></td><td>{} "
        "messages</td></tr>\n",
        escape_html(account->name), escape_html(account->email),
        app_passwords.shown(account->email), account->mailbox.message_count());
  }
  const auto row = [&](std::string_view what, std::string_view where) {
    return fmt::format("<tr><th>{}</th><td><code>{}{}</code></td></tr>\n", what, base_url, where);
  };
  const auto content = fmt::format(
      "<h1>Simulated Google</h1>\n"
      "<p>This server of <b>gmail-mcp</b> plays Google’s sign-in, Gmail’s REST API, IMAP and SMTP "
      "for trying things out. Its people and their mail are invented and live in memory only.</p>\n"
      "<h2>People</h2>\n<table>\n{}</table>\n<h2>Addresses</h2>\n<table>\n{}{}{}{}{}{}{}{}{}{}</"
      "table>\n"
      "<h2>OAuth client</h2>\n<table>\n<tr><th>client id</th><td><code>{}</code></td></tr>\n"
      "<tr><th>client secret</th><td><code>{}</code></td></tr>\n</table>\n",
      people, row("consent", "/o/oauth2/v2/auth"), row("token", "/token"), row("revoke", "/revoke"),
      row("userinfo", "/v1/userinfo"), row("Gmail", "/gmail/v1/users/me/…"),
      row("faults (POST, DELETE)", "/sandbox/faults"), row("counters", "/sandbox/counters"),
      row("new mail (POST)", "/sandbox/deliver"), row("accounts", "/sandbox/accounts"), mail,
      escape_html(registration.client_id), escape_html(registration.client_secret));
  constexpr bool is_wide = true;
  return page("Simulated Google", content, is_wide);
}

}  // namespace gmail_mcp::sandbox
