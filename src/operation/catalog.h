#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "operation/operation.h"
#include "operation/prompt.h"
#include "operation/resource.h"

namespace gmail_mcp::operation {

/// Everything the doors offer. Made once by the app, constant afterwards.
class Catalog {
 public:
  Catalog(std::vector<Operation> tools, std::vector<Resource> resources,
          std::vector<Prompt> prompts);

  const std::vector<Operation>& tools() const { return tools_; }
  const std::vector<Resource>& resources() const { return resources_; }
  const std::vector<Prompt>& prompts() const { return prompts_; }

  /// nullptr if there is none.
  const Operation* tool(std::string_view name) const;
  /// Hyphens and underscores are the same here, because clients use both.
  const Prompt* prompt(std::string_view name) const;

 private:
  std::vector<Operation> tools_;
  std::vector<Resource> resources_;
  std::vector<Prompt> prompts_;
  std::map<std::string_view, const Operation*> by_name_;
};

}  // namespace gmail_mcp::operation
