#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gmail_mcp::sandbox {

/// What the simulated Google has seen since it started or was last reset. A value.
struct Counters {
  std::uint64_t http_requests = 0;  // everything but /sandbox/… and pages for people
  std::map<std::string, std::uint64_t> requests;  // by method: "messages.get", "token", "batch"; a
                                                  // part of a batch counts under its own method;
                                                  // by command: "imap.UID FETCH", "smtp.DATA"
  std::uint64_t batches = 0;
  std::uint64_t batch_parts = 0;
  std::uint64_t code_exchanges = 0;          // successful ones
  std::uint64_t refreshes = 0;               // successful ones
  std::uint64_t sends = 0;                   // mails that really left
  std::uint64_t faults = 0;                  // rules that fired
  std::map<std::string, int> held;           // at the moment, by method and command
  std::uint64_t imap_connections = 0;        // accepted
  std::uint64_t imap_messages_fetched = 0;   // FETCH answers, whatever they contain
  std::uint64_t imap_bodies_fetched = 0;     // of these, with a BODY[…]
  std::uint64_t smtp_connections = 0;        // accepted
  std::uint64_t smtp_accepted = 0;           // mails accepted, whether the client learnt it or not
  std::map<std::string, int> imap_open;      // connections signed in at the moment, by address
  std::map<std::string, int> max_imap_open;  // the most at one time
  std::map<std::string, int> max_in_flight;  // by address; each part of a batch counts
};

}  // namespace gmail_mcp::sandbox
