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

/// The kinds of refusals of the Gmail API, named by what to do about them.
enum class FailureKind {
  unauthorized,        // a new token, once
  insufficient_scope,  // the person must consent to more
  rate_limited,        // wait: this user's minute
  project_limited,     // wait: the minute of the project, and so of every mailbox
  too_concurrent,      // wait a moment, then send fewer requests at a time
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
  std::string reason;  // Google's own identifier for it; may be empty
  std::optional<std::chrono::milliseconds> retry_after;
};

/// Judges an answer of the Gmail API; nullopt for a success. Takes any body: JSON of either
/// generation, HTML of a proxy, nothing.
std::optional<Failure> judge(int status, const http::Headers& headers, std::string_view body,
                             Timestamp now);

/// Whether the same request may succeed within seconds.
bool may_pass(const Failure& failure);

/// A hint for callers when the answer to `method` is larger than the HTTP client accepts.
std::string_view remedy_for_large_answer(Method method);

/// The error that callers see. Of Google's text it contains only the reason, for the log.
/// `client_id` is what an administrator needs to allow this application.
Error to_error(const Failure& failure, Method method, std::string_view client_id = {});

/// What an administrator of Google Workspace has to do when this application is not allowed.
std::string trust_in(std::string_view client_id);

/// What the Retry-After field asks for: seconds or an HTTP date (RFC 9110 §10.2.3). Never negative.
/// A date counts from `now` when the answer has no Date of its own, like the parts of a batch.
std::optional<std::chrono::milliseconds> retry_after_in(const http::Headers& headers,
                                                        Timestamp now);

/// "… Retry after 2026-01-02T03:04:05.678Z": Gmail often says it only in the text of the message.
std::optional<std::chrono::milliseconds> retry_after_in_text(std::string_view text, Timestamp now);

}  // namespace gmail_mcp::google
