#include "operation/catalog.h"

#include <algorithm>

namespace gmail_mcp::operation {

Catalog::Catalog(std::vector<Operation> tools, std::vector<Resource> resources,
                 std::vector<Prompt> prompts)
    : tools_{std::move(tools)}, resources_{std::move(resources)}, prompts_{std::move(prompts)} {
  for (const auto& one : tools_) by_name_[one.info.name] = &one;
}

const Operation* Catalog::tool(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

const Prompt* Catalog::prompt(std::string_view name) const {
  std::string wanted{name};
  std::replace(wanted.begin(), wanted.end(), '_', '-');
  for (const auto& one : prompts_) {
    if (one.name == wanted) return &one;
  }
  return nullptr;
}

}  // namespace gmail_mcp::operation
