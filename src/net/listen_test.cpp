#include "net/listen.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <fstream>
#include <string>

#include "base/error.h"
#include "net/dial.h"
#include "net/socket_stream.h"
#include "net/testing/self_signed.h"

namespace gmail_mcp::net {
namespace {

using testing::SelfSigned;

// Accepts one connection, says hello, and echoes until the other side ends.
Task<void> echo_one(Listener& listener, std::shared_ptr<const TlsContext> tls) {
  Accepted accepted = co_await listener.accept(tls);
  std::string hello = "you are " + accepted.peer_address;
  if (accepted.peer_is_loopback) hello += ", near";
  if (accepted.local_is_loopback) hello += ", privately";
  hello += "\n";
  co_await accepted.stream->write(hello);
  std::array<char, 4096> piece;
  while (true) {
    const auto count = co_await accepted.stream->read_some(piece);
    if (count == 0) break;
    const std::string_view bytes{piece.data(), count};
    co_await accepted.stream->write(bytes);
  }
  accepted.stream->end_writing();
}

Task<void> write_and_end(Stream& stream, const std::string& bytes) {
  co_await stream.write(bytes);
  stream.end_writing();
}

Task<std::string> converse(DialOptions options, std::string bytes) {
  const auto executor = co_await current_executor();
  const auto stream = co_await dial(options);
  TaskGroup writer{executor};
  writer.spawn(write_and_end(*stream, bytes));
  std::string all;
  std::array<char, 4096> piece;
  while (true) {
    const auto count = co_await stream->read_some(piece);
    if (count == 0) break;
    all.append(piece.data(), count);
  }
  co_await writer.join();
  co_return all;
}

struct Net {
  boost::asio::io_context loop;
  std::unique_ptr<Listener> listener = listen(loop.get_executor(), {});
  TaskGroup servers{loop.get_executor()};

  DialOptions target() const {
    DialOptions options;
    options.host = "127.0.0.1";
    options.port = listener->port();
    return options;
  }
};

Errc code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Errc::internal;
}

TEST(Listen, says_who_connects_and_carries_bytes_both_ways) {
  Net net;
  net.servers.spawn(echo_one(*net.listener, nullptr));
  const std::string megabyte(1 << 20, 'x');
  EXPECT_EQ(run_to_end(net.loop, converse(net.target(), megabyte)),
            "you are 127.0.0.1, near, privately\n" + megabyte);
}

struct Seen {
  bool gone = false;
  bool broken = false;
};

// Writes to a client that then closes its socket, with or without having read, and waits for that.
Task<Seen> write_to_who_leaves(Listener& listener, DialOptions target, bool reads) {
  auto client = co_await dial(target);
  const Accepted accepted = co_await listener.accept(nullptr);
  co_await accepted.stream->write("answer");
  std::array<char, 16> piece;
  co_await client->wait_readable();
  if (reads) client->try_read(piece);
  client->close();
  while (!accepted.stream->peer_is_gone()) co_await accepted.stream->wait_readable();
  Seen seen;
  seen.gone = accepted.stream->peer_is_gone();
  seen.broken = accepted.stream->is_broken();
  co_return seen;
}

TEST(Listen, a_client_that_leaves_after_reading_has_not_broken_the_connection) {
  Net net;
  const auto read = run_to_end(net.loop, write_to_who_leaves(*net.listener, net.target(), true));
  EXPECT_TRUE(read.gone);
  EXPECT_FALSE(read.broken);
  const auto unread = run_to_end(net.loop, write_to_who_leaves(*net.listener, net.target(), false));
  EXPECT_TRUE(unread.gone);
  EXPECT_TRUE(unread.broken);
}

TEST(Listen, an_IPv4_peer_of_a_dual_stack_socket_is_shown_as_IPv4) {
  Net net;
  ListenAddress address;
  address.host = "::";
  try {
    net.listener = listen(net.loop.get_executor(), address);
  } catch (const Error&) {
    GTEST_SKIP() << "no IPv6 here";
  }
  net.servers.spawn(echo_one(*net.listener, nullptr));
  EXPECT_EQ(run_to_end(net.loop, converse(net.target(), "")),
            "you are 127.0.0.1, near, privately\n");
}

TEST(Listen, a_port_in_use_is_said_in_words) {
  Net net;
  ListenAddress address;
  address.port = net.listener->port();
  try {
    listen(net.loop.get_executor(), address);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::misconfigured);
    EXPECT_EQ(error.message, "Port " + std::to_string(address.port) + " is in use.");
    EXPECT_FALSE(error.hint.empty());
  }
}

