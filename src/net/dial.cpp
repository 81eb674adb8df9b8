#include "net/dial.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/error.h"
#include "net/socket_stream.h"

namespace gmail_mcp::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// `host:port`, as a URL writes it.
std::string place_of(const DialOptions& options) {
  const bool is_v6 = options.host.find(':') != std::string::npos;
  const auto host = is_v6 ? "[" + options.host + "]" : options.host;
  return host + ":" + std::to_string(options.port);
}

constexpr char what_to_do[] =
    "If it goes on, check the name and the port in the settings, and that this machine may connect "
    "to them.";

void check(const error_code& failed, const DialOptions& options) {
  if (!failed) return;
  if (failed == asio::error::operation_aborted) throw boost::system::system_error{failed};
  throw Error{Errc::unavailable, "The server " + place_of(options) + " could not be reached.",
              what_to_do}
      .with_detail(failed.message());
}

Task<std::unique_ptr<Stream>> connect(DialOptions options) {
  const Executor executor = co_await asio::this_coro::executor;
  asio::ip::basic_resolver<tcp, Executor> resolver{executor};
  error_code failed;
  const auto addresses = co_await resolver.async_resolve(options.host, std::to_string(options.port),
                                                         asio::redirect_error(use_task, failed));
  check(failed, options);
  asio::basic_stream_socket<tcp, Executor> socket{executor};
  failed = asio::error::host_not_found;
  // One address after the other by hand: Asio's connect for ranges reports "cancelled" when no
  // descriptor is left.
  for (const auto& address : addresses) {
    error_code ignored;
    socket.close(ignored);
    socket.open(address.endpoint().protocol(), failed);
    if (failed) continue;
    co_await socket.async_connect(address.endpoint(), asio::redirect_error(use_task, failed));
    if (!failed || failed == asio::error::operation_aborted) break;
  }
  check(failed, options);
  const int descriptor = socket.release();
  if (!options.tls) co_return make_tcp_stream(executor, descriptor);
  auto name = options.tls_name.empty() ? options.host : options.tls_name;
  co_return co_await make_tls_client_stream(descriptor, std::move(name), std::move(options.tls));
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  if (host == "localhost") return true;
  error_code failed;
  const auto address = asio::ip::make_address(host, failed);
  return !failed && address.is_loopback();
}

Task<std::unique_ptr<Stream>> dial(DialOptions options) {
  const auto limit = options.timeout;
  const auto place = place_of(options);
  try {
    auto stream = co_await with_deadline(limit, connect(std::move(options)));
    co_return stream;
  } catch (const Error& error) {
    if (error.code != Errc::timeout) {
      if (!error.hint.empty()) throw;
      Error named{error};
      named.hint = "It was the server " + place + ". " + what_to_do;
      throw named;
    }
    throw Error{Errc::timeout, "The server " + place + " did not answer in time.", what_to_do};
  }
}

Task<std::unique_ptr<Stream>> start_tls(std::unique_ptr<Stream> plain, std::string tls_name,
                                        std::shared_ptr<const TlsContext> tls,
                                        std::chrono::milliseconds timeout) {
  const int descriptor = plain->release();
  if (descriptor < 0) throw Error{Errc::internal, "TLS needs a plain connection to begin on."};
  return with_deadline(timeout,
                       make_tls_client_stream(descriptor, std::move(tls_name), std::move(tls)));
}

}  // namespace gmail_mcp::net
