#include "operation/page_visit.h"

#include <utility>

#include "operation/run.h"

namespace gmail_mcp::operation {

Task<model::FlowEnd> finish_on_page(const Services& services, std::string_view operation,
                                    std::function<Task<model::FlowEnd>(Call&)> finish) {
  Info info;
  info.name = operation;
  info.toolset = Toolset::pages;
  info.effect = Effect::changes;
  model::Caller person;
  person.kind = model::CallerKind::flow;
  person.credential = "page";
  Origin origin;
  origin.surface = "web";
  origin.request_id = new_request_id();
  auto outcome = co_await run_work<model::FlowEnd>(services, info, std::move(person),
                                                   std::move(origin), std::move(finish));
  if (const auto* failure = outcome.failure()) throw Error{failure->error};
  co_return std::move(*outcome.made());
}

}  // namespace gmail_mcp::operation
