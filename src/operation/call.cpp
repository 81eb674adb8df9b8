#include "operation/call.h"

#include <algorithm>

#include "accounts/refusals.h"
#include "operation/accounts.h"
#include "operation/mail.h"
#include "store/store.h"

namespace gmail_mcp::operation {

model::Access Admission::access(const model::Caller& caller) {
  switch (caller.kind) {
    case model::CallerKind::operator_:
    case model::CallerKind::application: return model::Access{caller.only_user, "caller"};
    case model::CallerKind::user:
      if (caller.only_user) return model::Access{caller.only_user, "caller"};
      break;
    // The state they have leads to one flow, and to nothing else.
    case model::CallerKind::flow: return model::Access{model::ExternalUserId{}, "page"};
  }
  throw Error{Errc::forbidden, "This caller may not use tools."};
}

Call::Call(const Services& services, model::Caller caller, Origin origin,
           std::string_view operation)
    : services_{services},
      caller_{std::move(caller)},
      origin_{std::move(origin)},
      access_{Admission::access(caller_)},
      operation_{operation} {}

TellSteps Call::teller(std::optional<std::int64_t> total, std::string what) const {
  if (!origin_.tell_progress) return {};
  const auto* tell = &origin_.tell_progress;
  return [tell, total, what = ' ' + std::move(what) + '.'](std::int64_t done) {
    return (*tell)(done, total, std::to_string(done) + what);
  };
}

const House& Call::house() const {
  if (const auto* unready = std::get_if<Unready>(&services_.state)) throw Error{unready->missing};
  return *services_.house();
}

void Call::is_for(const model::ExternalUserId& user) {
  const bool is_new = audited_user_ != user.str();
  audited_user_ = user.str();
  if (is_new) services_.throttle.charge_user(caller_, user);
}

void Call::is_own() {
  if (const auto own = access_.only_user()) is_for(*own);
}

// An id from an earlier version, which would be refused today, still works if it is stored.
Task<void> Call::check_stored(const model::ExternalUserId& user, const Error& fault) {
  const auto known = co_await house().store.users().find(access_, user);
  if (!known) throw Error{fault};
}

bool Call::is_caller_valid() const {
  return !caller_.only_user || !model::user_id_fault(caller_.only_user->str());
}

Task<void> Call::check_caller() {
  const auto fault = model::user_id_fault(caller_.only_user->str());
  if (fault) co_await check_stored(*caller_.only_user, *fault);
}

Task<model::ExternalUserId> Call::user(std::optional<std::string> requested) {
  if (!requested || requested->empty()) {
    const auto& own = caller_.only_user ? caller_.only_user : caller_.default_user;
    if (!own) {
      throw Error{Errc::invalid_argument, "The argument user_id is required.",
                  "Give your application's own id of the user."};
    }
    const auto fault = model::user_id_fault(own->str());
    if (fault) co_await check_stored(*own, *fault);
    is_for(*own);
    co_return *own;
  }
  const auto fault = model::user_id_fault(*requested);
  model::ExternalUserId user{*std::move(requested)};
  if (fault) co_await check_stored(user, *fault);
  if (!access_.may_act_for(user)) {
    asked_for_ = user.str();
    is_own();
    throw Error{Errc::forbidden, "This credential may act for its own user only.",
                "Leave out user_id, or use the credential of that user."};
  }
  is_for(user);
  co_return user;
}

Task<std::optional<model::ExternalUserId>> Call::any_user(std::optional<std::string> requested) {
  if (!requested) {
    is_own();
    co_return caller_.only_user;
  }
  const auto fault = model::user_id_fault(*requested);
  model::ExternalUserId user{*std::move(requested)};
  if (fault) co_await check_stored(user, *fault);
  if (access_.may_act_for(user)) {
    is_for(user);
  } else {
    asked_for_ = user.str();
    is_own();
  }
  co_return user;
}

bool Call::may_reach(const model::ConnectionId& id) const {
  const auto& some = caller_.grant.connections;
  return some.empty() || std::find(some.begin(), some.end(), id.str()) != some.end();
}

Task<model::Connection> Call::connection(std::string id) {
  const auto wanted = model::parse_connection_id(std::move(id));
  std::optional<model::Connection> found;
  if (wanted) found = co_await house().store.connections().find(access_, *wanted);
  if (!found || !may_reach(found->id)) {
    is_own();
    throw accounts::connection_not_found();
  }
  audited_connection_ = found->id.str();
  is_for(found->external_user_id);
  last_connection_ = *found;
  co_return std::move(*found);
}

Task<std::vector<model::Connection>> Call::connections(std::optional<model::ExternalUserId> user,
                                                       bool include_inactive) {
  store::ConnectionFilter filter;
  filter.user = std::move(user);
  filter.include_inactive = include_inactive;
  auto found = co_await house().store.connections().list(access_, std::move(filter));
  std::erase_if(found, [this](const model::Connection& one) { return !may_reach(one.id); });
  co_return found;
}

Task<void> Call::use(const model::Connection& connection) {
  if (!connection.is_active()) co_await house().accounts.refuse(access_, connection.id);
  house().store.connections().touch(connection.id);
}

Task<mail::MailboxLease> Call::mailbox(std::string connection_id) {
  const auto found = co_await connection(std::move(connection_id));
  co_await use(found);
  co_return house().mail.pool().lease(found);
}

void Call::is_about(const model::Connection& connection) {
  audited_connection_ = connection.id.str();
  audited_user_ = connection.external_user_id.str();
}

Shareholder Call::reader() const {
  const auto& user = audited_user_;
  return {&services_.answers, user.empty() ? caller_.identity() : user};
}

Task<void> Call::finish_effect(Task<void> effect) {
  co_await house().mail.outbox().commit(std::move(effect));
}

}  // namespace gmail_mcp::operation
