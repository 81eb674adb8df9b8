#include "google/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "google/methods.h"
#include "google/pacific.h"
#include "http/date.h"
#include "http/retry.h"
#include "schema/json_text.h"

namespace gmail_mcp::google {

namespace chrono = std::chrono;
namespace json = boost::json;

namespace {

// A longer wait is shown as this one: nobody waits so long.
constexpr chrono::milliseconds longest_wait = chrono::hours{24};

// The contents of an error's body, in either generation of Google's error format.
struct Complaint {
  std::vector<std::string> reasons;  // most telling first
  std::string message;
  std::string quota_limit;  // of an ErrorInfo: "ReadsPerMinutePerProject"
};

std::string_view reason_text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string_view{*text} : std::string_view{};
}

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

void add_reasons(const json::object& error, std::string_view array, Complaint& complaint) {
  const auto* value = error.if_contains(array);
  const auto* entries = value != nullptr ? value->if_array() : nullptr;
  if (entries == nullptr) return;
  for (const auto& entry : *entries) {
    if (!entry.is_object()) continue;
    const auto& object = entry.get_object();
    const auto reason = reason_text_at(object, "reason");
    if (is_identifier(reason)) complaint.reasons.emplace_back(reason);
    const auto* inner = object.if_contains("metadata");
    const auto* metadata = inner != nullptr ? inner->if_object() : nullptr;
    if (metadata == nullptr || !complaint.quota_limit.empty()) continue;
    complaint.quota_limit = reason_text_at(*metadata, "quota_limit");
  }
}

// https://developers.google.com/workspace/gmail/api/guides/handle-errors
Complaint read_complaint(std::string_view body) {
  Complaint complaint;
  const auto read = schema::read_json(body, {.values = 10'000, .allow_repeated_names = true});
  const auto* value = std::get_if<json::value>(&read);
  const auto* top = value != nullptr ? value->if_object() : nullptr;
  const auto* inner = top != nullptr ? top->if_contains("error") : nullptr;
  const auto* error = inner != nullptr ? inner->if_object() : nullptr;
  if (error == nullptr) return complaint;
  add_reasons(*error, "errors", complaint);
  add_reasons(*error, "details", complaint);
  const auto status = reason_text_at(*error, "status");
  if (is_identifier(status)) complaint.reasons.emplace_back(status);
  complaint.message = reason_text_at(*error, "message");
  return complaint;
}

struct KnownReason {
  std::string_view reason;
  FailureKind kind;
};

// Reasons that say more than their status. Statuses like PERMISSION_DENIED do not.
constexpr std::array known_reasons{
    KnownReason{"insufficientPermissions", FailureKind::insufficient_scope},
    KnownReason{"ACCESS_TOKEN_SCOPE_INSUFFICIENT", FailureKind::insufficient_scope},
    KnownReason{"rateLimitExceeded", FailureKind::rate_limited},
    KnownReason{"userRateLimitExceeded", FailureKind::rate_limited},
    KnownReason{"RATE_LIMIT_EXCEEDED", FailureKind::rate_limited},
    KnownReason{"RESOURCE_EXHAUSTED", FailureKind::rate_limited},
    KnownReason{"dailyLimitExceeded", FailureKind::used_up},
    KnownReason{"quotaExceeded", FailureKind::used_up},
    KnownReason{"domainPolicy", FailureKind::domain_policy},
    KnownReason{"accessNotConfigured", FailureKind::api_disabled},
    KnownReason{"SERVICE_DISABLED", FailureKind::api_disabled},
};

// What is wrong with this server's project, and what the operator must do in the console.
// https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto
struct RefusedProject {
  std::string_view reason, why, remedy;
};

constexpr std::array refused_projects{
    RefusedProject{"CONSUMER_SUSPENDED", "it is suspended",
                   "open the project in the Google Cloud console and see why Google suspended it"},
    RefusedProject{"CONSUMER_INVALID", "it was not found or is deleted",
                   "see in the Google Cloud console whether the project of google.client_id still "
                   "exists"},
    RefusedProject{"BILLING_DISABLED", "its billing account is disabled",
                   "open the project's Billing in the Google Cloud console"},
    RefusedProject{"USER_PROJECT_DENIED", "it may not be used for this, or is invalid",
                   "open the project's IAM in the Google Cloud console"},
    RefusedProject{"SECURITY_POLICY_VIOLATED", "its security policy forbids the request",
                   "open the project's VPC Service Controls in the Google Cloud console"},
};

std::optional<KnownReason> known_as(std::string_view reason) {
  for (const auto& known : known_reasons) {
    if (known.reason == reason) return known;
  }
  for (const auto& known : refused_projects) {
    if (known.reason == reason) return KnownReason{known.reason, FailureKind::project_refused};
  }
  return std::nullopt;
}

// "Rate exceeded" says less than any other reason beside it.
std::optional<KnownReason> find_known(const Complaint& complaint) {
  std::optional<KnownReason> found;
  for (const auto& reason : complaint.reasons) {
    const auto known = known_as(reason);
    if (known && known->kind != FailureKind::rate_limited) return known;
    if (!found) found = known;
  }
  return found;
}

// So that "Queries per minute" and "QueriesPerMinute" compare equal.
std::string letters_of(std::string_view text) {
  std::string letters = to_lower_ascii(text);
  std::erase_if(letters, [](char c) { return c < 'a' || c > 'z'; });
  return letters;
}

// Which of Google's limits was exceeded, judged by its name, or else by the text.
FailureKind limit_of(const Complaint& complaint) {
  const auto& named = complaint.quota_limit.empty() ? complaint.message : complaint.quota_limit;
  const auto limit = letters_of(named);
  const auto says = [&](std::string_view words) { return limit.find(words) != std::string::npos; };
  if (says("perday") || says("dailylimit")) return FailureKind::used_up;
  if (says("peruser")) return FailureKind::rate_limited;
  // A limit for all who use the same Google Cloud project, or more.
  if (says("perproject") || says("perorganization")) return FailureKind::project_limited;
  return FailureKind::rate_limited;
}

// What a 403 or 429 means; both carry the same reasons.
FailureKind refusal_of(int status, const http::Headers& headers, const Complaint& complaint) {
  const auto message = to_lower_ascii(complaint.message);
  const auto says = [&](std::string_view words) {
    return message.find(words) != std::string::npos;
  };
  const auto known = find_known(complaint);
  if (known && known->kind != FailureKind::rate_limited) return known->kind;
  if (says("concurrent requests")) return FailureKind::too_concurrent;
  if (known) return limit_of(complaint);
  const bool about_scope =
      says("insufficient authentication scopes") || says("metadata scope") ||
      headers.get("WWW-Authenticate").find("insufficient_scope") != std::string_view::npos;
  if (about_scope) return FailureKind::insufficient_scope;
  const bool about_rate = status == 429 || says("limit exceeded") || says("quota exceeded") ||
                          says("too many requests");
  return about_rate ? limit_of(complaint) : FailureKind::forbidden;
}

FailureKind kind_of(int status, const http::Headers& headers, const Complaint& complaint) {
  switch (status) {
    case 400: {
      const auto message = to_lower_ascii(complaint.message);
      const bool has_mail = message.find("mail service not enabled") == std::string::npos;
      return has_mail ? FailureKind::invalid : FailureKind::no_mailbox;
    }
    case 401: return FailureKind::unauthorized;
    case 403:
    case 429: return refusal_of(status, headers, complaint);
    case 404:
    case 410: return FailureKind::not_found;
    case 409:
    case 412: return FailureKind::conflict;
    case 413: return FailureKind::too_large;
    default: break;
  }
  const bool caller_is_wrong = status >= 400 && status < 500 && status != 408;
  return caller_is_wrong ? FailureKind::invalid : FailureKind::unavailable;
}

chrono::milliseconds wait_until(Timestamp then, Timestamp now) {
  return std::clamp<chrono::milliseconds>(then - now, chrono::milliseconds{0}, longest_wait);
}

}  // namespace

std::optional<chrono::milliseconds> retry_after_in(const http::Headers& headers, Timestamp now) {
  if (const auto seconds = http::retry_after(headers)) return *seconds;
  const auto date = http::parse_date(headers.get("Retry-After"));
  if (!date) return std::nullopt;
  return wait_until(*date, now);
}

std::optional<chrono::milliseconds> retry_after_in_text(std::string_view text, Timestamp now) {
  const auto lower = to_lower_ascii(text);
  static constexpr std::string_view words = "retry after ";
  const auto at = lower.find(words);
  if (at == std::string::npos) return std::nullopt;
  auto rest = trim(text.substr(at + words.size()));
  rest = rest.substr(0, rest.find_first_not_of("0123456789-:.TtZz+"));
  while (rest.ends_with('.')) rest.remove_suffix(1);
  const auto time = parse_iso8601(rest);
  if (!time) return std::nullopt;
  return wait_until(*time, now);
}

std::optional<Failure> judge(int status, const http::Headers& headers, std::string_view body,
                             Timestamp now) {
  if (status >= 200 && status < 300) return std::nullopt;
  const auto complaint = read_complaint(body);
  Failure failure;
  failure.kind = kind_of(status, headers, complaint);
  failure.status = status;
  if (const auto known = find_known(complaint)) {
    failure.reason = known->reason;
  } else if (!complaint.reasons.empty()) {
    failure.reason = complaint.reasons.front();
  }
  failure.retry_after = retry_after_in(headers, now);
  if (!failure.retry_after) failure.retry_after = retry_after_in_text(complaint.message, now);
  if (failure.kind == FailureKind::used_up) {
    const chrono::milliseconds rest = next_pacific_midnight(now) - now;
    failure.retry_after = std::max(rest, failure.retry_after.value_or(rest));
  }
  return failure;
}

bool may_pass(const Failure& failure) {
  switch (failure.kind) {
    case FailureKind::rate_limited:
    case FailureKind::project_limited:
    case FailureKind::too_concurrent:
    case FailureKind::unavailable: return true;
    case FailureKind::unauthorized:
    case FailureKind::insufficient_scope:
    case FailureKind::used_up:
    case FailureKind::domain_policy:
    case FailureKind::api_disabled:
    case FailureKind::project_refused:
    case FailureKind::no_mailbox:
    case FailureKind::forbidden:
    case FailureKind::not_found:
    case FailureKind::invalid:
    case FailureKind::conflict:
    case FailureKind::too_large: return false;
  }
  return false;
}

namespace {

Error project_refused(std::string_view reason) {
  RefusedProject found{reason, "it gives no reason",
                       "open the project in the Google Cloud console"};
  for (const auto& known : refused_projects) {
    if (known.reason == reason) found = known;
  }
  return {Errc::misconfigured,
          fmt::format("Google refuses the Google Cloud project of this server: {}.", found.why),
          fmt::format("The operator must {}.", found.remedy)};
}

Error describe(const Failure& failure, Method method, std::string_view client_id) {
  switch (failure.kind) {
    case FailureKind::unauthorized:
      return {Errc::reconnect_required, "Google no longer accepts the access to this account.",
              "The person must connect the account again."};
    case FailureKind::insufficient_scope: {
      const auto scope = short_scope(smallest_scope_for(method));
      Error error{Errc::insufficient_scope,
                  fmt::format("The account has not granted the scope {}.", scope),
                  fmt::format("The person must connect the account again and allow {}.", scope)};
      error.missing_scope = smallest_scope_for(method);
      return error;
    }
    case FailureKind::rate_limited:
    case FailureKind::too_concurrent:
      return {Errc::rate_limited, "Rate limited by Gmail.", "Wait, then repeat the request."};
    case FailureKind::used_up:
      return {
          Errc::rate_limited, "Rate limited by Gmail: a daily limit is used up.",
          "Do not repeat the request before the next midnight in Los Angeles, when Google's day "
          "begins."};
    case FailureKind::project_limited:
      return {Errc::rate_limited,
              "Rate limited by Gmail: the limit of this server's Google Cloud project is reached.",
              "Wait, then repeat the request; all mailboxes of this server share that limit."};
    case FailureKind::domain_policy:
      return {Errc::forbidden, "The organisation of this account does not allow this application.",
              trust_in(client_id)};
    case FailureKind::api_disabled:
      return {Errc::misconfigured,
              "The Gmail API is not enabled in the Google Cloud project of this server.",
              "The operator must enable it in the Google Cloud console."};
    case FailureKind::project_refused: return project_refused(failure.reason);
    case FailureKind::no_mailbox:
      return {Errc::forbidden, "This Google account has no Gmail mailbox."};
    case FailureKind::forbidden:
      return {Errc::forbidden, "Gmail does not allow this request for this account."};
    case FailureKind::not_found:
      return {Errc::not_found, fmt::format("There is no such {}.", facts(method).subject)};
    case FailureKind::invalid:
      return {Errc::invalid_argument, "Gmail refused the request as invalid.",
              "Check ids, labels, query and page token."};
    case FailureKind::conflict:
      return {Errc::conflict, "Gmail refused the request: something was changed meanwhile.",
              "Read again, then repeat."};
    case FailureKind::too_large:
      return {Errc::too_large, "This is larger than Gmail accepts.",
              "Send fewer or smaller attachments."};
    case FailureKind::unavailable:
      return {Errc::unavailable,
              failure.status == 0 ? "Gmail cannot be reached at the moment."
                                  : "Gmail cannot answer at the moment.",
              "Repeat the request later."};
  }
  return {Errc::internal, "Gmail's answer was not understood."};
}

// How long callers are told to wait; by then we have already waited a few seconds.
std::optional<chrono::seconds> advice(const Failure& failure) {
  if (failure.retry_after) {
    // "At once" would invite clients to repeat without pause.
    return std::max(chrono::ceil<chrono::seconds>(*failure.retry_after), chrono::seconds{1});
  }
  if (failure.kind == FailureKind::unavailable) return std::nullopt;
  return chrono::seconds{5};
}

}  // namespace

std::string trust_in(std::string_view client_id) {
  return fmt::format("Its Google Workspace administrator must trust the OAuth client {}.",
                     client_id.empty() ? "of this server" : client_id);
}

std::string_view remedy_for_large_answer(Method method) {
  switch (method) {
    case Method::attachments_get:
      return "Fetch attachments one by one; this one is more than can be read here, open it in "
             "Gmail.";
    case Method::messages_get:
    case Method::drafts_get:
      return "Fetch its attachments one by one; a mail program shows the rest.";
    case Method::threads_get: return "Read its messages one by one.";
    case Method::messages_list:
    case Method::drafts_list:
    case Method::history_list: return "Ask for fewer at once.";
    default: return "Ask for less at once.";
  }
}

Error to_error(const Failure& failure, Method method, std::string_view client_id) {
  Error error = describe(failure, method, client_id);
  error.detail = fmt::format("{}: {} {}", facts(method).name, failure.status, failure.reason);
  if (error.retryable()) error.retry_after = advice(failure);
  return error;
}

}  // namespace gmail_mcp::google
