#include "operation/call.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/offload.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "mail/draft_change.h"
#include "operation/page_visit.h"
#include "operation/removal.h"

namespace gmail_mcp::operation {

namespace json = boost::json;

namespace {

Error no_such_connection() {
  return Error{Errc::not_found, "Connection not found.",
               "Call gmail_list_connections to see the connections you may use."};
}

Error no_google_client() {
  return Error{Errc::misconfigured, "No Google OAuth client is configured.",
               "Set GMAIL_MCP_GOOGLE_CLIENT_ID and GMAIL_MCP_GOOGLE_CLIENT_SECRET."};
}

// UUIDs, with dashes or (from older databases) without.
bool looks_like_an_id(std::string_view id) {
  if (id.size() != 36 && id.size() != 32) return false;
  return id.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
}

json::array as_json(const std::vector<std::string>& list) {
  json::array out;
  for (const auto& one : list) out.emplace_back(json::string(one));
  return out;
}

// What makes two sends the same send: every argument, none of the keys.
std::size_t bytes_of(const mail::NewMessage& message) {
  auto bytes = message.body.size() + (message.body_html ? message.body_html->size() : 0);
  for (const auto& one : message.attachments) bytes += one.content.size();
  return bytes;
}

std::string fingerprint_of(const mail::NewMessage& message) {
  json::object all;
  all["to"] = as_json(message.to);
  all["cc"] = as_json(message.cc);
  all["bcc"] = as_json(message.bcc);
  all["subject"] = message.subject;
  all["body"] = message.body;
  all["html"] = message.body_html ? json::value(json::string(*message.body_html)) : nullptr;
  all["reply"] = message.reply_to_message_id
                     ? json::value(json::string(message.reply_to_message_id->str()))
                     : nullptr;
  // Only where they are given: a key of an earlier version goes on meaning the same message.
  if (message.reply_all) all["reply_all"] = true;
  if (message.quote) all["quote"] = true;
  if (message.forward_message_id) all["forward"] = message.forward_message_id->str();
  if (!message.reply_to.empty()) all["reply_to"] = message.reply_to;
  if (!message.from.empty()) all["from"] = message.from;
  if (!message.from_name.empty()) all["from_name"] = message.from_name;
  json::array attachments;
  for (const auto& one : message.attachments) {
    json::object entry;
    entry["name"] = one.filename;
    entry["type"] = one.mime_type;
    entry["digest"] = crypto::sha256_hex(one.content);
    entry["of"] = one.message_id ? one.message_id->str() + "/" + one.attachment_id : "";
    if (one.is_inline) entry["inline"] = true;
    if (!one.content_id.empty()) entry["content_id"] = one.content_id;
    attachments.push_back(std::move(entry));
  }
  all["attachments"] = std::move(attachments);
  return crypto::sha256_hex(json::serialize(all));
}

}  // namespace

model::Access Gate::access(const model::Caller& caller) {
  switch (caller.kind) {
    case model::CallerKind::operator_:
    case model::CallerKind::application: return model::Access{caller.only_user, "caller"};
    case model::CallerKind::user:
      if (caller.only_user) return model::Access{caller.only_user, "caller"};
      break;
    case model::CallerKind::flow: break;
  }
  throw Error{Errc::forbidden, "This caller may not use tools."};
}

Call::Call(const Services& services, model::Caller caller, Origin origin)
    : services_{services},
      caller_{std::move(caller)},
      origin_{std::move(origin)},
      access_{Gate::access(caller_)} {}

void Call::is_for(const model::ExternalUserId& user) {
  const bool is_new = audited_user_ != user.str();
  audited_user_ = user.str();
  if (is_new && services_.throttle != nullptr) services_.throttle->charge_user(caller_, user);
}

void Call::is_own() {
  if (const auto own = access_.only_user()) is_for(*own);
}

// An id of an earlier version, which would be refused today, goes on working where it is stored.
Task<model::ExternalUserId> Call::accept_user_id(std::string text) {
  const auto fault = model::user_id_fault(text);
  model::ExternalUserId user{std::move(text)};
  if (!fault) co_return user;
  const auto known = co_await services_.store->users().find(access_, user);
  if (!known) throw Error{*fault};
  co_return user;
}

Task<void> Call::check_caller() {
  if (caller_.only_user && model::user_id_fault(caller_.only_user->str())) {
    co_await accept_user_id(caller_.only_user->str());
  }
}

Task<model::ExternalUserId> Call::user(std::optional<std::string> requested) {
  if (!requested || requested->empty()) {
    const auto& own = caller_.only_user ? caller_.only_user : caller_.default_user;
    if (!own) {
      throw Error{Errc::invalid_argument, "The argument user_id is required.",
                  "Give your application's own id of the user."};
    }
    auto accepted = co_await accept_user_id(own->str());
    is_for(accepted);
    co_return accepted;
  }
  auto user = co_await accept_user_id(*std::move(requested));
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
  auto user = co_await accept_user_id(*std::move(requested));
  if (access_.may_act_for(user)) {
    is_for(user);
  } else {
    asked_for_ = user.str();
    is_own();
  }
  co_return user;
}

Task<model::Connection> Call::connection(std::string id) {
  const model::ConnectionId wanted{std::move(id)};
  std::optional<model::Connection> found;
  if (looks_like_an_id(wanted.str())) {
    found = co_await services_.store->connections().find(access_, wanted);
  }
  if (!found) {
    is_own();
    throw no_such_connection();
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
  co_return co_await services_.store->connections().list(access_, std::move(filter));
}

Task<mail::MailboxLease> Call::mailbox(std::string connection_id) {
  const auto found = co_await connection(std::move(connection_id));
  co_await require_active(found);
  services_.store->connections().touch(found.id);
  co_return services_.pool->lease(found);
}

// The vault knows the sentence and the way back, of either kind.
Task<void> Call::require_active(const model::Connection& connection) {
  if (connection.is_active()) co_return;
  co_await services_.vault->token(access_, connection.id);
}

accounts::AppPasswords& Call::passwords() const {
  if (services_.passwords != nullptr) return *services_.passwords;
  throw Error{Errc::misconfigured, "Accounts with App Passwords are not offered by this server.",
              "Connect the account with Google: gmail_get_auth_url."};
}

Task<model::FlowStart> Call::start_flow(model::FlowRequest request) {
  if (services_.connect == nullptr) {
    if (services_.passwords != nullptr) {
      co_return co_await start_password_flow(std::move(request));
    }
    throw no_google_client();
  }
  if (services_.flow_started) services_.flow_started();
  co_return co_await services_.connect->start(access_, std::move(request));
}

Task<model::FlowStart> Call::start_password_flow(model::FlowRequest request) {
  passwords();
  if (services_.flow_started) services_.flow_started();
  store::Flow flow;
  auto begun = co_await services_.sign_ins->begin(access_, std::move(request), std::move(flow));
  co_return std::move(begun.start);
}

Task<model::FlowEnd> Call::finish_flow(std::string state, std::string code) {
  if (services_.connect == nullptr) throw no_google_client();
  // The state is used up by the first step: a caller who leaves must not leave half a connection.
  auto ended = std::make_shared<std::optional<model::FlowEnd>>();
  auto finish = [](const Services& services, model::Access access, std::string flow_state,
                   std::string flow_code,
                   std::shared_ptr<std::optional<model::FlowEnd>> out) -> Task<void> {
    *out = co_await services.connect->finish(access, std::move(flow_state), std::move(flow_code));
    co_await welcome(services, (**out).connection);
  };
  co_await commit(finish(services_, access_, std::move(state), std::move(code), ended));
  auto end = std::move(**ended);
  audited_connection_ = end.connection.id.str();
  audited_user_ = end.connection.external_user_id.str();
  co_return end;
}

Task<std::string> Call::consent_link(std::string scope) {
  if (services_.connect == nullptr || !last_connection_) co_return std::string{};
  if (services_.flow_started) services_.flow_started();
  auto start = co_await services_.connect->renew(access_, *last_connection_, std::move(scope));
  co_return std::move(start.connect_url);
}

Task<model::ConnectionCheck> Call::check_connection(std::string id) {
  const auto found = co_await connection(std::move(id));
  const bool signs_in =
      found.kind == model::ConnectionKind::app_password && services_.passwords != nullptr;
  model::ConnectionCheck check;
  try {
    if (signs_in) {
      check = co_await services_.passwords->check(access_, found.id);
    } else {
      check = co_await services_.vault->check(access_, found.id);
    }
  } catch (const Error& failure) {
    if (services_.conditions != nullptr) services_.conditions->failed(found.id, failure);
    throw;
  }
  if (services_.conditions != nullptr && found.is_active()) {
    // A token that is still good was asked of nobody.
    if (check.valid && signs_in) services_.conditions->ok(found.id);
    if (check.error) {
      const Error failure{Errc::reconnect_required, *check.error};
      services_.conditions->trouble(found.id, failure);
    }
  }
  co_return check;
}

Task<model::Disconnected> Call::disconnect(std::string id, bool revoke_google_access,
                                           bool keep_archive) {
  auto found = co_await connection(std::move(id));
  auto ended = std::make_shared<model::Disconnected>();
  const auto erasure = keep_archive ? store::Erasure::sends : store::Erasure::everything;
  auto end = [](const Services& services, model::Access access, model::Connection one, bool revoke,
                store::Erasure what, std::shared_ptr<model::Disconnected> out) -> Task<void> {
    *out = co_await operation::disconnect_account(services, std::move(access), std::move(one),
                                                  revoke, what, std::nullopt);
  };
  co_await commit(end(services_, access_, std::move(found), revoke_google_access, erasure, ended));
  co_return std::move(*ended);
}

Task<model::Connection> Call::add_account(model::NewAccount account) {
  passwords();
  // Verified is saved: a caller who leaves in between must not leave the person in doubt.
  auto added = std::make_shared<std::optional<model::Connection>>();
  auto add = [](const Services& services, model::Access access, model::NewAccount what,
                std::shared_ptr<std::optional<model::Connection>> out) -> Task<void> {
    *out = co_await services.passwords->add(access, std::move(what));
    services.vault->forget((**out).id);
    co_await welcome(services, **out);
  };
  co_await commit(add(services_, access_, std::move(account), added));
  auto connection = std::move(**added);
  audited_connection_ = connection.id.str();
  co_return connection;
}

Task<model::Disconnected> Call::remove_account(std::string id) {
  auto found = co_await connection(std::move(id));
  auto ended = std::make_shared<model::Disconnected>();
  auto end = [](const Services& services, model::Access access, model::Connection one,
                std::shared_ptr<model::Disconnected> out) -> Task<void> {
    *out = co_await operation::remove_account(services, std::move(access), std::move(one),
                                              std::nullopt);
  };
  co_await commit(end(services_, access_, std::move(found), ended));
  co_return std::move(*ended);
}

Task<mail::SendOrder> Call::order(std::string connection_id, std::string idempotency_key) {
  mail::SendOrder order;
  order.connection = co_await connection(std::move(connection_id));
  co_await require_active(order.connection);
  order.tool = operation_;
  order.idempotency_key = std::move(idempotency_key);
  order.caller_is_gone = origin_.caller_is_gone;
  order.reader = reader();
  services_.store->connections().touch(order.connection.id);
  co_return order;
}

Shareholder Call::reader() const {
  const auto user = audited_user();
  return {services_.answers, user.empty() ? caller_.identity() : user};
}

Task<Call::SendResult> Call::place(mail::SendOrder order) {
  const auto* services = &services_;
  const auto access = access_;
  mail::SendPolicy policy = [services, access](
                                const model::Connection& connection,
                                const std::vector<std::string>& recipients) -> Task<void> {
    services->policy.check_recipients(recipients);
    return services->policy.check_daily_sends(services->store->sends(), access, connection,
                                              services->clock.now());
  };
  auto outcome = co_await services_.outbox->send(access_, std::move(order), std::move(policy));
  SendResult result;
  result.sent = std::move(outcome.sent);
  result.deduplicated = outcome.deduplicated;
  receipt_.join(std::move(outcome.receipt));
  co_return result;
}

Task<Call::SendResult> Call::send(std::string connection_id, mail::NewMessage message,
                                  std::string idempotency_key) {
  auto wanted = co_await order(std::move(connection_id), std::move(idempotency_key));
  message.account_name = wanted.connection.display_name;
  auto digest = [&message] { return fingerprint_of(message); };
  wanted.fingerprint = co_await offload(services_.work_pool, bytes_of(message), digest);
  wanted.message = std::move(message);
  co_return co_await place(std::move(wanted));
}

Task<Call::SendResult> Call::send_draft(std::string connection_id, model::DraftId draft,
                                        std::string idempotency_key) {
  auto wanted = co_await order(std::move(connection_id), std::move(idempotency_key));
  wanted.fingerprint = crypto::sha256_hex("draft " + draft.str());
  wanted.draft = std::move(draft);
  co_return co_await place(std::move(wanted));
}

Task<mail::DraftRef> Call::create_draft(std::string connection_id, mail::NewMessage message) {
  const auto found = co_await connection(std::move(connection_id));
  auto box = co_await mailbox(found.id.str());
  message.account_name = found.display_name;
  const std::string not_sent;
  auto share = reader();
  auto composed = co_await mail::compose(*box, std::move(message), not_sent, services_.clock.now(),
                                         services_.work_pool, std::move(share));
  co_return co_await save_draft(std::move(box), std::move(composed), std::nullopt);
}

Task<mail::DraftRef> Call::change_draft(std::string connection_id, model::DraftId draft,
                                        model::DraftChange change) {
  auto box = co_await mailbox(std::move(connection_id));
  auto source = co_await box->draft_source(draft);
  auto share = reader();
  auto composed =
      co_await mail::compose_change(*box, std::move(source), std::move(change),
                                    services_.clock.now(), services_.work_pool, std::move(share));
  co_return co_await save_draft(std::move(box), std::move(composed), std::move(draft));
}

Task<mail::DraftRef> Call::save_draft(mail::MailboxLease box, mail::Composed composed,
                                      std::optional<model::DraftId> replaced) {
  services_.policy.check_recipients(composed.judged);
  // Owns all it needs: it goes on when the caller leaves.
  auto saved = std::make_shared<mail::DraftRef>();
  auto save = [](mail::MailboxLease mailbox, std::optional<model::DraftId> old, mail::Outgoing mail,
                 std::shared_ptr<mail::DraftRef> out) -> Task<void> {
    if (old) {
      *out = co_await mailbox->update_draft(std::move(*old), std::move(mail));
    } else {
      *out = co_await mailbox->create_draft(std::move(mail));
    }
  };
  co_await commit(save(std::move(box), std::move(replaced), std::move(composed.outgoing), saved));
  co_return std::move(*saved);
}

Task<void> Call::commit(Task<void> effect) { co_await services_.outbox->commit(std::move(effect)); }

Task<setup::Trial> Call::try_setup(bool verbose) {
  co_return co_await services_.try_setup(verbose);
}

Task<setup::Migrations> Call::migrate() { co_return co_await services_.migrate(); }

setup::WrittenConfig Call::write_config(const setup::NewConfig& wanted) {
  auto written = services_.write_config(wanted);
  // Who reads the file may read the key there; an answer over the network is kept by many.
  if (!origin_.is_local) written.encryption_key = {};
  return written;
}

Task<std::vector<store::UserSummary>> Call::users(std::int64_t limit) {
  co_return co_await services_.store->users().list(access_, limit);
}

Task<SetupReport> Call::setup_report() { co_return co_await services_.report(); }

}  // namespace gmail_mcp::operation
