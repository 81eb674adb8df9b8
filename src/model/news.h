#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/connection.h"

namespace gmail_mcp::model {

/// News of a mailbox, for its subscribers: a value, announced after it is durable.
struct MailboxNews {
  ConnectionId connection;
  std::vector<std::string> correspondents;  // lower case addresses whose history changed
  bool of_many = false;    // of more than are named: anybody's history may have changed
  std::int64_t added = 0;  // messages that are shown; 0 when another process brought them
};

}  // namespace gmail_mcp::model
