#pragma once

#include <string>
#include <utility>

#include "accounts/connect.h"
#include "accounts/connect_tally.h"
#include "accounts/testing/bench.h"
#include "crypto/digest.h"
#include "http/url.h"

namespace gmail_mcp::accounts::testing {

inline ConnectOptions flow_options(const google::OAuthClient& client) {
  ConnectOptions options;
  options.endpoints = Google::endpoints();
  options.client = client;
  options.redirect_uris = {"https://mail.test/oauth/callback", "https://app.test/gmail/callback"};
  options.scopes = {"https://www.googleapis.com/auth/gmail.modify"};
  return options;
}

inline SignInOptions sign_in_options() {
  SignInOptions options;
  options.return_urls = {"https://app.test/settings"};
  options.public_url = "https://mail.test";
  return options;
}

/// A bench with the OAuth flow on it.
struct FlowBench : Bench {
  TokenVault vault{*store, keys, &oauth, clock, *log};
  Meter meter;
  ConnectTally tally{meter};
  SignIns sign_ins{*store, clock, *log, tally, sign_in_options()};
  Connect connect{*store, keys, oauth, vault, sign_ins, clock, *log, flow_options(client)};

  static model::FlowRequest request_for(const std::string& user) {
    model::FlowRequest request;
    request.user = model::ExternalUserId{user};
    return request;
  }
  model::FlowStart start(model::FlowRequest request) {
    return run(connect.start(everybody(), std::move(request)));
  }
  model::FlowStart start(const std::string& user) { return start(request_for(user)); }
  model::FlowEnd finish(const std::string& state) {
    return run(connect.finish(everybody(), state, "code-1"));
  }
  std::vector<model::Connection> connections() {
    store::ConnectionFilter filter;
    filter.include_inactive = true;
    return run(store->connections().list(everybody(), std::move(filter)));
  }
  std::optional<store::Flow> pending(const std::string& state) {
    return run(store->flows().find(everybody(), crypto::sha256_hex(state)));
  }

  /// The Error a task ends with; Errc::internal if with none.
  template <class T>
  Error error_of(Task<T> task) {
    try {
      run(std::move(task));
    } catch (const Error& error) {
      return error;
    }
    return Error{Errc::internal, "no error"};
  }
};

/// A field of a URL's query.
inline std::string query_field(const std::string& url, const std::string& name) {
  const auto fields = http::decode_query(http::Url::parse(url).value().query).value();
  return std::string{http::query_value(fields, name)};
}

}  // namespace gmail_mcp::accounts::testing
