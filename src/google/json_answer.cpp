#include "google/json_answer.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace gmail_mcp::google {

namespace {

// A message's parts may be nested as deeply as its sender likes, far beyond boost's 32 levels.
// Deeper JSON than this is refused before it can exhaust the stack.
constexpr std::size_t max_depth = 256;

}  // namespace

schema::JsonRules rules_of_answer(std::size_t most_values) {
  schema::JsonRules rules;
  rules.depth = max_depth;
  rules.values = most_values;
  rules.allow_invalid_utf8 = true;  // repaired when texts are read
  rules.allow_repeated_names = true;
  return rules;
}

Error too_much() {
  return {Errc::too_large, "Gmail's answer contains more than can be read.",
          "Ask for less at once."};
}

Error unreadable(const std::optional<schema::JsonFault>& fault, std::size_t bytes) {
  using Kind = schema::JsonFault::Kind;
  if (fault && fault->kind == Kind::too_deep) {
    return {Errc::too_large, "The message is nested too deeply to be read.",
            "Look at it in Gmail."};
  }
  if (fault && fault->kind == Kind::too_many_values) return too_much();
  return Error{Errc::unavailable, "Gmail's answer could not be read.", "Repeat the request."}
      .with_detail(fmt::format("{} bytes that are no JSON object", bytes));
}

std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [stop, failed] = std::from_chars(digits.data(), end, number);
  if (failed != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace gmail_mcp::google
