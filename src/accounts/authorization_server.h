#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "accounts/client_app.h"
#include "accounts/client_documents.h"
#include "accounts/connect.h"
#include "accounts/network_counts.h"
#include "accounts/sign_in_ends.h"
#include "accounts/sign_in_rules.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/fernet.h"
#include "crypto/sealer.h"
#include "http/url.h"
#include "model/flow.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// A refusal in OAuth's own words (RFC 6749 §4.1.2.1 and §5.2, RFC 8707 §2).
struct OAuthRefusal {
  std::string error;        // "invalid_grant"
  std::string description;  // one sentence
};

/// A program's request to sign a person in that was found good.
struct Authorization {
  std::string client;        // the digest of its client_id
  std::string client_name;   // its own claim; may be empty
  std::string client_host;   // of its metadata; empty: it registered here
  std::string redirect_uri;  // verified
  std::string state;         // the program's own; goes back unchanged
  std::vector<std::string> scopes;
  std::string challenge;  // S256

  /// For logs and the audit: "claude.ai", or the beginning of the digest.
  std::string label() const { return client_host.empty() ? client_label(client) : client_host; }
};

/// A request that is refused. `back` is where the person is sent with the refusal; empty while the
/// client and its redirect URI are not known to be right: then only a page may say it.
struct RefusedAuthorization {
  OAuthRefusal why;
  std::string back = {};
  std::string redirect_uri = {};  // of the client, verified; empty as long as `back` is
};

/// The small authorization server for MCP clients (OAuth 2.1, RFC 6749 with PKCE S256, RFC 7591,
/// RFC 8707, RFC 9207): a person signs in with Google, which connects their mailbox as well, and
/// the program gets a code. accounts/client_tokens.h gives tokens for codes. Nobody is sent to
/// Google before they have agreed to this one client, in this browser. One loop.
class AuthorizationServer {
 public:
  /// `documents` may be null: no client is known by an address of its own.
  AuthorizationServer(store::Store& store, const crypto::KeyRing& keys, Connect& connect,
                      ClientDocuments* documents, Clock& clock, Log& log, SignInRules rules);

  const SignInRules& rules() const { return rules_; }
  const ClientApps& apps() const { return apps_; }
  const Connect& google() const { return connect_; }

  /// Counts a registration or a sign-in from this address of the network; throws rate_limited
  /// beyond what people need.
  void count_registration(const std::string& address);
  void count_sign_in(const std::string& address);

  /// The request to GET /authorize, from this address of the network: it counts the metadata
  /// documents that are fetched for it, and throws rate_limited when they are too many.
  Task<std::variant<Authorization, RefusedAuthorization>> judge(http::QueryFields fields,
                                                                std::string address);

  /// The request as the form of our page carries it, for one browser and ten minutes.
  std::string seal(const Authorization& request, const std::string& browser_secret) const;
  /// nullopt: not sealed by us, for another browser, or too old.
  std::optional<Authorization> open(std::string_view sealed,
                                    const std::string& browser_secret) const;

  /// Where the person goes who does not agree, or whom we refuse.
  std::string refuse(const Authorization& request, std::string_view error,
                     std::string_view description) const;

  /// The person agreed: keeps the request for this browser and returns Google's consent URL.
  Task<std::string> begin(Authorization request, std::string browser_secret);

  /// Whether a `state` that Google sends back is one of ours.
  static bool is_ours(std::string_view state);

  /// A sign-in that came back from Google.
  struct Pending {
    Authorization request;
    std::vector<std::string> google_scopes;
    Secret verifier;
    std::string hosted_domain;  // set by `finish`
  };
  using PendingPtr = std::shared_ptr<Pending>;
  /// Takes it out, once, for the browser in which it was begun. nullptr: there is none.
  Task<PendingPtr> take(std::string state, std::string browser_secret);

  /// Finds out at Google who it is and connects the mailbox, for the user whose id is made of
  /// Google's permanent key of the account. Throws forbidden for who may not sign in, and as
  /// Connect::finish_in_browser.
  Task<model::FlowEnd> finish(PendingPtr pending, std::string code);

  /// Where the person goes after that: to the program, with a code; or with access_denied when
  /// nothing of what it asked for was allowed at Google.
  Task<std::string> back(PendingPtr pending, model::FlowEnd end);

  static constexpr std::string_view code_label = "oauth code";

 private:
  Task<std::variant<ClientApp, OAuthRefusal>> client_of(std::string client_id, std::string address);
  Task<ClientApp> documented(std::string client_id, std::string address);
  std::string with_answer(const Authorization& request, http::QueryFields fields) const;

  store::Store& store_;
  Connect& connect_;
  ClientDocuments* documents_;
  Clock& clock_;
  Log& log_;
  SignInRules rules_;
  ClientApps apps_;
  crypto::Sealer consents_;
  crypto::Sealer requests_;
  crypto::Sealer codes_;
  NetworkCounts registrations_;
  NetworkCounts sign_ins_;
  NetworkCounts look_ups_;
};

/// The value of a field that may be there once (RFC 6749 §3.1); nullopt: it is there twice.
std::optional<std::string> single_field(const http::QueryFields& fields, std::string_view name);

/// Whether a resource indicator (RFC 8707) is ours; absent counts, as of clients before 2025-06-18.
bool is_our_resource(std::string_view given, const SignInRules& rules);

}  // namespace gmail_mcp::accounts