TEST(Listen, listeners_that_agree_share_a_port) {
  Net net;
  ListenAddress address;
  address.reuse_port = true;
  const auto first = listen(net.loop.get_executor(), address);
  address.port = first->port();
  EXPECT_EQ(listen(net.loop.get_executor(), address)->port(), first->port());
}

TEST(Listen, an_address_of_another_machine_is_misconfigured) {
  boost::asio::io_context loop;
  ListenAddress address;
  address.host = "192.0.2.1";
  EXPECT_EQ(code_of([&] { listen(loop.get_executor(), address); }), Errc::misconfigured);
}

TEST(Listen, closing_ends_accept_as_cancelling_does) {
  Net net;
  bool aborted = false;
  TaskGroup group{net.loop.get_executor(), [&](const std::exception_ptr& failure) {
                    try {
                      std::rethrow_exception(failure);
                    } catch (const boost::system::system_error& error) {
                      aborted = error.code() == boost::asio::error::operation_aborted;
                    }
                  }};
  group.spawn(echo_one(*net.listener, nullptr));
  net.loop.poll();
  net.listener->close();
  net.loop.run();
  EXPECT_TRUE(aborted);
}

TEST(Tls, carries_bytes_both_ways_between_those_who_trust) {
  const SelfSigned certificate;
  Net net;
  net.servers.spawn(echo_one(*net.listener, TlsContext::for_server(certificate.certificate_file(),
                                                                   certificate.key_file(), "")));
  DialOptions options = net.target();
  options.tls = TlsContext::for_client(certificate.certificate_file());
  options.tls_name = "localhost";
  const std::string megabyte(1 << 20, 'x');
  EXPECT_EQ(run_to_end(net.loop, converse(options, megabyte)),
            "you are 127.0.0.1, near, privately\n" + megabyte);
}

TEST(Tls, a_certificate_for_another_name_is_refused) {
  const SelfSigned certificate{"elsewhere.example"};
  Net net;
  net.servers.spawn(echo_one(*net.listener, TlsContext::for_server(certificate.certificate_file(),
                                                                   certificate.key_file(), "")));
  DialOptions options = net.target();
  options.tls = TlsContext::for_client(certificate.certificate_file());
  options.tls_name = "localhost";
  EXPECT_EQ(code_of([&] { run_to_end(net.loop, converse(options, "")); }), Errc::misconfigured);
}

TEST(Tls, an_unknown_authority_is_refused) {
  const SelfSigned certificate;
  Net net;
  net.servers.spawn(echo_one(*net.listener, TlsContext::for_server(certificate.certificate_file(),
                                                                   certificate.key_file(), "")));
  DialOptions options = net.target();
  options.tls = TlsContext::for_client("");
  options.tls_name = "localhost";
  EXPECT_EQ(code_of([&] { run_to_end(net.loop, converse(options, "")); }), Errc::misconfigured);
}

TEST(Tls, files_that_are_missing_or_do_not_match_are_misconfigured) {
  const SelfSigned one;
  const SelfSigned other;
  EXPECT_EQ(code_of([&] { TlsContext::for_server("/nowhere", one.key_file(), ""); }),
            Errc::misconfigured);
  EXPECT_EQ(code_of([&] { TlsContext::for_server(one.certificate_file(), "/nowhere", ""); }),
            Errc::misconfigured);
  EXPECT_EQ(code_of([&] { TlsContext::for_server(one.certificate_file(), other.key_file(), ""); }),
            Errc::misconfigured);
  EXPECT_EQ(code_of([&] { TlsContext::for_client("/nowhere"); }), Errc::misconfigured);
}

// A server that speaks plainly first, and TLS once it is asked to.
Task<void> upgrade_one(Listener& listener, std::shared_ptr<const TlsContext> tls) {
  const auto executor = co_await current_executor();
  Accepted accepted = co_await listener.accept(nullptr);
  std::array<char, 64> piece;
  co_await accepted.stream->read_some(piece);
  co_await accepted.stream->write("go ahead\n");
  const auto secure = make_tls_server_stream(executor, accepted.stream->release(), std::move(tls));
  const auto count = co_await secure->read_some(piece);
  const std::string_view bytes{piece.data(), count};
  co_await secure->write(bytes);
}

