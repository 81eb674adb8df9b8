#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "base/receipt.h"
#include "base/task.h"
#include "model/caller.h"
#include "operation/operation.h"
#include "operation/services.h"

namespace gmail_mcp::operation {

/// What a surface hands on: the result object, or the error object with the keys of the contract.
struct Outcome {
  bool ok = false;
  std::string body;  // the text of a JSON object; of `run_work`, when ok, what the work yielded
  Errc code = Errc::internal;  // when not ok
  std::optional<std::chrono::seconds> retry_after;
  Receipt receipt;  // `delivered()` once the caller has the body

  /// The body, for who needs its parts.
  json::object object() const;
};

/// The one shape of a failure everywhere (docs/05-troubleshooting.md, *Codes*).
json::object error_object(const Error& error);

/// Any exception as the Error a caller may see; what we did not foresee is `internal`.
Error as_error(const std::exception_ptr& thrown);

/// A short unique id of one request: what a log line and an error report share. No secret.
std::string new_request_id();

/// May this caller see and call it at all? For lists; `run` checks again.
bool is_offered(const Services& services, const model::Caller& caller, const Info& info);

/// The one staircase: admit → decode → policy → invoke → audit. Never throws, except when the task
/// itself is cancelled; then the call is audited as cancelled first. `arguments` is borrowed until
/// the task ends.
Task<Outcome> run(const Services& services, const Operation& operation, model::Caller caller,
                  Origin origin, json::object& arguments);

/// The same staircase for what is no tool: resources, completion, pages. `work` is called once.
Task<Outcome> run_work(const Services& services, const Info& info, model::Caller caller,
                       Origin origin, std::function<Task<std::string>(Call&)> work);

}  // namespace gmail_mcp::operation
