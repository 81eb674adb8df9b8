#include "sql/testing/postgres_server.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "sql/postgres/handle.h"

namespace gmail_mcp::sql::testing {

namespace {

namespace fs = std::filesystem;

// The newest that is installed, in Debian's place for it.
std::string postgres_program(const std::string& name) {
  std::string newest;
  std::error_code ignored;
  int version = 0;
  for (const auto& folder : fs::directory_iterator{"/usr/lib/postgresql", ignored}) {
    const int found = std::atoi(folder.path().filename().c_str());
    const auto program = folder.path() / "bin" / name;
    if (found <= version || !fs::exists(program)) continue;
    version = found;
    newest = program;
  }
  if (newest.empty()) {
    throw std::runtime_error{name + " is not installed: the package postgresql has it"};
  }
  return newest;
}

std::string text_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// Until the server answers on that port.
void wait_for(const std::string& url, const GuardedProcess& process, const ServerFolder& folder) {
  // Only so that a hang ends.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{120};
  while (PQping(url.c_str()) != PQPING_OK) {
    if (process.has_ended() || std::chrono::steady_clock::now() > until) {
      throw std::runtime_error{"the server does not start: " + folder.read("log")};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

std::string name_in(const std::string& url) { return url.substr(url.rfind('/') + 1); }

}  // namespace

PostgresServer::PostgresServer() : PostgresServer{Options{}} {}

PostgresServer::PostgresServer(const Options& options) : port_{free_port()} {
  run_as_server(
      {postgres_program("initdb"), "--pgdata=" + folder_ / "data", "--no-sync", "--auth=trust",
       "--username=postgres", "--encoding=UTF8", "--locale=" + options.locale},
      folder_);
  auto settings = options.settings;
  if (!options.certificate_file.empty()) {
    folder_.write("data/server.crt", text_of(options.certificate_file));
    folder_.write("data/server.key", text_of(options.key_file));
    settings.emplace_back("ssl = on");
  }
  configure(settings);
  folder_.write("data/pg_hba.conf", options.access +
                                        "local all all trust\nhost all all 127.0.0.1/32 trust\n"
                                        "host replication all 127.0.0.1/32 trust\n");
  start();
}

PostgresServer::PostgresServer(const PostgresServer& primary) : port_{free_port()} {
  run_as_server({postgres_program("pg_basebackup"), "--pgdata=" + folder_ / "data",
                 "--checkpoint=fast", "--no-sync", "--write-recovery-conf",
                 fmt::format("--dbname=host=127.0.0.1 port={} user=postgres", primary.port_)},
                folder_);
  configure({});
  start();
}

// The last word about a setting counts.
void PostgresServer::configure(const std::vector<std::string>& settings) {
  auto configuration = text_of(folder_ / "data/postgresql.conf");
  configuration += fmt::format(
      "\nlisten_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\n"
      "fsync = off\nfull_page_writes = off\nshared_buffers = 32MB\n"
      "max_connections = 200\nmax_wal_size = 256MB\n",
      port_, folder_.path());
  for (const auto& line : settings) configuration += line + "\n";
  folder_.write("data/postgresql.conf", configuration);
}

void PostgresServer::promote() { ask("postgres", "SELECT pg_promote()"); }

void PostgresServer::wait_for_standby() const {
  const auto end = ask("postgres", "SELECT pg_current_wal_insert_lsn()").at(0);
  // Only so that a hang ends.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{120};
  while (ask("postgres", "SELECT 1 FROM pg_stat_replication WHERE replay_lsn >= '" + end + "'")
             .empty()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error{"no standby follows"};
  }
}

PostgresServer::~PostgresServer() { stop(); }

PostgresServer& PostgresServer::of_this_process() {
  static PostgresServer server;
  return server;
}

void PostgresServer::start() {
  if (process_) return;
  process_.emplace(std::vector<std::string>{postgres_program("postgres"), "-D", folder_ / "data"},
                   folder_, "QUIT");
  wait_for(url("postgres"), *process_, folder_);
}

void PostgresServer::stop() { process_.reset(); }

std::string PostgresServer::url(const std::string& database) const {
  return fmt::format("postgresql://postgres@127.0.0.1:{}/{}", port_, database);
}

std::string PostgresServer::socket_url(const std::string& database) const {
  return fmt::format("host={} port={} user=postgres dbname={}", folder_.path(), port_, database);
}

std::string PostgresServer::new_database(const std::string& like) {
  const auto name = fmt::format("test_{}", ++databases_);
  const auto copied = like.empty() ? "template0" : name_in(like);
  ask("postgres", fmt::format("CREATE DATABASE {} TEMPLATE {}", name, copied));
  return url(name);
}

void PostgresServer::drop_database(const std::string& url) {
  ask("postgres", fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name_in(url)));
}

int PostgresServer::kill_connections() {
  const auto killed = ask("postgres",
                          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
  return static_cast<int>(killed.size());
}

std::vector<std::string> PostgresServer::ask(const std::string& database,
                                             const std::string& sql) const {
  const postgres::ConnectionHandle connection{PQconnectdb(url(database).c_str())};
  const PQnoticeProcessor ignore = [](void*, const char*) {};
  PQsetNoticeProcessor(connection.get(), ignore, nullptr);
  const postgres::ResultHandle result{PQexec(connection.get(), sql.c_str())};
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    throw std::runtime_error{"PostgreSQL refuses " + sql + ": " + PQerrorMessage(connection.get())};
  }
  std::vector<std::string> column;
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    column.emplace_back(PQgetvalue(result.get(), i, 0));
  }
  return column;
}

PgBouncer::PgBouncer(const PostgresServer& server, int pool) : port_{free_port()} {
  if (!fs::exists("/usr/sbin/pgbouncer")) {
    throw std::runtime_error{"pgbouncer is not installed: the package pgbouncer has it"};
  }
  folder_.write("users", "\"postgres\" \"\"\n");
  folder_.write(
      "pgbouncer.ini",
      fmt::format("[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\n"
                  "listen_addr = 127.0.0.1\nlisten_port = {}\nunix_socket_dir =\n"
                  "auth_type = trust\nauth_file = {}\npool_mode = transaction\n"
                  "default_pool_size = {}\nmax_client_conn = 500\nadmin_users = postgres\n"
                  "server_login_retry = 1\n",
                  server.port(), port_, folder_ / "users", pool));
  start();
}

void PgBouncer::start() {
  if (process_) return;
  process_.emplace(std::vector<std::string>{"/usr/sbin/pgbouncer", folder_ / "pgbouncer.ini"},
                   folder_, "TERM");
  wait_for(fmt::format("postgresql://postgres@127.0.0.1:{}/pgbouncer", port_), *process_, folder_);
}

void PgBouncer::stop() { process_.reset(); }

std::string PgBouncer::url(const std::string& database_url) const {
  return fmt::format("postgresql://postgres@127.0.0.1:{}/{}", port_, name_in(database_url));
}

}  // namespace gmail_mcp::sql::testing
