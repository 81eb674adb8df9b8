#include "model/user_token.h"

#include <array>

namespace gmail_mcp::model {

namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 3> approval_names = {"never", "new_recipients", "always"};

}  // namespace

std::string_view to_string(Approval approval) {
  return approval_names[static_cast<std::size_t>(approval)];
}

std::optional<Approval> approval(std::string_view name) {
  for (std::size_t i = 0; i < approval_names.size(); ++i) {
    if (approval_names[i] == name) return static_cast<Approval>(i);
  }
  return std::nullopt;
}

}  // namespace gmail_mcp::model
