#include "accounts/app_passwords.h"

#include <optional>
#include <utility>

#include "accounts/attempts.h"
#include "accounts/refusals.h"
#include "accounts/typed_account.h"
#include "base/caught.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace gmail_mcp::accounts {

namespace {

constexpr std::chrono::minutes attempts_within{10};
// For one user at one address; and for all users together at it, so that many of them cannot guess
// faster (Google locks an account some time) while one cannot use up the tries of the others.
constexpr std::int64_t attempts_of_user = 8;
constexpr std::int64_t attempts_of_address = 32;
constexpr std::int64_t attempts_of_flow = 6;
constexpr std::int64_t attempts_of_peer = 30;

// The only credential of the person on our page is the state of their flow.
model::Access password_page() { return model::Access::system("app password page"); }

// Whether the password was refused. Anything else (too many connections, no network) may pass.
bool is_refusal(const Error& error) {
  return error.code == Errc::unauthenticated || error.code == Errc::reconnect_required;
}

// A refused login is the fault of the given password, not of a credential of ours.
Error refused_when_added(const Error& cause, bool looks_right) {
  Error error{Errc::invalid_argument, cause.message, cause.hint};
  error.detail = cause.detail;
  if (error.hint.empty()) {
    error.hint = "Make a new App Password at https://myaccount.google.com/apppasswords.";
  }
  if (!looks_right) {
    error.hint += " An App Password has 16 letters; what was given has another form.";
  }
  return error;
}

// A checked address has no line end.
std::string tries_of(const model::ExternalUserId& user, const std::string& address) {
  return to_lower_ascii(address) + '\n' + user.str();
}

class Source final : public PasswordSource {
 public:
  using Ask = std::function<Task<Secret>()>;
  using Tell = std::function<Task<Error>(Secret)>;

  Source(Ask ask, Tell tell) : ask_{std::move(ask)}, tell_{std::move(tell)} {}

  Task<Secret> password() override { return ask_(); }
  Task<Error> refused(Secret refused) override { return tell_(std::move(refused)); }

 private:
  Ask ask_;
  Tell tell_;
};

}  // namespace

struct AppPasswords::State {
  store::Store& store;
  const crypto::KeyRing& keys;
  Verify verify;
  Log& log;
  ConnectTally& tally;
  Attempts of_user;
  Attempts of_address;
  Attempts of_flow;
  Attempts of_peer;

  Task<void> count_try(model::ExternalUserId user, std::string address);
  Task<void> forgive_tries(model::ExternalUserId user, std::string address);
  Task<void> sign_in(model::ExternalUserId user, std::string address, Secret password);
  Task<model::Connection> save(model::Access access, NewAccount account, model::UserId user);
  Task<model::Connection> add(model::Access access, NewAccount account);
  Task<model::FlowEnd> finish(SignIns& sign_ins, TypedAccount typed);

  Task<store::StoredCredential> stored(model::Access access, model::ConnectionId id);
  Task<Secret> password(model::Access access, model::ConnectionId id);
  Task<Error> refused(model::Access access, model::ConnectionId id, Secret password);
  Task<model::ConnectionCheck> check(model::Access access, model::ConnectionId id);
};

// A try that is refused by the user's own limit does not count for all users.
Task<void> AppPasswords::State::count_try(model::ExternalUserId user, std::string address) {
  co_await of_user.count(tries_of(user, address));
  co_await of_address.count(to_lower_ascii(address));
}

Task<void> AppPasswords::State::forgive_tries(model::ExternalUserId user, std::string address) {
  co_await of_user.forgive(tries_of(user, address));
  co_await of_address.take_back(to_lower_ascii(address));  // the tries of others still count
}

// Throws an error that a person can act on, unless both servers accept the password.
Task<void> AppPasswords::State::sign_in(model::ExternalUserId user, std::string address,
                                        Secret password) {
  const auto whose = address;
  const bool looks_right = looks_like_app_password(password);
  co_await count_try(user, whose);
  const auto failure = co_await caught(verify(std::move(address), std::move(password)));
  tally.app_password_tried(failure ? to_string(failure->code) : "ok");
  if (!failure) {
    co_await forgive_tries(user, whose);
    co_return;
  }
  log.info("app_password_not_accepted", {{"code", to_string(failure->code)}});
  // IMAP being switched off for the account is the person's to change as well.
  const bool is_theirs = is_refusal(*failure) || failure->code == Errc::forbidden;
  if (is_theirs) throw refused_when_added(*failure, looks_right);
  throw Error{*failure};
}

Task<model::Connection> AppPasswords::State::save(model::Access access, NewAccount account,
                                                  model::UserId user) {
  store::NewCredential credential;
  credential.user_id = std::move(user);
  credential.gmail_address = std::move(account.email);
  credential.kind = model::ConnectionKind::app_password;
  credential.display_name = std::move(account.display_name);
  credential.ciphertexts.app_password = keys.encrypt(account.app_password);
  auto connection = co_await store.connections().save(access, std::move(credential));
  log.info("app_password_added", {{"connection_id", connection.id.str()}});
  co_return connection;
}

Task<model::Connection> AppPasswords::State::add(model::Access access, NewAccount account) {
  if (!access.may_act_for(account.user)) {
    throw Error{Errc::forbidden, "This credential may act for its own user only."};
  }
  account.email = typed_address(account.email).value();
  account.app_password = typed_password(account.app_password).value();
  account.display_name = typed_name(account.display_name).value();
  co_await sign_in(account.user, account.email, account.app_password);
  auto user = co_await store.users().get_or_create(access, account.user);
  co_return co_await save(std::move(access), std::move(account), std::move(user.id));
}

