#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "operation/run.h"

namespace gmail_mcp::operation {

/// Runs work on the staircase that is not offered as a tool: of a person on our pages, of the
/// command line's own verbs, and of the server itself. `name` is a constant, for log and audit;
/// `credential` is "page", "command line" or "housekeeping". A page reaches no user's data, the
/// others reach all. `work` is called once; throws its Error.
template <class Made>
Task<Made> run_own(const Services& services, std::string_view name, model::CallerKind kind,
                   std::string credential, std::function<Task<Made>(Call&)> work) {
  Info info;
  info.name = name;
  info.toolset = Toolset::none;
  model::Caller caller;
  caller.kind = kind;
  Origin origin;
  origin.surface = credential;
  origin.request_id = new_request_id();
  caller.credential = std::move(credential);
  auto outcome = co_await run_work<Made>(services, info, std::move(caller), std::move(origin),
                                         std::move(work));
  if (const auto* failure = outcome.failure()) throw Error{failure->error};
  co_return std::move(*outcome.made());
}

}  // namespace gmail_mcp::operation
