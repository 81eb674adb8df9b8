#include "accounts/sign_ins.h"

#include <utility>

#include "accounts/return_url.h"
#include "accounts/typed_account.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace gmail_mcp::accounts {

namespace {

constexpr std::string_view use_a_new_link = "Start again with a new link: gmail_get_auth_url.";

// The only credential of the person on our pages is the state, which gives access to that one flow.
model::Access sign_in_page() { return model::Access::system("oauth page"); }

Error unknown_state() {
  return Error{Errc::invalid_argument,
               "Invalid OAuth state parameter: no such sign-in is pending, or it was used already.",
               std::string{use_a_new_link}};
}

Error expired_state() {
  return Error{Errc::invalid_argument,
               "The OAuth state parameter has expired: the sign-in was not finished in time.",
               std::string{use_a_new_link}};
}

Error nothing_pending() {
  return Error{Errc::not_found, "No such sign-in is pending, or it was used already.",
               "Ask for a new link."};
}

Error other_browser() {
  return Error{Errc::forbidden, "This sign-in was not begun in this browser.",
               "Open the link you were given in this browser and press Continue there."};
}

Error no_browser_secret() {
  return Error{Errc::invalid_argument, "The browser did not send its cookie.",
               "Allow cookies for this page, then press Continue again."};
}

// Named as the caller named it: add_gmail_account has `email`.
std::string expected_email_of(const model::FlowRequest& request) {
  if (trim(request.expected_email).empty()) return {};
  return typed_address(request.expected_email).value();
}

bool is_bound(const store::Flow& flow, const std::string& browser_secret) {
  if (flow.browser_hash.empty() || browser_secret.empty()) return false;
  const auto hash = crypto::sha256_hex(browser_secret);
  return crypto::equal_in_constant_time(hash, flow.browser_hash);
}

}  // namespace

SignIns::SignIns(store::Store& store, Clock& clock, Log& log, ConnectTally& tally,
                 SignInOptions options)
    : store_{store}, clock_{clock}, log_{log}, tally_{tally}, options_{std::move(options)} {}

Task<SignIns::Begun> SignIns::begin(const model::Access& access, model::FlowRequest request,
                                    store::Flow flow) {
  if (!access.may_act_for(request.user)) {
    throw Error{Errc::forbidden, "This credential may act for its own user only."};
  }
  flow.expected_email = expected_email_of(request);
  flow.return_url = request.return_url;
  if (!flow.return_url.empty() && !is_allowed_return_url(flow.return_url, options_.return_urls)) {
    throw Error{Errc::invalid_argument, "This return_url is not below one of the configured ones.",
                "Leave it out, or add its origin and path to server.return_urls."};
  }
  const auto state = crypto::random_token(32);
  flow.state_hash = crypto::sha256_hex(state);
  flow.expires_at = clock_.now() + options_.state_ttl;

  auto user = co_await store_.users().get_or_create(access, request.user);
  flow.user_id = std::move(user.id);
  flow.external_user_id = std::move(user.external_id);

  Begun begun;
  begun.start.state = state;
  begun.start.connect_url = options_.public_url + "/oauth/start?state=" + percent_encode(state);
  // The person sees it and may change it: nothing in the flow depends on it.
  if (!request.display_name.empty()) {
    begun.start.connect_url += "&name=" + percent_encode(request.display_name);
  }
  begun.start.auth_url = begun.start.connect_url;
  begun.start.expires_in = options_.state_ttl;
  begun.flow = flow;
  co_await store_.flows().begin(access, std::move(flow));
  log_.info("oauth_started");
  tally_.link_issued();
  co_return begun;
}

// Only one link at a time is made for a connection; `making` is set meanwhile.
struct SignIns::Link {
  Secret url;
  std::string state_hash;
  Timestamp expires_at;
  std::shared_ptr<Event> making;
};

// However it ends, the waiting callers look again.
class SignIns::Making {
 public:
  Making(const Executor& executor, std::shared_ptr<Link> link) : link_{std::move(link)} {
    link_->making = std::make_shared<Event>(executor);
  }
  ~Making() { std::exchange(link_->making, nullptr)->set(); }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

 private:
  std::shared_ptr<Link> link_;
};

bool SignIns::can_be_shared(const store::Flow& flow) const {
  // Once a browser is bound to it, it cannot be used in another.
  return flow.browser_hash.empty() && flow.expires_at - clock_.now() >= options_.state_ttl / 2;
}

