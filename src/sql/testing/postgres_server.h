#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/testing/guarded_process.h"

namespace gmail_mcp::sql::testing {

/// A real PostgreSQL server (the package postgresql-15 or newer) for tests, in memory where the
/// system offers that and without waiting for a disk. It lets everybody in who comes from this
/// machine. Blocks until it answers; throws, naming the package, when it is not installed.
class PostgresServer {
 public:
  struct Options {
    std::vector<std::string> settings;  // lines of postgresql.conf
    std::string access;                 // lines of pg_hba.conf, before those that let everybody in
    std::string certificate_file, key_file;  // with TLS if given; copied
    std::string locale = "C.UTF-8";
  };

  PostgresServer();
  explicit PostgresServer(const Options& options);
  /// A standby of another server, which answers reads, until it is promoted.
  explicit PostgresServer(const PostgresServer& primary);
  ~PostgresServer();

  /// The one that the tests of this process share; it ends with the process, even when that is
  /// killed.
  static PostgresServer& of_this_process();

  /// A new database, and its address: postgresql://postgres@127.0.0.1:<port>/<name>. With `like`,
  /// the address of another database that nobody is connected to, a copy of that one.
  std::string new_database(const std::string& like = {});
  void drop_database(const std::string& url);

  std::string url(const std::string& database) const;
  /// The same by a socket of the file system.
  std::string socket_url(const std::string& database) const;
  int port() const { return port_; }

  /// At once, as in a crash.
  void stop();
  void start();
  /// A standby accepts changes from now on.
  void promote();
  /// Blocks until a standby of this server has everything.
  void wait_for_standby() const;
  /// pg_terminate_backend on every connection of clients. Returns how many there were.
  int kill_connections();

  /// Runs a statement, or several with semicolons between them, as postgres, and returns the first
  /// column of the last one's rows. Throws with the server's words when it fails.
  std::vector<std::string> ask(const std::string& database, const std::string& sql) const;

 private:
  void configure(const std::vector<std::string>& settings);

  ServerFolder folder_;
  int port_ = 0;
  int databases_ = 0;
  std::optional<GuardedProcess> process_;
};

/// pgbouncer (the package of that name) in transaction mode before a server.
class PgBouncer {
 public:
  explicit PgBouncer(const PostgresServer& server, int pool = 2);

  /// The address of a database of the server, through the pooler.
  std::string url(const std::string& database_url) const;
  /// All clients lose their connections.
  void stop();
  void start();

 private:
  ServerFolder folder_;
  int port_ = 0;
  std::optional<GuardedProcess> process_;
};

}  // namespace gmail_mcp::sql::testing
