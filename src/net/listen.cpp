#include "net/listen.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "net/socket_stream.h"

namespace gmail_mcp::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// An IPv4 peer of a dual-stack socket is given its IPv4 address.
asio::ip::address to_address(const sockaddr_storage& raw) {
  if (raw.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(raw);
    return asio::ip::address_v4{ntohl(v4.sin_addr.s_addr)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(raw);
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  const asio::ip::address_v6 address{bytes, v6.sin6_scope_id};
  if (address.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, address);
  return address;
}

void describe(Accepted& accepted, int descriptor, const sockaddr_storage& peer) {
  const auto peer_address = to_address(peer);
  accepted.peer_address = peer_address.to_string();
  accepted.peer_is_loopback = peer_address.is_loopback();
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  accepted.local_is_loopback =
      ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &size) == 0 &&
      to_address(local).is_loopback();
}

tcp::endpoint resolve(const ListenAddress& address) {
  error_code failed;
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  const auto ip = asio::ip::make_address(host, failed);
  if (!failed) return {ip, address.port};
  // Called once, at start, where blocking does no harm.
  asio::io_context context;
  tcp::resolver resolver{context};
  const auto found = resolver.resolve(host, std::to_string(address.port), failed);
  if (failed || found.empty()) {
    throw Error{Errc::misconfigured, "The address to listen on is not one of this machine.",
                "Use 127.0.0.1 for this machine only or 0.0.0.0 for all its addresses."}
        .with_detail(host);
  }
  return found.begin()->endpoint();
}

[[noreturn]] void explain(const error_code& failed, const ListenAddress& address) {
  if (failed == asio::error::address_in_use) {
    throw Error{Errc::misconfigured, fmt::format("Port {} is in use.", address.port),
                "Stop the program that uses it, or choose another port."};
  }
  if (failed == asio::error::access_denied) {
    throw Error{Errc::misconfigured,
                fmt::format("Port {} may not be opened by this user.", address.port),
                "Choose a port from 1024 up."};
  }
  throw Error{Errc::misconfigured,
              fmt::format("Port {} cannot be opened on the chosen address.", address.port),
              "Use 127.0.0.1 for this machine only or 0.0.0.0 for all its addresses."}
      .with_detail(failed.message());
}

class TcpListener final : public Listener {
 public:
  TcpListener(const Executor& executor, const ListenAddress& address)
      : acceptor_{executor}, pause_{executor}, on_shortage_{address.on_shortage} {
    const auto endpoint = resolve(address);
    const auto check = [&](const error_code& failed) {
      if (failed) explain(failed, address);
    };
    error_code failed;
    acceptor_.open(endpoint.protocol(), failed);
    check(failed);
    // Without it a restart would wait a minute for the old connections' TIME_WAIT.
    acceptor_.set_option(tcp::acceptor::reuse_address{true}, failed);
    if (address.reuse_port) {
      const int on = 1;
      ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    if (endpoint.address() == asio::ip::address_v6::any()) {
      acceptor_.set_option(asio::ip::v6_only{false}, failed);
    }
    acceptor_.bind(endpoint, failed);
    check(failed);
    acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    check(failed);
    acceptor_.native_non_blocking(true);
    port_ = acceptor_.local_endpoint().port();
  }

  std::uint16_t port() const override { return port_; }

  Task<Accepted> accept(const std::shared_ptr<const TlsContext>& tls) override {
    const Executor executor = co_await asio::this_coro::executor;
    while (acceptor_.is_open()) {
      // Not async_accept, which would register the descriptor with epoll only for us to remove it
      // again.
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      const int descriptor =
          ::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                    SOCK_NONBLOCK | SOCK_CLOEXEC);
      const int error = errno;
      if (descriptor >= 0) {
        short_ = false;
        Accepted accepted;
        accepted.stream = tls ? make_tls_server_stream(executor, descriptor, tls)
                              : make_tcp_stream(executor, descriptor);
        describe(accepted, descriptor, address);
        co_return accepted;
      }
      error_code ignored;
      if (error == EAGAIN || error == EWOULDBLOCK) {
        co_await acceptor_.async_wait(tcp::acceptor::wait_read,
                                      asio::redirect_error(use_task, ignored));
      } else if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
        if (!std::exchange(short_, true) && on_shortage_) on_shortage_();
        // The connection stays in the queue, so asking again at once would spin.
        pause_.expires_after(std::chrono::milliseconds{100});
        co_await pause_.async_wait(asio::redirect_error(use_task, ignored));
      }
      // Any other error belongs to a peer that has already gone.
    }
    throw boost::system::system_error{asio::error::operation_aborted};
  }

  void close() override {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  asio::basic_socket_acceptor<tcp, Executor> acceptor_;
  Timer pause_;
  std::function<void()> on_shortage_;
  bool short_ = false;
  std::uint16_t port_ = 0;
};

}  // namespace

std::unique_ptr<Listener> listen(const Executor& executor, const ListenAddress& address) {
  return std::make_unique<TcpListener>(executor, address);
}

}  // namespace gmail_mcp::net
