#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/fair_share.h"
#include "base/receipt.h"
#include "base/task.h"
#include "model/caller.h"
#include "operation/operation.h"
#include "operation/outcome.h"
#include "operation/services.h"

namespace gmail_mcp::operation {

/// Any exception as the Error that a caller may see; an unexpected one becomes `internal`.
Error as_error(const std::exception_ptr& thrown);

/// A short unique id of one request, which connects an error report with the log. Not a secret.
std::string new_request_id();

/// Whether this caller may see and call it at all. For lists; `run` checks again.
bool is_offered(const Services& services, const model::Caller& caller, const Info& info);

/// The one staircase: admit → policy → decode → invoke → audit. Never throws, except when the task
/// itself is cancelled; then the call is audited as cancelled first. `arguments` is borrowed until
/// the task ends.
Task<Outcome> run(const Services& services, const Operation& operation, model::Caller caller,
                  Origin origin, json::object& arguments);

/// The same staircase for the person's answer to a tool that asked for approval.
Task<Outcome> run_decision(const Services& services, const Operation& operation,
                           model::Caller caller, Origin origin, Decision decision);

/// Work that keeps its own result and returns about how many bytes the answer will have.
using MeasuredWork = std::function<Task<std::size_t>(Call&)>;

/// The staircase itself. nullopt: `work` succeeded, and `room` is the answer's part of the share.
/// All arguments are borrowed until the end; `caller` and `origin` are moved from.
Task<std::optional<Failure>> climb(const Services& services, const Info& info,
                                   model::Caller& caller, Origin& origin, const MeasuredWork& work,
                                   FairShare::Hold& room, Receipt& receipt);

/// Runs `work` and keeps its result. A result or a text counts in its reader's share.
template <class Made>
Task<std::size_t> keep_made(Task<Made> work, std::variant<Made, Failure>& end) {
  auto made = co_await std::move(work);
  std::size_t bytes = 0;
  if constexpr (std::is_same_v<Made, schema::Value>) bytes = made.bytes();
  if constexpr (std::is_same_v<Made, std::string>) bytes = made.size();
  end = std::move(made);
  co_return bytes;
}

/// The same staircase for resources, completion and pages. `work` is called once.
template <class Made>
Task<OutcomeOf<Made>> run_work(const Services& services, const Info& info, model::Caller caller,
                               Origin origin, std::function<Task<Made>(Call&)> work) {
  OutcomeOf<Made> outcome;
  const MeasuredWork kept = [&work, &outcome](Call& call) {
    return keep_made<Made>(work(call), outcome.end);
  };
  auto failed = co_await climb(services, info, caller, origin, kept, outcome.room, outcome.receipt);
  if (failed) outcome.end = std::move(*failed);
  co_return outcome;
}

}  // namespace gmail_mcp::operation
