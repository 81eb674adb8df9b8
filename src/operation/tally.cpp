#include "operation/tally.h"

namespace gmail_mcp::operation {

void Tally::count(std::string_view operation, std::string_view outcome,
                  std::chrono::microseconds took) {
  auto& counted = at(operation);
  counted.duration->observe(std::chrono::duration<double>(took).count());
  auto*& counter = counted.outcomes[outcome];
  if (counter == nullptr) {
    counter = &meter_.counter(
        "gmail_mcp_tool_calls_total", "Calls of tools, resources and pages by outcome.",
        {{"tool", std::string{operation}}, {"outcome", std::string{outcome}}});
  }
  counter->add();
}

Tally::Operation& Tally::at(std::string_view operation) {
  auto& counted = operations_[operation];
  if (counted.duration == nullptr) {
    counted.duration = &meter_.histogram("gmail_mcp_tool_duration_seconds", "How long calls took.",
                                         {{"tool", std::string{operation}}});
  }
  return counted;
}

}  // namespace gmail_mcp::operation