Task<model::FlowEnd> AppPasswords::State::finish(SignIns& sign_ins, TypedAccount typed) {
  const auto flow = co_await sign_ins.pending(typed.state);
  co_await of_flow.count(flow.state_hash);
  co_await of_peer.count(typed.peer);
  NewAccount account;
  account.user = flow.external_user_id;
  // The address of the flow is fixed: the one sent by the browser is ignored.
  account.email =
      typed_address(flow.expected_email.empty() ? typed.email : flow.expected_email).value();
  account.app_password = typed_password(typed.app_password).value();
  account.display_name = typed_name(typed.display_name).value();
  co_await sign_in(account.user, account.email, account.app_password);

  // Only one of several who typed a good password into this flow connects.
  const auto taken = co_await sign_ins.take(password_page(), typed.state);
  sign_ins.check_time(taken);
  co_await of_flow.forgive(taken.state_hash);
  model::FlowEnd end;
  end.return_url = taken.return_url;
  end.connection = co_await save(password_page(), std::move(account), taken.user_id);
  co_return end;
}

Task<store::StoredCredential> AppPasswords::State::stored(model::Access access,
                                                          model::ConnectionId id) {
  auto found = co_await store.connections().credential(access, std::move(id));
  if (!found) throw connection_not_found();
  co_return std::move(*found);
}

Task<Secret> AppPasswords::State::password(model::Access access, model::ConnectionId id) {
  auto found = co_await stored(access, std::move(id));
  const bool usable =
      found.connection.is_active() && found.connection.kind == model::ConnectionKind::app_password;
  if (!usable) {
    throw reconnect_error(found.connection);
  }
  auto opened = keys.decrypt(found.ciphertexts.app_password);
  if (!opened) throw undecryptable("App Password");
  co_return std::move(opened).value();
}

Task<Error> AppPasswords::State::refused(model::Access access, model::ConnectionId id,
                                         Secret password) {
  auto found = co_await store.connections().credential(access, id);
  if (!found) co_return connection_not_found();
  auto& connection = found->connection;
  const auto opened = keys.decrypt(found->ciphertexts.app_password);
  const bool replaced = connection.is_active() && opened && !opened->equals(password.reveal());
  if (replaced) {
    Error again{Errc::unavailable, "The App Password of this account was just replaced.",
                "Try again."};
    co_return again;
  }
  if (connection.is_active() && opened) {
    const bool marked = co_await store.connections().require_reconnect(
        access, id, connection.version, store::CredentialLoss::refused);
    if (marked) {
      log.warning("app_password_refused", {{"connection_id", id.str()}});
      connection.status = model::ConnectionStatus::reconnect_required;
    }
  }
  co_return reconnect_error(connection);
}

Task<model::ConnectionCheck> AppPasswords::State::check(model::Access access,
                                                        model::ConnectionId id) {
  model::ConnectionCheck check;
  auto found = co_await stored(access, id);
  check.connection = std::move(found.connection);
  std::optional<Error> failure;
  Secret opened;
  bool was_asked = false;
  try {
    opened = co_await password(access, id);
    was_asked = true;
    // A stored password is not a guess: this does not count as a try and is not limited by tries.
    co_await verify(check.connection.gmail_address, opened);
    check.valid = true;
  } catch (const Error& error) {
    failure = error;
  }
  if (failure && was_asked && is_refusal(*failure)) {
    const auto cause = *failure;
    failure = co_await refused(access, id, std::move(opened));
    // The servers' reason says more than ours.
    if (failure->code == Errc::reconnect_required) failure->message = cause.message;
  }
  if (!failure) co_return check;
  // The servers did not check it: "not checked" is not "invalid".
  if (failure->code == Errc::rate_limited) throw Error{*failure};
  check.error = failure->message;
  check.needs_reauth = failure->code == Errc::reconnect_required;
  auto changed = co_await store.connections().find(access, id);
  if (changed) check.connection = std::move(*changed);
  co_return check;
}

AppPasswords::AppPasswords(store::Store& store, const crypto::KeyRing& keys, Verify verify,
                           Clock& clock, Log& log, ConnectTally& tally)
    : state_{
          new State{store, keys, std::move(verify), log, tally,
                    Attempts{store.tries(), clock, "user", attempts_of_user, attempts_within},
                    Attempts{store.tries(), clock, "address", attempts_of_address, attempts_within},
                    Attempts{store.tries(), clock, "flow", attempts_of_flow, attempts_within},
                    Attempts{store.tries(), clock, "peer", attempts_of_peer, attempts_within}}} {}

AppPasswords::~AppPasswords() = default;

// These are not coroutines, so the access is copied before anything suspends.
Task<model::Connection> AppPasswords::add(const model::Access& access, NewAccount account) {
  return state_->add(access, std::move(account));
}

Task<model::FlowEnd> AppPasswords::finish(SignIns& sign_ins, TypedAccount typed) {
  return state_->finish(sign_ins, std::move(typed));
}

std::shared_ptr<PasswordSource> AppPasswords::source(const model::Access& access,
                                                     model::ConnectionId id) {
  auto* state = state_.get();
  return std::make_shared<Source>([state, access, id] { return state->password(access, id); },
                                  [state, access, id](Secret refused) {
                                    return state->refused(access, id, std::move(refused));
                                  });
}

Task<model::ConnectionCheck> AppPasswords::check(const model::Access& access,
                                                 model::ConnectionId id) {
  return state_->check(access, std::move(id));
}

}  // namespace gmail_mcp::accounts
