#include "operation/run.h"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>

#include "base/answer_share.h"
#include "crypto/random.h"
#include "operation/accounts.h"
#include "store/store.h"

namespace gmail_mcp::operation {

namespace {

// Many applications use addresses as user ids, and no full address belongs into a log. The audit
// keeps it, because it has to say who did something.
std::string shown_user(const std::string& user) {
  const auto at = user.rfind('@');
  if (at == std::string::npos) return user;
  return user.substr(0, 1) + "…" + user.substr(at);
}

bool is_cancellation(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& failed) {
    return failed.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

// Written when the call ends, however it ends.
class Record {
 public:
  Record(const Services& services, const Info& info, const model::Caller& caller,
         const Origin& origin)
      : services_{services},
        info_{info},
        caller_{caller.identity()},
        kind_length_{caller_.size() - (caller.only_user ? caller.only_user->str().size() + 1 : 0)},
        origin_{origin},
        begun_{services.clock.steady_now()} {}

  // To be called once.
  void write(std::string_view outcome, const Call* call, const std::string& detail) {
    static const std::string none;
    const auto& user = call != nullptr ? call->audited_user() : none;
    const auto& asked_for = call != nullptr ? call->asked_for() : none;
    const auto& connection = call != nullptr ? call->audited_connection() : none;
    const auto kind = std::string_view{caller_}.substr(0, kind_length_);
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(services_.clock.steady_now() - begun_)
            .count();
    services_.tally.count(info_.name, outcome, std::chrono::microseconds{took});
    const bool failed = outcome != "ok";
    if (failed && !detail.empty()) {
      services_.log.info("tool_call", {{"request_id", origin_.request_id},
                                       {"surface", origin_.surface},
                                       {"tool", info_.name},
                                       {"caller", kind},
                                       {"user_id", shown_user(user)},
                                       {"connection_id", connection},
                                       {"outcome", outcome},
                                       {"detail", detail},
                                       {"duration_us", took}});
    } else {
      services_.log.info("tool_call", {{"request_id", origin_.request_id},
                                       {"surface", origin_.surface},
                                       {"tool", info_.name},
                                       {"caller", kind},
                                       {"user_id", shown_user(user)},
                                       {"connection_id", connection},
                                       {"outcome", outcome},
                                       {"duration_us", took}});
    }
    if (!asked_for.empty()) {
      services_.log.info("asked_for_another", {{"request_id", origin_.request_id},
                                               {"user_id", shown_user(user)},
                                               {"asked_for", shown_user(asked_for)}});
    }
    const auto* house = services_.house();
    if (house == nullptr) return;
    store::AuditEntry entry;
    entry.at = services_.clock.now();
    entry.request_id = origin_.request_id;
    entry.caller = std::move(caller_);
    entry.user_id = user;
    entry.connection_id = connection;
    entry.operation = info_.name;
    entry.outcome = outcome;
    entry.duration_ms = took / 1000;
    entry.asked_for = asked_for;
    house->store.audit().record(std::move(entry));
  }

 private:
  const Services& services_;
  const Info& info_;
  std::string caller_;
  std::size_t kind_length_;  // of its beginning, without the user
  const Origin& origin_;
  std::chrono::steady_clock::time_point begun_;
};

void admit(const Services& services, const model::Caller& caller, const Info& info) {
  const bool is_person = caller.kind == model::CallerKind::flow;
  if (is_person && info.toolset != Toolset::none) {
    throw Error{Errc::forbidden, "This caller may not use tools."};
  }
  if (info.toolset == Toolset::setup) {
    if (caller.kind == model::CallerKind::operator_) return;
    throw Error{Errc::forbidden,
                "The tool " + std::string{info.name} + " is for the operator of this server.",
                "Use the command line, stdio, or the operator token."};
  }
  // Our pages have their own limits on attempts.
  if (!is_person) services.throttle.charge_credential(caller);
  if (const auto* unready = std::get_if<Unready>(&services.state)) throw Error{unready->missing};
}

}  // namespace

Error as_error(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error{Errc::unavailable, "The server is out of memory.", "Try again later."};
  } catch (const std::exception& unforeseen) {
    return Error{Errc::internal, "Something went wrong inside the server.",
                 "Report it with the request id and the time."}
        .with_detail(unforeseen.what());
  } catch (...) {
    return Error{Errc::internal, "Something went wrong inside the server.",
                 "Report it with the request id and the time."};
  }
}

std::string new_request_id() {
  // Unique, not secret: random bytes for every request would cost more than its routing. One prefix
  // a thread, so that several processes and threads may write into one log.
  thread_local const std::string prefix = crypto::random_token(6);
  thread_local std::uint64_t count = 0;
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), ++count, 16).ptr;
  const auto length = static_cast<std::size_t>(end - digits.begin());
  std::string id;
  id.reserve(prefix.size() + std::max<std::size_t>(length, 4));
  id = prefix;
  if (length < 4) id.append(4 - length, '0');
  return id.append(digits.data(), length);
}

