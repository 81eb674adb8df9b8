#include "surface/flow_page.h"

#include "base/text.h"
#include "crypto/random.h"
#include "surface/answer.h"

namespace gmail_mcp::surface {

void add_page(http::Router& router, const char* method, const char* path,
              const operation::Services& services, http::Handler handler) {
  router.add(method, path, [&services, handler = std::move(handler)](http::Exchange& exchange) {
    if (services.house() == nullptr) return exchange.respond(render(not_available()));
    return handler(exchange);
  });
}

Page bad_page(int status, std::string title, std::vector<std::string> paragraphs) {
  Page page;
  page.status = status;
  page.mood = Page::Mood::bad;
  page.title = std::move(title);
  page.paragraphs = std::move(paragraphs);
  page.footnote = "Nothing was connected. You can close this page.";
  return page;
}

Page unknown_flow() {
  auto page =
      bad_page(404, "This link does not work any more",
               {"It was used already, or it was not copied whole.",
                "If your account has just been connected, all is well. Otherwise go back to "
                "the application and ask to connect Gmail again."});
  page.footnote = "You can close this page.";
  return page;
}

Page expired_flow() {
  return bad_page(410, "This link has expired",
                  {"Connecting has to be finished within a few minutes.",
                   "Go back to the application and ask to connect Gmail again."});
}

Page failure_page(const Error& error) {
  if (error.code == Errc::not_found) return unknown_flow();
  std::vector<std::string> paragraphs{error.message};
  paragraphs.emplace_back("Go back to the application and ask to connect Gmail again.");
  return bad_page(http_status(error.code), "Gmail could not be connected", std::move(paragraphs));
}

Page refusal_page(const Error& error) {
  return bad_page(http_status(error.code), "Gmail could not be connected",
                  {error.message, error.hint});
}

Page failure_page(const Error& error, const std::string& state) {
  auto page = bad_page(http_status(error.code), "Gmail could not be connected",
                       {"It could not be finished just now. Nothing is lost: please try again in a "
                        "moment."});
  page.footnote = "Nothing was connected so far.";
  const http::QueryFields same{{"state", state}};
  page.other_way = {"Try again", with_query("/oauth/start", same)};
  return page;
}

Page not_available() {
  return bad_page(503, "Connecting is not available",
                  {"This server is not set up to connect accounts this way.",
                   "Please tell the people who run the application."});
}

Page not_our_form() {
  return bad_page(403, "Please begin again",
                  {"This step did not come from our own page, or cookies are switched off.",
                   "Open the link from the application once more, with cookies on."});
}

std::string cookie_of(const http::RequestHead& head, const BrowserCookie& cookie) {
  return cookie_of(head, cookie.name);
}

std::string cookie_of(const http::RequestHead& head, std::string_view wanted) {
  for (const auto& [name, value] : head.headers) {
    if (!equals_ignoring_case(name, "cookie")) continue;
    for (const auto& pair : split(value, ';')) {
      const auto trimmed = trim(pair);
      const auto equals = trimmed.find('=');
      if (equals != std::string_view::npos && trimmed.substr(0, equals) == wanted) {
        return std::string{trimmed.substr(equals + 1)};
      }
    }
  }
  return {};
}

std::string browser_secret(const http::RequestHead& head, const BrowserCookie& cookie) {
  auto secret = cookie_of(head, cookie);
  return secret.size() == 43 ? secret : crypto::random_token(32);
}

std::string set_cookie(const std::string& secret, const WebOptions& options,
                       const BrowserCookie& cookie) {
  // Lax: the cookie is sent when Google redirects here, but not with another site's form.
  std::string text = std::string{cookie.name} + "=" + secret +
                     "; Path=" + std::string{cookie.path} +
                     "; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(cookie.lifetime.count());
  if (options.public_url.starts_with("https://")) text += "; Secure";
  return text;
}

http::Response redirect(const std::string& url) {
  http::Response response;
  response.status = 303;
  response.headers.add("Location", url);
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Referrer-Policy", "no-referrer");
  return response;
}

std::string with_query(const std::string& url, const http::QueryFields& fields) {
  const auto separator = url.find('?') == std::string::npos ? '?' : '&';
  return url + separator + http::encode_query(fields);
}

http::Response ended(const PageContext& context, const model::FlowEnd& end,
                     const std::string& browser) {
  if (end.return_url.empty()) {
    const http::QueryFields receipt{{"receipt", context.accounts().receipts().seal(end, browser)}};
    return redirect(with_query(done_path, receipt));
  }
  http::QueryFields told{{"status", end.missing.empty() ? "connected" : "incomplete"},
                         {"connection_id", end.connection.id.str()}};
  if (!end.missing.empty()) {
    // By the short names that gmail_get_auth_url takes as well.
    constexpr std::string_view prefix = "https://www.googleapis.com/auth/";
    std::vector<std::string> names;
    for (const auto& scope : end.missing) {
      names.push_back(scope.starts_with(prefix) ? scope.substr(prefix.size()) : scope);
    }
    told.emplace_back("missing", join(names, ","));
  }
  return redirect(with_query(end.return_url, told));
}

http::QueryFields query_of(const http::RequestHead& head) {
  return http::decode_query(head.query).value_or(http::QueryFields{});
}

std::string origin_of(const std::string& url) {
  const auto parsed = http::Url::parse(url);
  return parsed ? parsed->origin() : std::string{};
}

}  // namespace gmail_mcp::surface
