#pragma once

#include <optional>
#include <string>

namespace gmail_mcp::operation {

/// What a person does with a held message.
enum class Choice { send_once, dont_send, as_draft };

/// A person's answer, as a door heard it.
struct Decision {
  std::string send_id;
  std::string digest;            // of what they were shown
  std::optional<Choice> choice;  // nothing: they did not decide
};

}  // namespace gmail_mcp::operation
