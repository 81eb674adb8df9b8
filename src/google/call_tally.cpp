#include "google/call_tally.h"

#include <string>

#include "google/methods.h"

namespace gmail_mcp::google {

namespace {

Counter& quota_counter(Meter& meter, const char* outcome) {
  return meter.counter("gmail_mcp_quota_waits_total",
                       "Requests to Gmail held back by the quota of their mailbox: waited for a "
                       "moment, or refused with rate_limited.",
                       {{"outcome", outcome}});
}

}  // namespace

CallTally::CallTally(Meter& meter)
    : meter_{meter},
      waits_{quota_counter(meter, "waited")},
      refusals_{quota_counter(meter, "refused")} {}

void CallTally::answered(Method method, int status) {
  // A server that invents statuses must not create new families.
  const bool is_status = status >= 100 && status <= 599;
  auto*& counter = answers_[{method, is_status ? status : 0}];
  if (counter == nullptr) {
    counter = &meter_.counter(
        "gmail_mcp_upstream_calls_total", "Requests to Gmail by method and HTTP status.",
        {{"method", std::string{facts(method).name}},
         {"status", is_status ? std::to_string(status) : std::string{"none"}}});
  }
  counter->add();
}

void CallTally::held_back(bool refused) { (refused ? refusals_ : waits_).add(); }

}  // namespace gmail_mcp::google
