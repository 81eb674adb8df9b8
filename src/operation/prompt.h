#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::operation {

struct PromptParameter {
  std::string_view name;
  std::string_view description;
};

using PromptArguments = std::map<std::string, std::string, std::less<>>;

/// A message a person can start a conversation with. No argument is required.
struct Prompt {
  std::string_view name;  // with hyphens
  std::string_view title;
  std::string_view description;
  std::vector<PromptParameter> parameters;
  std::function<std::string(const PromptArguments&)> text;
};

}  // namespace gmail_mcp::operation
