#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <memory>
#include <string>

#include "base/task.h"
#include "sql/postgres/libpq.h"

// libpq's objects with owners.
namespace gmail_mcp::sql::postgres {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionHandle = std::unique_ptr<PGconn, Finish>;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, Clear>;

/// Waits for the socket of a connection, which stays libpq's.
class Watch {
 public:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;

  explicit Watch(const Executor& executor) : descriptor_{executor} {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { release(); }

  /// libpq may close a socket and open another, even with the same number, whenever it works on
  /// connecting: so this is called after each time.
  void assign(int socket) {
    release();
    descriptor_.assign(socket);
  }
  void release() {
    if (descriptor_.is_open()) descriptor_.release();
  }
  Descriptor& descriptor() { return descriptor_; }

 private:
  Descriptor descriptor_;
};

}  // namespace gmail_mcp::sql::postgres
