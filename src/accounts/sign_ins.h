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
  bool leads_to_google = false;  // else it is finished with an App Password alone
  bool expired = false;

  bool operator==(const FlowView&) const = default;
};

/// A person is asked to connect an account: from the wish to the moment its state is used up,
/// whichever way they take. A state is 32 random bytes, stored as its hash,
/// used once by one atomic statement. The same row serves Google's consent and App Passwords; what
/// only Google needs is filled in by Connect. One loop.
class SignIns {
 public:
  SignIns(store::Store& store, Clock& clock, Log& log, ConnectTally& tally, SignInOptions options);

  struct Begun {
    model::FlowStart start;  // auth_url is connect_url: Connect knows a better one
    store::Flow flow;
  };
  /// `flow`: what Google's way needs beside the request; without it an App Password is the only
  /// way. Errors: forbidden for another's user, invalid_argument for an address that is none or a
  /// return_url that is not configured.
  Task<Begun> begin(const model::Access& access, model::FlowRequest request, store::Flow flow);

  /// The link of a flow for this lost connection, which `begin` makes. Whoever asks while that flow
  /// waits for the person, with half of its time left, gets the same link: an agent that tries
  /// again and again does not fill the store. Kept for this process only.
  using BeginAgain = std::function<Task<model::FlowStart>()>;
  Task<std::string> link_for(model::Access access, model::ConnectionId lost, BeginAgain begin);

  /// nullopt: no such flow (never was, or already used).
  Task<std::optional<FlowView>> look(std::string state);

  /// The flow as it stands, untouched. Errors: not_found, invalid_argument (expired).
  Task<store::Flow> pending(std::string state);

  /// The person went on in a browser holding `browser_secret`. Errors as `pending`'s.
  Task<store::Flow> bind(std::string state, std::string browser_secret);
  /// Is this the browser that went on?
  Task<bool> is_bound_to(std::string state, std::string browser_secret);

  /// Uses the state up for the browser that went on, and for no other (Errc::forbidden, and nothing
  /// is consumed).
  Task<store::Flow> take_in_browser(std::string state, std::string browser_secret);
  /// Uses the state up, if its user is one the access reaches; else it is unknown and stays.
  Task<store::Flow> take(const model::Access& access, std::string state);

  /// A flow that was taken, and came to nothing by no fault of the person's: it waits for them
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
