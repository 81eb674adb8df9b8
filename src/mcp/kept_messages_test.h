#pragma once

#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <fstream>
#include <string>

#include "mcp/jsonrpc.h"

namespace gmail_mcp::mcp::test {

/// Whether the file that GMAIL_MCP_MESSAGES names is to have what was said.
inline bool keeps_messages() { return std::getenv("GMAIL_MCP_MESSAGES") != nullptr; }

/// Appends a conversation to that file, as one line of JSON: there the referee mcp_schemas judges
/// what was sent. Long ones are left out.
inline void keep_messages(const json::object& conversation) {
  constexpr std::size_t longest = std::size_t{1} << 20;
  const auto line = json::serialize(conversation) + "\n";
  if (line.size() > longest) return;
  std::ofstream{std::getenv("GMAIL_MCP_MESSAGES"), std::ios::app} << line;
}

}  // namespace gmail_mcp::mcp::test
