#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "accounts/connect_tally.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/access.h"
#include "model/connection.h"
#include "model/flow.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

struct SignInOptions {
  std::string public_url;                // for connect_url; without a trailing slash
  std::vector<std::string> return_urls;  // allowed prefixes (origin + path)
  std::chrono::seconds state_ttl{600};
};

/// What the page at /oauth/start shows; nothing was consumed.
struct FlowView {
  model::ExternalUserId user;
  std::vector<std::string> scopes;
  std::string expected_email;
  bool leads_to_google = false;  // otherwise it is finished with an App Password only
  bool expired = false;

  bool operator==(const FlowView&) const = default;
};

/// A person is asked to connect an account: from the request until its state is used up, whichever
/// way they choose. A state is 32 random bytes, stored as a hash, and used once by one atomic
/// statement. The same row serves Google's consent and App Passwords; Connect fills in what only
/// Google needs. One loop.
class SignIns {
 public:
  SignIns(store::Store& store, Clock& clock, Log& log, ConnectTally& tally, SignInOptions options);

  struct Begun {
    model::FlowStart start;  // auth_url is connect_url here; Connect replaces it
    store::Flow flow;
  };
  /// `flow`: what Google's consent needs besides the request; without it only an App Password can
  /// be used. Errors: forbidden for another user, invalid_argument for a malformed address or a
  /// return_url that is not configured.
  Task<Begun> begin(const model::Access& access, model::FlowRequest request, store::Flow flow);

  /// The link of a flow for this lost connection, which `begin` makes. While that flow waits for
  /// the person and has half of its time left, callers get the same link, so that an agent that
  /// tries again and again does not fill the store. Kept in this process only.
  using BeginAgain = std::function<Task<model::FlowStart>()>;
  Task<std::string> link_for(model::Access access, model::ConnectionId lost, BeginAgain begin);

  /// nullopt: no such flow (never was, or already used).
  Task<std::optional<FlowView>> look(std::string state);

  /// The flow as it is, unchanged. Errors: not_found, invalid_argument (expired).
  Task<store::Flow> pending(std::string state);

  /// Binds the flow to the browser with `browser_secret` in which the person continued. Errors as
  /// for `pending`.
  Task<store::Flow> bind(std::string state, std::string browser_secret);
  /// Whether the flow is bound to this browser.
  Task<bool> is_bound_to(std::string state, std::string browser_secret);

  /// Uses the state up for the browser that it is bound to, and for no other (Errc::forbidden, and
  /// nothing is consumed).
  Task<store::Flow> take_in_browser(std::string state, std::string browser_secret);
  /// Uses the state up, if the access includes its user; otherwise it counts as unknown and stays.
  Task<store::Flow> take(const model::Access& access, std::string state);

  /// Puts back a flow that was taken and failed without the person's fault, so that they can try
  /// again.
  Task<void> put_back(store::Flow flow);

  /// Throws invalid_argument if the flow's time is over.
  void check_time(const store::Flow& flow) const;

  /// Logs and counts why a flow ended badly; the error to throw.
  Error failed(std::string_view reason, Error error) const;
  /// Counts how a flow that led to Google ended, once it was taken.
  void ended(std::string_view outcome) const { tally_.oauth_ended(outcome); }

  const SignInOptions& options() const { return options_; }

 private:
  struct Link;
  class Making;

  bool is_expired(const store::Flow& flow) const { return clock_.now() >= flow.expires_at; }
  bool can_be_shared(const store::Flow& flow) const;
  std::shared_ptr<Link> link_at(const model::ConnectionId& id);

  store::Store& store_;
  Clock& clock_;
  Log& log_;
  ConnectTally& tally_;
  SignInOptions options_;
  std::unordered_map<model::ConnectionId, std::shared_ptr<Link>> links_;
};

}  // namespace gmail_mcp::accounts