std::shared_ptr<SignIns::Link> SignIns::link_at(const model::ConnectionId& id) {
  auto& link = links_[id];
  if (!link) link = std::make_shared<Link>();
  return link;
}

Task<std::string> SignIns::link_for(model::Access access, model::ConnectionId lost,
                                    BeginAgain begin) {
  const auto executor = co_await current_executor();
  for (;;) {
    const auto link = link_at(lost);
    if (const auto making = link->making) {
      co_await making->wait();
      continue;
    }
    if (!link->url.empty()) {
      const auto url = link->url;
      const auto hash = link->state_hash;
      const auto flow = co_await store_.flows().find(access, hash);
      if (flow && can_be_shared(*flow)) co_return url.reveal();
      if (link->making || link->state_hash != hash) continue;  // another caller was faster
    }
    const Making making{executor, link};
    std::erase_if(links_, [&](const auto& entry) {
      return !entry.second->making && clock_.now() >= entry.second->expires_at;
    });
    auto begun = co_await begin();
    link->url = Secret{begun.connect_url};
    link->state_hash = crypto::sha256_hex(begun.state);
    link->expires_at = clock_.now() + begun.expires_in;
    co_return std::move(begun.connect_url);
  }
}

Task<std::optional<FlowView>> SignIns::look(std::string state) {
  const auto flow = co_await store_.flows().find(sign_in_page(), crypto::sha256_hex(state));
  if (!flow) co_return std::nullopt;
  FlowView view;
  view.user = flow->external_user_id;
  view.scopes = flow->scopes;
  view.expected_email = flow->expected_email;
  view.leads_to_google = !flow->code_verifier_encrypted.empty();
  view.expired = is_expired(*flow);
  co_return view;
}

Task<store::Flow> SignIns::pending(std::string state) {
  auto flow = co_await store_.flows().find(sign_in_page(), crypto::sha256_hex(state));
  if (!flow) throw nothing_pending();
  check_time(*flow);
  co_return std::move(*flow);
}

Task<store::Flow> SignIns::bind(std::string state, std::string browser_secret) {
  const auto hash = crypto::sha256_hex(state);
  auto flow = co_await pending(std::move(state));
  if (browser_secret.empty()) throw no_browser_secret();
  const bool bound = co_await store_.flows().bind_browser(sign_in_page(), hash,
                                                          crypto::sha256_hex(browser_secret));
  if (!bound) throw nothing_pending();  // finished or expired in between
  co_return flow;
}

Task<bool> SignIns::is_bound_to(std::string state, std::string browser_secret) {
  const auto flow = co_await store_.flows().find(sign_in_page(), crypto::sha256_hex(state));
  co_return flow&& is_bound(*flow, browser_secret);
}

Task<store::Flow> SignIns::take_in_browser(std::string state, std::string browser_secret) {
  const auto hash = crypto::sha256_hex(state);
  const auto found = co_await store_.flows().find(sign_in_page(), hash);
  if (!found) throw failed("unknown_state", nothing_pending());
  if (!is_bound(*found, browser_secret)) throw failed("other_browser", other_browser());
  auto flow = co_await store_.flows().consume(sign_in_page(), hash);
  if (!flow) throw failed("unknown_state", nothing_pending());
  // Meanwhile Continue may have been pressed in another browser.
  if (!is_bound(*flow, browser_secret)) throw failed("other_browser", other_browser());
  co_return std::move(*flow);
}

Task<store::Flow> SignIns::take(const model::Access& access, std::string state) {
  // The access is part of the one statement that takes the flow out: another user's flow stays.
  auto flow = co_await store_.flows().consume(access, crypto::sha256_hex(state));
  if (!flow) throw failed("unknown_state", unknown_state());
  co_return std::move(*flow);
}

Task<void> SignIns::put_back(store::Flow flow) {
  try {
    co_await store_.flows().begin(sign_in_page(), std::move(flow));
  } catch (const Error& error) {
    log_.warning("oauth_flow_lost", {{"code", to_string(error.code)}});
  }
}

void SignIns::check_time(const store::Flow& flow) const {
  if (is_expired(flow)) throw expired_state();
}

Error SignIns::failed(std::string_view reason, Error error) const {
  log_.warning("oauth_failed", {{"reason", reason}, {"message", error.message}});
  ended(reason);
  return error;
}

}  // namespace gmail_mcp::accounts
