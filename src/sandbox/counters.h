#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gmail_mcp::sandbox {

/// What the simulated Google has seen since it started or was last reset. A value.
struct Counters {
  std::uint64_t http_requests = 0;  // everything but /sandbox/… and pages for people
  std::map<std::string, std::uint64_t> requests;  // by method: "messages.get", "token", "batch"; a
                                                  // part of a batch counts under its own method
  std::uint64_t batches = 0;
  std::uint64_t batch_parts = 0;
  std::uint64_t code_exchanges = 0;          // successful ones
  std::uint64_t refreshes = 0;               // successful ones
  std::uint64_t sends = 0;                   // mails that really left
  std::uint64_t faults = 0;                  // rules that fired
  std::map<std::string, int> max_in_flight;  // by address; the parts of a batch count each
};

}  // namespace gmail_mcp::sandbox
