#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/server.h"
#include "http/url.h"
#include "operation/accounts.h"
#include "operation/own_work.h"
#include "surface/caller.h"
#include "surface/page.h"
#include "surface/web.h"

/// Shared by the pages of a sign-in.
namespace gmail_mcp::surface {

/// What a page may use; outlives the router.
struct PageContext {
  const operation::Services& services;
  const DoorRules& rules;
  const WebOptions& options;

  // For the pages of `add_page`.

  operation::Accounts& accounts() const { return services.house()->accounts; }
  /// Finishes connecting for the person, on the staircase like every call. Throws as `finish`.
  Task<model::FlowEnd> finish_on_page(
      std::string_view name, std::function<Task<model::FlowEnd>(operation::Call&)> finish) const {
    return operation::run_own(services, name, model::CallerKind::flow, "page", std::move(finish));
  }
};

/// Adds a page that needs a complete set-up; without one it answers "not available".
void add_page(http::Router& router, const char* method, const char* path,
              const operation::Services& services, http::Handler handler);

constexpr std::size_t max_form = 64 << 10;

/// The page about a finished sign-in, which may be loaded any number of times.
constexpr char done_path[] = "/oauth/done";
/// Where a person who allowed too little can choose again.
constexpr char again_path[] = "/oauth/again";

/// Where the person goes at the end: back to the application, or to our own page.
http::Response ended(const PageContext& context, const model::FlowEnd& end,
                     const std::string& browser);

Page bad_page(int status, std::string title, std::vector<std::string> paragraphs);
Page unknown_flow();
Page expired_flow();
Page not_available();
/// The form did not come from our own page.
Page not_our_form();
/// Shows the error's sentence; its hint is for programs, so the person is sent back to where they
/// came from.
Page failure_page(const Error& error);
/// The same for a sign-in that waits for another try.
Page failure_page(const Error& error, const std::string& state);
/// Someone must act before another try can help; the hint says who.
Page refusal_page(const Error& error);

/// The cookie with the secret by which the pages below a path recognise a browser.
struct BrowserCookie {
  std::string_view name;
  std::string_view path;
  std::chrono::seconds lifetime;
};
inline constexpr BrowserCookie flow_cookie{"gmail_mcp_flow", "/oauth", std::chrono::minutes{30}};

/// The secret; empty if the browser has none.
std::string cookie_of(const http::RequestHead& head, const BrowserCookie& cookie = flow_cookie);
/// The value of the cookie with this name; of two the first.
std::string cookie_of(const http::RequestHead& head, std::string_view name);
/// That secret, or a new one.
std::string browser_secret(const http::RequestHead& head,
                           const BrowserCookie& cookie = flow_cookie);
/// The Set-Cookie field that stores it in the browser.
std::string set_cookie(const std::string& secret, const WebOptions& options,
                       const BrowserCookie& cookie = flow_cookie);

http::Response redirect(const std::string& url);
std::string with_query(const std::string& url, const http::QueryFields& fields);
http::QueryFields query_of(const http::RequestHead& head);
std::string origin_of(const std::string& url);

}  // namespace gmail_mcp::surface