bool is_offered(const Services& services, const model::Caller& caller, const Info& info) {
  if (info.toolset == Toolset::setup && caller.kind != model::CallerKind::operator_) return false;
  if (caller.kind == model::CallerKind::flow) return false;
  if (!services.policy.enables(info.toolset) || !is_within(caller.grant, info)) return false;
  const bool changes_mail = (info.toolset == Toolset::write || info.toolset == Toolset::organize) &&
                            info.effect != Effect::reads;
  return !(services.policy.read_only && changes_mail);
}

Task<Outcome> run(const Services& services, const Operation& operation, model::Caller caller,
                  Origin origin, json::object& arguments) {
  const auto* op = &operation;
  auto* args = &arguments;
  std::function<Task<schema::Value>(Call&)> work = [op, args](Call& call) {
    return op->invoke(call, *args);
  };
  auto outcome = co_await run_work(services, operation.info, std::move(caller), std::move(origin),
                                   std::move(work));
  auto* failure = std::get_if<Failure>(&outcome.end);
  if (failure != nullptr && operation.failure_keys) {
    failure->keys = operation.failure_keys(failure->error.code);
  }
  co_return outcome;
}

Task<Outcome> run_decision(const Services& services, const Operation& operation,
                           model::Caller caller, Origin origin, Decision decision) {
  const auto* op = &operation;
  auto* heard = &decision;
  std::function<Task<schema::Value>(Call&)> work = [op, heard](Call& call) {
    return op->resume(call, std::move(*heard));
  };
  co_return co_await run_work(services, operation.info, std::move(caller), std::move(origin),
                              std::move(work));
}

Task<std::optional<Failure>> climb(const Services& services, const Info& info,
                                   model::Caller& caller, Origin& origin, const MeasuredWork& work,
                                   FairShare::Hold& room, Receipt& receipt) {
  Record record{services, info, caller, origin};
  std::optional<Call> call;
  std::exception_ptr thrown;
  try {
    if (const auto* house = services.house()) co_await house->store.audit().room();
    admit(services, caller, info);
    services.policy.check_operation(info);
    check_grant(caller.grant, info);
    call.emplace(services, std::move(caller), origin, info.name);
    if (!call->is_caller_valid()) co_await call->check_caller();
    const auto bytes = co_await work(*call);
    room = hold_answer(call->reader(), bytes);
    receipt = call->take_receipt();
  } catch (...) {
    thrown = std::current_exception();
  }
  const auto* made = call ? &*call : nullptr;
  if (!thrown) {
    record.write("ok", made, {});
    co_return std::nullopt;
  }
  if (is_cancellation(thrown)) {
    record.write("cancelled", made, {});
    std::rethrow_exception(thrown);
  }
  auto error = as_error(thrown);
  // First: the call has ended, and the caller may be cancelled while the link is made.
  record.write(to_string(error.code), made, error.detail);
  const auto* house = services.house();
  if (call && house != nullptr) error = co_await house->accounts.with_way_back(*call, error);
  co_return Failure{std::move(error), {}};
}

}  // namespace gmail_mcp::operation
