// GmailApi::batch: sends many requests at a time and repeats those that failed.
#include <algorithm>
#include <numeric>

#include "base/offload.h"
#include "crypto/random.h"
#include "google/gmail.h"

namespace gmail_mcp::google {

/// One pass over the parts that have no good answer yet.
struct GmailApi::Round {
  Method method;
  const std::vector<BatchPart>& parts;
  std::vector<BatchAnswer>& answers;
  Secret token;
  std::vector<std::size_t> todo;
  std::size_t next = 0;  // into todo: the first that is not taken yet
};

namespace {

// A refusal of the endpoint itself rather than of this mailbox, this token or this moment.
bool means_no_batch(const Failure& failure) {
  switch (failure.kind) {
    case FailureKind::forbidden:
    case FailureKind::not_found:
    case FailureKind::invalid:
    case FailureKind::conflict:
    case FailureKind::too_large: return true;
    case FailureKind::unavailable: return failure.status == 501;
    case FailureKind::unauthorized:
    case FailureKind::insufficient_scope:
    case FailureKind::rate_limited:
    case FailureKind::project_limited:
    case FailureKind::too_concurrent:
    case FailureKind::used_up:
    case FailureKind::domain_policy:
    case FailureKind::api_disabled:
    case FailureKind::project_refused:
    case FailureKind::no_mailbox: return false;
  }
  return false;
}

bool is_good(const BatchAnswer& answer) { return answer.status >= 200 && answer.status < 300; }

// As Google would write it. Not repeated: the wait is longer than the budget.
BatchAnswer refused_by_quota(std::chrono::milliseconds wait, bool of_project) {
  BatchAnswer answer;
  answer.status = 429;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  answer.headers.set("Retry-After", std::to_string(seconds.count()));
  if (of_project) {
    answer.body = R"({"error":{"details":[{"reason":"RATE_LIMIT_EXCEEDED",)"
                  R"("metadata":{"quota_limit":"PerMinutePerProject"}}]}})";
  }
  return answer;
}

BatchAnswer to_answer(http::ClientResponse response) {
  return {.status = response.status,
          .headers = std::move(response.headers),
          .body = std::move(response.body),
          .hold = std::move(response.hold)};
}

}  // namespace

Task<std::vector<BatchAnswer>> GmailApi::batch(Method method, std::vector<BatchPart> parts) {
  std::vector<BatchAnswer> answers(parts.size());
  if (parts.empty()) co_return answers;
  Patience patience{policy_, clock_};
  Round round{.method = method, .parts = parts, .answers = answers, .token = {}, .todo = {}};
  round.token = co_await tokens_.token();
  round.todo.resize(parts.size());
  std::iota(round.todo.begin(), round.todo.end(), std::size_t{0});
  int refusals = 0;

  for (;;) {
    round.next = 0;
    co_await run_round(round);

    const bool crowded = std::any_of(round.todo.begin(), round.todo.end(),
                                     [&](std::size_t index) { return is_good(answers[index]); });
    bool refused = false;
    std::chrono::milliseconds wait{0};
    std::vector<std::size_t> again;
    for (const auto index : round.todo) {
      const auto& answer = answers[index];
      const auto failure = judge(answer.status, answer.headers, answer.body, clock_.now());
      if (!failure) continue;
      if (failure->kind == FailureKind::unauthorized && refusals < policy_.refused_tokens) {
        refused = true;
        again.push_back(index);
      } else if (const auto needed = patience.wait_after(*failure, crowded)) {
        wait = std::max(wait, *needed);
        again.push_back(index);
      }
    }
    if (again.empty()) co_return answers;
    round.todo = std::move(again);

    if (refused) {
      Secret token = std::move(round.token);
      round.token = co_await next_token(std::move(token), refusals);
      ++refusals;
    }
    if (wait.count() == 0) continue;
    patience.spent_one();
    co_await clock_.sleep(wait);
  }
}

Task<void> GmailApi::run_round(Round& round) {
  const std::size_t workers = (round.todo.size() + policy_.batch_size - 1) / policy_.batch_size;
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < workers; ++i) tasks.push_back(work_off(round));
  co_await run_all(std::move(tasks));
}

