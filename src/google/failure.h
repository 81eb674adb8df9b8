#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "google/scopes.h"
#include "http/message.h"

namespace gmail_mcp::google {

/// What a refusal of the Gmail API means, named by what to do about it.
enum class FailureKind {
  unauthorized,        // a new token, once
  insufficient_scope,  // the person must consent to more
  rate_limited,        // wait: this user's minute
  project_limited,     // wait: the minute of the project, and so of every mailbox
  too_concurrent,      // wait a moment, then ask for less at a time
  used_up,             // a day's budget: not before the next midnight in Los Angeles
  domain_policy,       // the Workspace administrator must act
  api_disabled,        // the operator must act
  project_refused,     // likewise: Google refuses the project itself
  no_mailbox,          // a Google account without Gmail
  forbidden,
  not_found,
  invalid,
  conflict,
  too_large,
  unavailable,
};

struct Failure {
  FailureKind kind = FailureKind::unavailable;
  int status = 0;      // 0: there was no answer
  std::string reason;  // Google's own word for it, an identifier; may be empty
  std::optional<std::chrono::milliseconds> retry_after;
};

/// Judges an answer of the Gmail API; nullopt for a success. Any body will do: JSON of either
/// generation, somebody else's HTML, nothing.
std::optional<Failure> judge(int status, const http::Headers& headers, std::string_view body,
                             Timestamp now);

/// Whether the same request may succeed by itself within seconds.
bool may_pass(const Failure& failure);

/// What helps where the answer to `method` is more than the HTTP client takes.
std::string_view remedy_for_large_answer(Method method);

/// What callers see. Nothing that Google wrote is in it but, for the log, the reason. `client_id`
/// is what an administrator must know to let us in.
Error to_error(const Failure& failure, Method method, std::string_view client_id = {});

/// What an administrator of Google Workspace has to do where this application is not allowed.
std::string trust_in(std::string_view client_id);

/// What the Retry-After field asks for: seconds or an HTTP date (RFC 9110 §10.2.3). Never negative.
/// A date counts from `now` where the answer has no Date of its own, as the parts of a batch.
std::optional<std::chrono::milliseconds> retry_after_in(const http::Headers& headers,
                                                        Timestamp now);

/// "… Retry after 2026-01-02T03:04:05.678Z": Gmail often says it only in its prose.
std::optional<std::chrono::milliseconds> retry_after_in_text(std::string_view text, Timestamp now);

}  // namespace gmail_mcp::google