Task<std::string> ask_to_upgrade(DialOptions options, std::shared_ptr<const TlsContext> tls) {
  auto plain = co_await dial(std::move(options));
  co_await plain->write("starttls\n");
  std::array<char, 64> piece;
  co_await plain->read_some(piece);
  const auto secure = co_await start_tls(std::move(plain), "localhost", std::move(tls),
                                         std::chrono::milliseconds{10'000});
  co_await secure->write("secret");
  const auto count = co_await secure->read_some(piece);
  co_return std::string{piece.data(), count};
}

TEST(Tls, can_begin_in_the_middle_of_a_connection) {
  const SelfSigned certificate;
  Net net;
  net.servers.spawn(upgrade_one(
      *net.listener,
      TlsContext::for_server(certificate.certificate_file(), certificate.key_file(), "")));
  const auto trusting = TlsContext::for_client(certificate.certificate_file());
  EXPECT_EQ(run_to_end(net.loop, ask_to_upgrade(net.target(), trusting)), "secret");
}

// What dialling them fails with.
Error failure_to(const DialOptions& options) {
  Net net;
  try {
    run_to_end(net.loop, converse(options, ""));
  } catch (const Error& error) {
    return error;
  }
  return Error{Errc::internal, "nothing was thrown"};
}

// The error names the server, for operators who have several, and says what to do.
void expect_names(const Error& error, Errc code, const std::string& server) {
  EXPECT_EQ(error.code, code);
  EXPECT_NE(error.message.find(server), std::string::npos) << error.message;
  EXPECT_NE(error.hint, "");
}

TEST(Dial, nobody_there_is_unavailable_and_names_the_server) {
  Net net;
  const DialOptions options = net.target();
  net.listener->close();
  expect_names(failure_to(options), Errc::unavailable, "127.0.0.1:" + std::to_string(options.port));
}

TEST(Dial, a_host_without_an_address_is_unavailable_and_named) {
  DialOptions options;
  options.host = "no-such-host.invalid";
  options.port = 993;
  expect_names(failure_to(options), Errc::unavailable, "no-such-host.invalid:993");
}

// Says something, but not TLS.
Task<void> say_hello(Listener& listener) {
  const Accepted accepted = co_await listener.accept(nullptr);
  co_await accepted.stream->write("220 hello, in the clear\r\n");
  accepted.stream->end_writing();
}

TEST(Dial, a_server_that_does_not_speak_tls_is_named_in_the_hint) {
  Net net;
  net.servers.spawn(say_hello(*net.listener));
  DialOptions options = net.target();
  options.tls = TlsContext::for_client("");
  try {
    run_to_end(net.loop, converse(options, ""));
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(error.hint.find("127.0.0.1:" + std::to_string(options.port)), std::string::npos)
        << error.message << " " << error.hint;
  }
}

TEST(Dial, a_server_that_says_nothing_to_tls_is_a_timeout_and_named) {
  Net net;  // the kernel accepts; nobody ever answers
  DialOptions options = net.target();
  options.tls = TlsContext::for_client("");
  options.timeout = std::chrono::milliseconds{50};
  expect_names(failure_to(options), Errc::timeout, "127.0.0.1:" + std::to_string(options.port));
}

TEST(SocketStream, ASilentPeerIsGivenUpAfterTheTimeThatIsSet) {
  for (const bool tls : {false, true}) {
    boost::asio::io_context loop;
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_GE(descriptor, 0);
    const auto executor = loop.get_executor();
    const SelfSigned identity;
    const auto stream =
        tls ? make_tls_server_stream(
                  executor, descriptor,
                  TlsContext::for_server(identity.certificate_file(), identity.key_file(), ""))
            : make_tcp_stream(executor, descriptor);
    stream->limit_silence(std::chrono::seconds{30});
    unsigned int milliseconds = 0;
    socklen_t size = sizeof milliseconds;
    EXPECT_EQ(::getsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, &size), 0);
    EXPECT_EQ(milliseconds, 30'000U);
  }
}

}  // namespace
}  // namespace gmail_mcp::net