// The gate decides how many may be requested at a time, so a slice is cut only after it has let us
// in.
Task<void> GmailApi::work_off(Round& round) {
  while (round.next < round.todo.size()) {
    const auto wanted = std::min(policy_.batch_size, round.todo.size() - round.next);
    const auto permit = co_await gate_.enter(wanted);
    const auto count = std::min(permit.count(), round.todo.size() - round.next);
    if (count == 0) co_return;
    const auto begin = round.todo.begin() + static_cast<std::ptrdiff_t>(round.next);
    std::vector<std::size_t> slice(begin, begin + static_cast<std::ptrdiff_t>(count));
    round.next += count;
    const auto began = clock_.steady_now();
    while (!slice.empty()) {
      const auto share = co_await afford(units(round.method), slice.size(), began);
      if (share.calls == 0) {
        for (const auto index : slice)
          round.answers[index] = refused_by_quota(share.wait, share.of_project);
        break;
      }
      const auto end = slice.begin() + static_cast<std::ptrdiff_t>(share.calls);
      std::vector<std::size_t> some(slice.begin(), end);
      slice.erase(slice.begin(), end);
      co_await ask(round, std::move(some), permit);
    }
  }
}

// Requests the slice at once and reports the outcome to the gate.
Task<void> GmailApi::ask(Round& round, std::vector<std::size_t> slice, const Gate::Permit& permit) {
  bool answered = false;
  const bool try_batch = slice.size() > 1 && root_.has_batch();
  if (try_batch) answered = co_await ask_together(round, slice);
  if (!answered) co_await ask_each(round, slice);

  std::vector<std::optional<Failure>> failures;
  for (const auto index : slice) {
    const auto& answer = round.answers[index];
    note_answer(round.method, answer.status);
    failures.push_back(judge(answer.status, answer.headers, answer.body, clock_.now()));
    // Now it is certain: the server serves the parts but not the batch.
    if (try_batch && !answered && is_good(answer)) root_.remember_no_batch();
  }
  tell_gate(permit, failures);
}

// False when the server does not do batches.
Task<bool> GmailApi::ask_together(Round& round, const std::vector<std::size_t>& slice) {
  std::vector<BatchPart> parts;
  parts.reserve(slice.size());
  for (const auto index : slice) parts.push_back(round.parts[index]);
  const auto boundary = "batch_" + crypto::random_token(18);
  const Request request{.method = round.method,
                        .verb = "POST",
                        .path = "/batch/gmail/v1",
                        .content_type = "multipart/mixed; boundary=" + boundary,
                        .body = encode_batch(parts, boundary)};
  auto attempt = co_await this->attempt(request, round.token);
  if (attempt.failure) {
    if (means_no_batch(*attempt.failure)) co_return false;
    // The same answer for all of them.
    const auto& refused = attempt.response;
    for (const auto index : slice) {
      round.answers[index] = {
          .status = refused.status, .headers = refused.headers, .body = refused.body};
    }
    co_return true;
  }
  const auto& response = attempt.response;
  auto parse = [&response, &slice] {
    return parse_batch(response.headers.get("Content-Type"), response.body, slice.size());
  };
  auto answers = co_await offload(work_pool_, response.body.size(), parse);
  if (!answers) co_return false;
  for (std::size_t i = 0; i < slice.size(); ++i) {
    round.answers[slice[i]] = std::move((*answers)[i]);
  }
  round.answers[slice.front()].hold = std::move(attempt.response.hold);
  co_return true;
}

Task<void> GmailApi::ask_each(Round& round, const std::vector<std::size_t>& slice) {
  std::vector<Task<void>> tasks;
  tasks.reserve(slice.size());
  for (const auto index : slice) tasks.push_back(ask_alone(round, index));
  co_await run_all(std::move(tasks));
}

Task<void> GmailApi::ask_alone(Round& round, std::size_t index) {
  const auto& part = round.parts[index];
  const Request request{.method = round.method,
                        .verb = std::string{part.verb()},
                        .path = part.path,
                        .content_type = part.json.empty() ? "" : "application/json",
                        .body = part.json};
  auto attempt = co_await this->attempt(request, round.token);
  round.answers[index] = to_answer(std::move(attempt.response));
}

}  // namespace gmail_mcp::google
