#include "net/socket_stream.h"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>

#include "base/error.h"

namespace gmail_mcp::net {

namespace {

namespace asio = boost::asio;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// What TCP and TLS streams share: the descriptor and its readiness.
class Descriptor {
 public:
  // The family matters only to operations we do not use, so IPv4 serves for both.
  Descriptor(const Executor& executor, int descriptor)
      : socket_{executor, asio::ip::tcp::v4(), descriptor} {
    socket_.native_non_blocking(true);
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  int number() { return socket_.native_handle(); }
  bool is_open() const { return socket_.is_open(); }

  // The outcome does not matter: the waiting task tries again and finds out. A cancelled task
  // notices at its next co_await.
  Task<void> wait(Socket::wait_type what) {
    return socket_.async_wait(what, asio::redirect_error(use_task, ignored_));
  }

  void interrupt() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }

  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  int release() { return is_open() ? socket_.release() : -1; }

  void limit_silence(std::chrono::milliseconds limit) {
    const auto milliseconds = static_cast<unsigned int>(limit.count());
    if (!is_open()) return;
    ::setsockopt(number(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
  }

  void send_fin() {
    if (is_open()) ::shutdown(number(), SHUT_WR);
  }

  bool peer_is_gone() {
    const auto state = tcp_state();
    return state != TCP_ESTABLISHED && state != TCP_FIN_WAIT1 && state != TCP_FIN_WAIT2 &&
           state != TCP_SYN_RECV;
  }

  // After a reset the state is TCP_CLOSE; an orderly end goes through other states first.
  bool is_broken() { return tcp_state() == TCP_CLOSE; }

 private:
  int tcp_state() {
    if (!is_open()) return TCP_CLOSE;
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(number(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return TCP_CLOSE;
    return info.tcpi_state;
  }

  Socket socket_;
  boost::system::error_code ignored_;
};

class TcpStream final : public Stream {
 public:
  TcpStream(const Executor& executor, int descriptor) : descriptor_{executor, descriptor} {}

  Progress try_read(std::span<char> into) override {
    if (!descriptor_.is_open()) return {0, State::failed};
    const auto count = ::recv(descriptor_.number(), into.data(), into.size(), MSG_DONTWAIT);
    if (count > 0) return {static_cast<std::size_t>(count), State::ok};
    if (count == 0) return {0, State::ended};
    return {0, would_block(errno) ? State::needs_read : State::failed};
  }

  Progress try_write(std::string_view head, std::string_view body) override {
    if (!descriptor_.is_open()) return {0, State::failed};
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    ssize_t count = 0;
    if (body.empty()) {
      count = ::send(descriptor_.number(), head.data(), head.size(), flags);
    } else {
      std::array<iovec, 2> pieces{{{const_cast<char*>(head.data()), head.size()},
                                   {const_cast<char*>(body.data()), body.size()}}};
      msghdr message{};
      message.msg_iov = pieces.data();
      message.msg_iovlen = pieces.size();
      count = ::sendmsg(descriptor_.number(), &message, flags);
    }
    if (count >= 0) return {static_cast<std::size_t>(count), State::ok};
    return {0, would_block(errno) ? State::needs_write : State::failed};
  }

  Task<void> wait_readable() override { return descriptor_.wait(Socket::wait_read); }
  Task<void> wait_writable() override { return descriptor_.wait(Socket::wait_write); }
  void interrupt() override { descriptor_.interrupt(); }
  bool peer_is_gone() override { return descriptor_.peer_is_gone(); }
  bool is_broken() override { return descriptor_.is_broken(); }
  void limit_silence(std::chrono::milliseconds limit) override { descriptor_.limit_silence(limit); }
  void end_writing() override { descriptor_.send_fin(); }
  void close() override { descriptor_.close(); }
  int release() override { return descriptor_.release(); }

 private:
  Descriptor descriptor_;
};

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE; this one does not.
int bio_write(BIO* bio, const char* bytes, int count) {
  BIO_clear_retry_flags(bio);
  auto& descriptor = *static_cast<Descriptor*>(BIO_get_data(bio));
  const auto sent = ::send(descriptor.number(), bytes, static_cast<std::size_t>(count),
                           MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && would_block(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* into, int room) {
  BIO_clear_retry_flags(bio);
  auto& descriptor = *static_cast<Descriptor*>(BIO_get_data(bio));
  const auto count =
      ::recv(descriptor.number(), into, static_cast<std::size_t>(room), MSG_DONTWAIT);
  if (count < 0 && would_block(errno)) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(count);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO* new_bio(Descriptor& descriptor) {
  static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "descriptor");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)>{made, BIO_meth_free};
  }();
  BIO* bio = BIO_new(method.get());
  BIO_set_data(bio, &descriptor);
  BIO_set_init(bio, 1);
  return bio;
}

class TlsStream final : public Stream {
 public:
  TlsStream(const Executor& executor, int descriptor, std::shared_ptr<const TlsContext> context)
      : descriptor_{executor, descriptor},
        context_{std::move(context)},
        ssl_{SSL_new(context_->handle())} {
    if (!ssl_) throw Error{Errc::internal, "TLS could not be set up."};
    BIO* bio = new_bio(descriptor_);
    SSL_set_bio(ssl_.get(), bio, bio);
  }

  ~TlsStream() override { ssl_.reset(); }

  void be_server() { SSL_set_accept_state(ssl_.get()); }

  Task<void> greet(std::string host) {
    SSL_set_connect_state(ssl_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) != 1) {
      SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
      SSL_set1_host(ssl_.get(), host.c_str());
    }
    while (true) {
      ERR_clear_error();
      const int outcome = SSL_do_handshake(ssl_.get());
      if (outcome == 1) co_return;
      const State state = judge(outcome);
      if (state == State::needs_read) {
        co_await wait_readable();
      } else if (state == State::needs_write) {
        co_await wait_writable();
      } else {
        refuse();
      }
    }
  }

  Progress try_read(std::span<char> into) override {
    if (!usable()) return {0, State::failed};
    ERR_clear_error();
    std::size_t count = 0;
    const int outcome = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    if (outcome == 1) return {count, State::ok};
    return {0, judge(outcome)};
  }

  Progress try_write(std::string_view head, std::string_view body) override {
    Progress progress = try_write_one(head.empty() ? body : head);
    // Each call is a TLS record of its own: worth it only when the whole head is out and a large
    // body follows.
    if (progress.bytes == head.size() && !head.empty() && !body.empty()) {
      progress.bytes += try_write_one(body).bytes;
    }
    return progress;
  }

  Task<void> wait_readable() override {
    if (SSL_has_pending(ssl_.get()) == 1) co_return;
    co_await descriptor_.wait(Socket::wait_read);
  }
  Task<void> wait_writable() override { return descriptor_.wait(Socket::wait_write); }
  void interrupt() override { descriptor_.interrupt(); }
  bool peer_is_gone() override { return broken_ || descriptor_.peer_is_gone(); }
  bool is_broken() override { return broken_ || descriptor_.is_broken(); }
  void limit_silence(std::chrono::milliseconds limit) override { descriptor_.limit_silence(limit); }

  void end_writing() override {
    if (usable() && SSL_is_init_finished(ssl_.get()) == 1) {
      ERR_clear_error();
      SSL_shutdown(ssl_.get());
    }
    descriptor_.send_fin();
  }

  void close() override { descriptor_.close(); }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  bool usable() const { return !broken_ && descriptor_.is_open(); }

  Progress try_write_one(std::string_view bytes) {
    if (!usable()) return {0, State::failed};
    ERR_clear_error();
    std::size_t count = 0;
    const int outcome = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (outcome == 1) return {count, State::ok};
    return {0, judge(outcome)};
  }

  State judge(int outcome) {
    switch (SSL_get_error(ssl_.get(), outcome)) {
      case SSL_ERROR_WANT_READ: return State::needs_read;
      case SSL_ERROR_WANT_WRITE: return State::needs_write;
      case SSL_ERROR_ZERO_RETURN: return State::ended;
      default:
        // After a fatal error OpenSSL forbids any further call but SSL_free.
        broken_ = true;
        return State::failed;
    }
  }

  [[noreturn]] void refuse() {
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict != X509_V_OK) {
      throw Error{Errc::misconfigured, "The server's certificate cannot be trusted.",
                  "Check the clock, and ca_file if the server has a private authority."}
          .with_detail(X509_verify_cert_error_string(verdict));
    }
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    throw Error{Errc::unavailable, "The TLS handshake failed."}.with_detail(
        reason == nullptr ? "the connection was closed" : reason);
  }

  Descriptor descriptor_;
  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<Stream> make_tcp_stream(const Executor& executor, int descriptor) {
  return std::make_unique<TcpStream>(executor, descriptor);
}

std::unique_ptr<Stream> make_tls_server_stream(const Executor& executor, int descriptor,
                                               std::shared_ptr<const TlsContext> context) {
  auto stream = std::make_unique<TlsStream>(executor, descriptor, std::move(context));
  stream->be_server();
  return stream;
}

Task<std::unique_ptr<Stream>> make_tls_client_stream(int descriptor, std::string host,
                                                     std::shared_ptr<const TlsContext> context) {
  const auto executor = co_await asio::this_coro::executor;
  auto stream = std::make_unique<TlsStream>(executor, descriptor, std::move(context));
  co_await stream->greet(std::move(host));
  co_return stream;
}

}  // namespace gmail_mcp::net
