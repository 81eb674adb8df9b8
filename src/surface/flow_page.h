#pragma once

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

/// What the pages of a sign-in share.
namespace gmail_mcp::surface {

/// What a page may use; outlives the router.
struct PageContext {
  const operation::Services& services;
  const DoorRules& rules;
  const WebOptions& options;

  // For the pages of `add_page`.

  operation::Accounts& accounts() const { return services.house()->accounts; }
  /// The person finishes connecting, on the staircase as everybody. Throws as `finish`.
  Task<model::FlowEnd> finish_on_page(
      std::string_view name, std::function<Task<model::FlowEnd>(operation::Call&)> finish) const {
    return operation::run_own(services, name, model::CallerKind::flow, "page", std::move(finish));
  }
};

/// A page that needs a complete set-up: else "not available" is answered.
void add_page(http::Router& router, const char* method, const char* path,
              const operation::Services& services, http::Handler handler);

constexpr std::size_t max_form = 64 << 10;

/// Where a finished sign-in is told, as often as the page is loaded.
constexpr char done_path[] = "/oauth/done";
/// Where a person who allowed too little chooses again.
constexpr char again_path[] = "/oauth/again";

/// Where the person goes when all is over: back to the application, or to our own page.
http::Response ended(const PageContext& context, const model::FlowEnd& end,
                     const std::string& browser);

Page bad_page(int status, std::string title, std::vector<std::string> paragraphs);
Page unknown_flow();
Page expired_flow();
Page not_available();
/// The form did not come from our own page.
Page not_our_form();
/// The sentence is ours; the hint is written for programs, and a person goes back to where they
/// came from.
Page failure_page(const Error& error);
/// The same of a sign-in that waits for another try.
Page failure_page(const Error& error, const std::string& state);
/// Somebody must act before another try helps: the hint says who.
Page refusal_page(const Error& error);

/// The secret by which we know a browser again; empty if it has none.
std::string cookie_of(const http::RequestHead& head);
/// That secret, or a new one.
std::string browser_secret(const http::RequestHead& head);
/// The Set-Cookie field that makes a browser hold it.
std::string set_cookie(const std::string& secret, const WebOptions& options);

http::Response redirect(const std::string& url);
std::string with_query(const std::string& url, const http::QueryFields& fields);
http::QueryFields query_of(const http::RequestHead& head);
std::string origin_of(const std::string& url);

}  // namespace gmail_mcp::surface
