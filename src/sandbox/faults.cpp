#include "sandbox/faults.h"

#include <fmt/format.h>

#include "base/text.h"
#include "sandbox/app_passwords.h"
#include "sandbox/google_error.h"
#include "sandbox/grants.h"
#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

namespace {

bool matches(const FaultRule& rule, std::string_view method, std::string_view path,
             std::string_view email) {
  if (!rule.email.empty() && !equals_ignoring_case(rule.email, email)) return false;
  const bool is_http = !path.empty();
  if (rule.match == method || (rule.match == "*" && is_http)) return true;
  if (rule.match.ends_with(".*")) {
    return !is_http && method.starts_with(rule.match.substr(0, rule.match.size() - 1));
  }
  return is_http && rule.match.starts_with('/') && path.starts_with(rule.match);
}

// What a proxy in front of Google answers when there is no Google behind it.
http::Response html_error(int status) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/html; charset=UTF-8");
  response.body = fmt::format(
      "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Error {0} (Server Error)!!1"
      "</title>\n<p><b>{0}.</b> <ins>That’s an error.</ins>\n<p>The server encountered a temporary "
      "error and could not complete your request.<p>Please try again in 30 seconds. "
      "<ins>That’s all we know.</ins>\n",
      status);
  return response;
}

http::Response oauth_error(const Fault& fault) {
  const auto error = fault.reason.empty() ? std::string{"invalid_request"} : fault.reason;
  const bool grant = error == "invalid_grant";
  return json_response(
      *fault.status,
      boost::json::object{
          {"error", error},
          {"error_description", grant ? "Token has been expired or revoked." : "Bad Request"}});
}

}  // namespace

void Faults::add(FaultRule rule) {
  // A list that grows without end comes from a test that forgot to clear.
  if (rules_.size() >= 1000) rules_.erase(rules_.begin());
  std::mt19937_64 dice{rule.seed};
  rules_.push_back(Armed{std::move(rule), dice});
}

void Faults::clear() {
  rules_.clear();
  switches_ = Switches{};
  let_go();
}

void Faults::revoke(std::string_view email) { grants_.revoke_account(to_lower_ascii(email)); }

void Faults::expire_access_tokens(std::string_view email) {
  grants_.expire_access_tokens(to_lower_ascii(email));
}

void Faults::expire_history(std::string_view email) {
  if (auto* account = world_.find(email)) account->mailbox.forget_history();
}

void Faults::revoke_app_password(std::string_view email) { app_passwords_.revoke(email); }

void Faults::renew_app_password(std::string_view email) { app_passwords_.renew(email); }

void Faults::change_uid_validity(std::string_view email) {
  if (mail_actions_.change_uid_validity) mail_actions_.change_uid_validity(email);
}

void Faults::drop_imap_connections(std::string_view email) {
  if (mail_actions_.drop_connections) mail_actions_.drop_connections(email);
}

std::optional<Fault> Faults::next(std::string_view method, std::string_view path,
                                  std::string_view email, std::string_view folder) {
  for (auto& [rule, dice] : rules_) {
    if (rule.times && *rule.times <= 0) continue;
    if (!rule.folder.empty() && rule.folder != folder) continue;
    if (!matches(rule, method, path, email)) continue;
    if (rule.probability < 1.0) {
      std::uniform_real_distribution<double> roll{0.0, 1.0};
      if (roll(dice) >= rule.probability) continue;
    }
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    if (rule.times) --*rule.times;
    return rule.then;
  }
  return std::nullopt;
}

bool Faults::names(std::string_view folder) const {
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const Armed& one) { return one.rule.folder == folder; });
}

Task<void> Faults::hold(std::string name) {
  const auto executor = co_await current_executor();
  if (!gate_) gate_ = std::make_shared<Event>(executor);
  const auto gate = gate_;
  ++counters_.held[name];
  co_await gate->wait();
}

void Faults::let_go() {
  const auto gate = std::exchange(gate_, nullptr);
  counters_.held.clear();
  if (gate) gate->set();
}

http::Response fault_answer(const Fault& fault, Manner manner, Timestamp now) {
  const int status = fault.status.value_or(500);
  http::Response response;
  if (status == 502 || status == 503) {
    response = html_error(status);
  } else if (manner == Manner::oauth && status < 500) {
    response = oauth_error(fault);
  } else {
    auto error = usual_error(status, fault.reason);
    if (fault.retry_after && fault.retry_after_text) {
      if (status == 429 && fault.reason.empty()) error.message = "User-rate limit exceeded.";
      // Two blanks, as Google writes it.
      error.message += "  Retry after " + to_iso8601(now + *fault.retry_after);
    }
    if (error.reason == "insufficientPermissions") {
      error.details = boost::json::array{
          boost::json::object{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                              {"reason", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
                              {"domain", "googleapis.com"}}};
    }
    response = to_response(error);
  }
  if (fault.retry_after && fault.retry_after_header) {
    response.headers.set("Retry-After", std::to_string(fault.retry_after->count()));
  }
  return response;
}

}  // namespace gmail_mcp::sandbox
