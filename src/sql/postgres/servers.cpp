#include "sql/postgres/servers.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <string_view>

#include "base/caught.h"
#include "base/error.h"
#include "sql/postgres/error.h"

namespace gmail_mcp::sql::postgres {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts{""};
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string take(std::map<std::string, std::string>& words, const std::string& name) {
  auto found = words.extract(name);
  return found ? std::move(found.mapped()) : std::string{};
}

Error unreadable() {
  return Error{Errc::misconfigured, "The address of the database cannot be read.",
               "Write it as postgresql://user:password@host:5432/database, with %40 for an @ in "
               "the password, %2F for a /, %3F for a ?, and so on."};
}

// A piece of a password stands there when one of its signs was not escaped. libpq would quote it.
bool is_port(const std::string& text) {
  if (text.empty()) return true;
  const bool has_digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return has_digits && text.size() <= 5 && std::stoi(text) >= 1 && std::stoi(text) <= 65535;
}

void ignore_notice(void*, const PGresult*) {}

}  // namespace

Servers::Servers(const std::string& url) {
  char* reason = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options{
      PQconninfoParse(url.c_str(), &reason)};
  PQfreemem(reason);  // may quote the password
  if (!options) {
    throw unreadable();
  }
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') words_[option->keyword] = option->val;
  }
  const auto hosts = parts_of(take(words_, "host"));
  const auto addresses = parts_of(take(words_, "hostaddr"));
  const auto ports = parts_of(take(words_, "port"));
  for (const auto& host : hosts) {
    if (host.find('@') != std::string::npos) throw unreadable();
  }
  if (!std::all_of(ports.begin(), ports.end(), is_port)) throw unreadable();
  const auto mode = words_.find("sslmode");
  constexpr std::array<std::string_view, 6> modes{"disable", "allow",     "prefer",
                                                  "require", "verify-ca", "verify-full"};
  if (mode != words_.end() && std::find(modes.begin(), modes.end(), mode->second) == modes.end()) {
    throw Error{Errc::misconfigured, "The sslmode of the database's address is none that there is.",
                "Choose disable, prefer, require, verify-ca or verify-full."};
  }
  const auto count = std::max(hosts.size(), addresses.size());
  for (std::size_t i = 0; i < count; ++i) {
    servers_.push_back({.host = i < hosts.size() ? hosts[i] : "",
                        .address = i < addresses.size() ? addresses[i] : "",
                        .port = i < ports.size() ? ports[i] : ports.back()});
  }
  // Of several servers, only one accepts changes.
  if (count > 1) words_.try_emplace("target_session_attrs", "read-write");
  words_["client_encoding"] = "UTF8";
  words_.try_emplace("fallback_application_name", "gmail-mcp");
  words_.try_emplace("gssencmode", "disable");
  // So that a server that vanished is noticed on an idle connection, too.
  words_.try_emplace("keepalives_idle", "30");
  words_.try_emplace("keepalives_interval", "10");
  words_.try_emplace("keepalives_count", "3");
  words_.try_emplace("tcp_user_timeout", "30000");
}

Task<ConnectionHandle> Servers::connect(std::chrono::milliseconds limit) {
  std::optional<Error> failure;
  const auto first = first_;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    Server server = servers_[(first + i) % servers_.size()];
    // A server that is silent must not take the time of those that are not.
    auto made = co_await caught(with_deadline(limit / servers_.size(), connect_to(server, limit)));
    if (made) {
      if (first_ == first) first_ = (first + i) % servers_.size();
      co_return std::move(made).value();
    }
    failure = made.error();
  }
  if (failure->code == Errc::timeout) throw late_error(Sent::nothing);
  throw Error{*failure};
}

Task<ConnectionHandle> Servers::connect_to(Server server, std::chrono::milliseconds limit) {
  const auto addresses = co_await addresses_of(server);
  std::optional<Error> failure;
  const auto share = limit / (servers_.size() * addresses.size());
  for (const auto& address : addresses) {
    auto made = co_await caught(with_deadline(share, connect_to(server, address)));
    if (made) co_return std::move(made).value();
    failure = made.error();
  }
  throw Error{*failure};
}

Task<std::vector<std::string>> Servers::addresses_of(Server server) {
  std::vector<std::string> addresses;
  error_code failed;
  const bool is_folder = server.host.empty() || server.host.front() == '/';
  if (!server.address.empty() || is_folder ||
      (asio::ip::make_address(server.host, failed), !failed)) {
    addresses.push_back(server.address);
    co_return addresses;
  }
  const Executor executor = co_await asio::this_coro::executor;
  asio::ip::basic_resolver<tcp, Executor> resolver{executor};
  const auto found =
      co_await resolver.async_resolve(server.host, "", asio::redirect_error(use_task, failed));
  if (failed == asio::error::operation_aborted) throw boost::system::system_error{failed};
  if (failed) {
    throw Error{Errc::unavailable, "The name of the database server cannot be looked up.",
                "Check the host in DATABASE_URL."}
        .with_detail(failed.message());
  }
  for (const auto& one : found) addresses.push_back(one.endpoint().address().to_string());
  co_return addresses;
}

Task<ConnectionHandle> Servers::connect_to(Server server, std::string address) {
  const Executor executor = co_await asio::this_coro::executor;
  std::vector<const char*> names, values;
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    names.push_back(name);
    values.push_back(value.c_str());
  };
  for (const auto& [name, value] : words_) add(name.c_str(), value);
  add("host", server.host);
  add("hostaddr", address);
  add("port", server.port);
  names.push_back(nullptr);
  values.push_back(nullptr);

  ConnectionHandle made{PQconnectStartParams(names.data(), values.data(), 0)};
  if (!made) throw std::bad_alloc{};
  PQsetErrorVerbosity(made.get(), PQERRORS_VERBOSE);  // the only way to see the SQLSTATE
  PQsetNoticeReceiver(made.get(), ignore_notice, nullptr);
  Watch watch{executor};
  auto next = PQstatus(made.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK) {
    if (next == PGRES_POLLING_FAILED) throw connect_error(PQerrorMessage(made.get()));
    watch.assign(PQsocket(made.get()));
    const auto event = next == PGRES_POLLING_READING ? Watch::Descriptor::wait_read
                                                     : Watch::Descriptor::wait_write;
    co_await watch.descriptor().async_wait(event, use_task);
    watch.release();
    next = PQconnectPoll(made.get());
  }
  PQsetErrorVerbosity(made.get(), PQERRORS_TERSE);
  PQsetnonblocking(made.get(), 1);
  if (PQenterPipelineMode(made.get()) != 1) throw connect_error(PQerrorMessage(made.get()));
  co_return made;
}

}  // namespace gmail_mcp::sql::postgres
