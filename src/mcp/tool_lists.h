#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mcp/codec.h"
#include "mcp/param_headers.h"

namespace gmail_mcp::mcp {

/// The offer's tool lists as bytes: one per list key and revision, made at first use. One thread.
class ToolLists {
 public:
  explicit ToolLists(Offer& offer) : offer_{offer} {}

  /// The result of tools/list. Borrowed until the next call.
  const std::string& listing(const Principal& principal, const Revision& revision,
                             const Codec& codec, std::uint64_t generation);
  /// Which arguments of that tool are repeated in headers; empty for most tools and for unknown
  /// ones. Borrowed until the next call.
  const std::vector<ParamHeader>& header_rules(const Principal& principal, std::string_view tool,
                                               std::uint64_t generation);

 private:
  struct Lists {
    std::uint64_t generation = 0;
    std::unordered_map<const Revision*, std::string> texts;
    bool rules_known = false;
    std::unordered_map<std::string, std::vector<ParamHeader>> rules;  // of tools that have any
  };
  Lists& lists_of(const Principal& principal, std::uint64_t generation);

  Offer& offer_;
  std::unordered_map<std::string, Lists> by_key_;
};

}  // namespace gmail_mcp::mcp
