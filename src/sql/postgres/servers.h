#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/task.h"
#include "sql/postgres/handle.h"

namespace gmail_mcp::sql::postgres {

/// The servers that a connection string names, and how to connect to them.
class Servers {
 public:
  /// `url`: postgresql://… or words like host=… (PostgreSQL, 34.1.1). Throws misconfigured when it
  /// cannot be read.
  explicit Servers(const std::string& url);

  /// A connection to the first server that lets us in and, when only one that accepts changes is
  /// wanted, does: ready for statements, in pipeline mode. Names are looked up without blocking the
  /// loop. Throws what the last server said, within `limit`, of which each has a share.
  /// Cancellable.
  Task<ConnectionHandle> connect(std::chrono::milliseconds limit);

  /// Begin with the next server the next time: this one accepts no changes any more.
  void avoid_current() { ++first_; }

 private:
  struct Server {
    std::string host;     // a name, an address, a folder of sockets, or "" for libpq's choice
    std::string address;  // given as hostaddr; "" if not
    std::string port;
  };

  Task<std::vector<std::string>> addresses_of(Server server);
  Task<ConnectionHandle> connect_to(Server server, std::chrono::milliseconds limit);
  Task<ConnectionHandle> connect_to(Server server, std::string address);

  std::vector<Server> servers_;
  std::map<std::string, std::string> words_;  // of the connection string, but where the servers are
  std::size_t first_ = 0;
};

}  // namespace gmail_mcp::sql::postgres
