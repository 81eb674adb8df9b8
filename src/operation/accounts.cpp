#include "operation/accounts.h"

#include <utility>

#include "accounts/refusals.h"
#include "mail/outbox.h"
#include "operation/call.h"
#include "operation/history.h"
#include "operation/mail.h"

namespace gmail_mcp::operation {

namespace {

// However often they are requested, the database counts no more often than this.
constexpr std::chrono::seconds counts_last{2};

// Counts one sign-in that is being finished, while it lives.
class Visit {
 public:
  explicit Visit(std::size_t& running) : running_{running} { ++running_; }
  ~Visit() { --running_; }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  std::size_t& running_;
};

// These own what they need: they may outlive the call.

Task<model::FlowEnd> finish_by_tool(accounts::Connect& google, model::Access access,
                                    std::string state, std::string code) {
  co_return co_await google.finish(access, std::move(state), std::move(code));
}

Task<model::FlowEnd> add_account(accounts::AppPasswords& passwords, model::Access access,
                                 model::NewAccount account) {
  model::FlowEnd end;
  end.connection = co_await passwords.add(access, std::move(account));
  co_return end;
}

}  // namespace

Accounts::Accounts(const Services& services, Needs needs, Mail& mail, History& history,
                   std::function<void()> sign_in_begins)
    : services_{services},
      needs_{needs},
      mail_{mail},
      history_{history},
      sign_in_begins_{std::move(sign_in_begins)} {
  if (!sign_in_begins_) sign_in_begins_ = [] {};
}

accounts::Connect& Accounts::google() const {
  if (needs_.google != nullptr) return *needs_.google;
  throw Error{Errc::misconfigured, "No Google OAuth client is configured.",
              "Set GMAIL_MCP_GOOGLE_CLIENT_ID and GMAIL_MCP_GOOGLE_CLIENT_SECRET."};
}

accounts::AppPasswords& Accounts::passwords() const {
  if (needs_.passwords != nullptr) return *needs_.passwords;
  throw accounts::no_app_passwords();
}

Task<model::FlowStart> Accounts::begin(Call& call, model::FlowRequest request) {
  if (!offers_google() && offers_passwords()) {
    co_return co_await begin_with_password(call, std::move(request));
  }
  auto& way = google();
  sign_in_begins_();
  co_return co_await way.start(call.access(), std::move(request));
}

Task<model::FlowStart> Accounts::begin_with_password(Call& call, model::FlowRequest request) {
  passwords();
  sign_in_begins_();
  co_return co_await begin_with_password(call.access(), std::move(request));
}

Task<model::FlowStart> Accounts::begin_with_password(model::Access access,
                                                     model::FlowRequest request) {
  store::Flow flow;
  auto begun = co_await needs_.sign_ins.begin(access, std::move(request), std::move(flow));
  co_return std::move(begun.start);
}

// The link is only a help: if it cannot be made, the failure is reported without it.
Task<Error> Accounts::with_way_back(Call& call, Error failure) {
  const auto& connection = call.last_connection();
  if (!connection || !failure.connect_url.empty()) co_return failure;
  try {
    if (failure.code == Errc::reconnect_required) {
      failure.connect_url = co_await link_again(call.access(), *connection);
    } else if (failure.code == Errc::insufficient_scope && !failure.missing_scope.empty()) {
      failure.connect_url =
          co_await consent_link(call.access(), *connection, failure.missing_scope);
    }
  } catch (const Error& error) {
    services_.log.warning("connect_url_failed", {{"code", to_string(error.code)}});
  }
  if (failure.code == Errc::reconnect_required && !failure.connect_url.empty()) {
    failure.hint = "Ask the person to open connect_url and connect the account again.";
  }
  co_return failure;
}

Task<std::string> Accounts::consent_link(model::Access access, model::Connection narrow,
                                         std::string scope) {
  if (!offers_google()) co_return std::string{};
  sign_in_begins_();
  auto start = co_await needs_.google->renew(access, std::move(narrow), std::move(scope));
  co_return std::move(start.connect_url);
}

// The way it was connected, if that is still open.
Task<std::string> Accounts::link_again(model::Access access, model::Connection lost) {
  const bool was_google = model::facts_of(lost.kind).by_consent;
  if (!offers_google() && !offers_passwords()) co_return std::string{};
  sign_in_begins_();
  accounts::SignIns::BeginAgain begin = [this, access, lost] {
    return needs_.google->renew(access, lost);
  };
  if (!offers_google() || (!was_google && offers_passwords())) {
    begin = [this, access, lost] {
      model::FlowRequest request;
      request.user = lost.external_user_id;
      request.expected_email = lost.gmail_address;
      return begin_with_password(access, std::move(request));
    };
  }
  co_return co_await needs_.sign_ins.link_for(access, lost.id, std::move(begin));
}

Task<model::FlowEnd> Accounts::finish(Call& call, std::string state, std::string code) {
  auto finish = finish_by_tool(google(), call.access(), std::move(state), std::move(code));
  co_return co_await finish_whole(call, std::move(finish));
}

Task<model::FlowEnd> Accounts::finish_in_browser(Call& call, std::string state, std::string code,
                                                 std::string browser_secret) {
  auto finish =
      google().finish_in_browser(std::move(state), std::move(code), std::move(browser_secret));
  co_return co_await finish_whole(call, std::move(finish));
}

Task<model::FlowEnd> Accounts::finish_sign_in(Call& call, Task<model::FlowEnd> finish) {
  co_return co_await finish_whole(call, std::move(finish));
}

Task<model::FlowEnd> Accounts::finish_with_password(Call& call, accounts::TypedAccount typed) {
  auto finish = passwords().finish(needs_.sign_ins, std::move(typed));
  co_return co_await finish_whole(call, std::move(finish));
}

Task<model::Connection> Accounts::add(Call& call, model::NewAccount account) {
  auto adding = add_account(passwords(), call.access(), std::move(account));
  auto end = co_await finish_whole(call, std::move(adding));
  co_return std::move(end.connection);
}

// The first step uses up the state, and a password that was tried is saved: a caller who leaves in
// between must not leave half a connection, nor the person in doubt.
Task<model::FlowEnd> Accounts::finish_whole(Call& call, Task<model::FlowEnd> finish) {
  auto whole = [](Accounts& self, Task<model::FlowEnd> work) -> Task<model::FlowEnd> {
    const Visit visit{self.finishing_.running};
    auto end = co_await std::move(work);
    co_await self.connected(end.connection, Verified::yes);
    self.finishing_.last = end;
    co_return end;
  };
  auto end = co_await call.commit(whole(*this, std::move(finish)));
  call.is_about(end.connection);
  co_return end;
}

Task<void> Accounts::connected(model::Connection connection, Verified verified) {
  needs_.vault.forget(connection.id);
  mail_.pool().close(connection.id);
  co_await settle_archive(connection);
  history_.follow(connection);
  // A consent says nothing of the mailbox; a password was tried on both of its servers.
  const bool was_tried = verified == Verified::yes && !model::facts_of(connection.kind).by_consent;
  if (was_tried) needs_.conditions.ok(connection.id);
}

Task<std::vector<store::UserSummary>> Accounts::users(Call& call, std::int64_t limit) {
  auto found = co_await needs_.store.users().list(call.access(), limit);
  if (!call.is_for_some()) co_return found;
  // Neither the number nor the address of accounts that the credential does not reach.
  const auto reached = co_await call.connections(std::nullopt, true);
  for (auto& one : found) {
    one.active_connections = 0;
    bool is_reached = false;
    for (const auto& connection : reached) {
      if (connection.external_user_id != one.user.external_id) continue;
      if (connection.is_active()) ++one.active_connections;
      is_reached = is_reached || connection.gmail_address == one.user.email;
    }
    if (!is_reached) one.user.email.clear();
  }
  co_return found;
}

Task<void> Accounts::count() {
  const auto now = services_.clock.steady_now();
  if (counted_at_ && now - *counted_at_ < counts_last) co_return;
  const auto access = model::Access::system("counting connections");
  auto counts = co_await needs_.store.connections().count(access);
  counted_ = std::move(counts);
  counted_at_ = now;
}

// For either kind the vault knows the sentence and the link to connect again.
Task<void> Accounts::refuse(model::Access access, model::ConnectionId id) {
  co_await needs_.vault.token(access, std::move(id));
}

Task<model::ConnectionCheck> Accounts::check(Call& call, std::string id) {
  const auto found = co_await call.connection(std::move(id));
  const bool signs_in = !model::facts_of(found.kind).by_consent && offers_passwords();
  model::ConnectionCheck check;
  try {
    if (signs_in) {
      check = co_await needs_.passwords->check(call.access(), found.id);
    } else {
      check = co_await needs_.vault.check(call.access(), found.id);
    }
  } catch (const Error& failure) {
    needs_.conditions.failed(found.id, failure);
    throw;
  }
  if (found.is_active()) {
    // A token that is still valid did not need a request to Google.
    if (check.valid && signs_in) needs_.conditions.ok(found.id);
    if (check.error) {
      const Error failure{Errc::reconnect_required, *check.error};
      needs_.conditions.trouble(found.id, failure);
    }
  }
  if (check.needs_reauth) {
    Error lost{Errc::reconnect_required, *check.error};
    lost = co_await with_way_back(call, std::move(lost));
    check.connect_url = std::move(lost.connect_url);
  }
  co_return check;
}

}  // namespace gmail_mcp::operation
