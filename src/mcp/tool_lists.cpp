#include "mcp/tool_lists.h"

#include <utility>

namespace gmail_mcp::mcp {

ToolLists::Lists& ToolLists::lists_of(const Principal& principal, std::uint64_t generation) {
  // List keys name sets of tools, of which there are few; an offer that uses a new key for every
  // caller must not take unlimited memory.
  constexpr std::size_t most_keys = 256;
  auto key = offer_.list_key(principal);
  auto found = by_key_.find(key);
  if (found == by_key_.end() && by_key_.size() >= most_keys) by_key_.clear();
  if (found == by_key_.end()) found = by_key_.emplace(std::move(key), Lists{}).first;
  if (found->second.generation != generation) {
    found->second = Lists{};
    found->second.generation = generation;
  }
  return found->second;
}

const std::string& ToolLists::listing(const Principal& principal, const Revision& revision,
                                      const Codec& codec, std::uint64_t generation) {
  auto& texts = lists_of(principal, generation).texts;
  auto found = texts.find(&revision);
  if (found == texts.end()) {
    found = texts.emplace(&revision, codec.tools(offer_.tools(principal))).first;
  }
  return found->second;
}

const std::vector<ParamHeader>& ToolLists::header_rules(const Principal& principal,
                                                        std::string_view tool,
                                                        std::uint64_t generation) {
  static const std::vector<ParamHeader> none;
  auto& lists = lists_of(principal, generation);
  if (!lists.rules_known) {
    for (const auto& listing : offer_.tools(principal)) {
      auto rules = param_headers(listing.input_schema).value();
      if (!rules.empty()) lists.rules.emplace(listing.name, std::move(rules));
    }
    lists.rules_known = true;
  }
  if (lists.rules.empty()) return none;
  const auto found = lists.rules.find(std::string{tool});
  return found == lists.rules.end() ? none : found->second;
}

}  // namespace gmail_mcp::mcp
