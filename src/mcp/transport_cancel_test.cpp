#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>

#include "base/cancel_points_test.h"
#include "http/connection.h"
#include "mcp/memory_offer_test.h"
#include "mcp/sse_legacy.h"
#include "mcp/stdio.h"
#include "mcp/streamable_http.h"
#include "net/pipe.h"

// Every transport of MCP with a call under way, cancelled at every point: because the server stops,
// or because the client leaves.

namespace gmail_mcp::mcp::test {
namespace {

const std::string modern_meta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{},"progressToken":"p"})";

std::string call_to(const std::string& tool, const std::string& extra) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" + tool + "\"" +
         extra + "}}";
}

http::Response plain_failure(const Error& error, int status, const http::RequestHead* /*head*/) {
  http::Response response;
  response.status = status;
  response.body = std::string{to_string(error.code)};
  return response;
}

// A client's end of a connection, and the server's Connection at the other end.
struct Line {
  Line(const Executor& executor, const std::shared_ptr<http::ServerState>& server) {
    auto ends = net::make_pipe(executor, std::size_t{1} << 20);
    client = std::move(ends.second);
    net::Accepted accepted;
    accepted.stream = std::move(ends.first);
    accepted.peer_address = "127.0.0.1";
    connection = std::make_unique<http::Connection>(server, std::move(accepted), false);
  }

  void send(const std::string& verb, const std::string& target, const std::string& fields,
            const std::string& body = {}) const {
    const std::string bytes = verb + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" +
                              "Accept: application/json, text/event-stream\r\n" + fields +
                              (body.empty() ? std::string{}
                                            : "Content-Type: application/json\r\nContent-Length: " +
                                                  std::to_string(body.size()) + "\r\n") +
                              "\r\n" + body;
    client->try_write(bytes);
  }

  std::string received() {
    std::array<char, 4096> piece;
    while (true) {
      const auto progress = client->try_read(piece);
      if (progress.state != net::Stream::State::ok) return text;
      text.append(piece.data(), progress.bytes);
    }
  }

  std::unique_ptr<net::Stream> client;
  std::unique_ptr<http::Connection> connection;
  std::string text;
};

const std::string asking =
    R"(,"arguments":{"requests":[{"key":"who","method":"roots/list","params":{}}]})";

std::string opening_with_roots(const std::string& revision) {
  return R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" +
         revision + R"(","capabilities":{"roots":{}},"clientInfo":{"name":"c","version":"1"}}})";
}

// What the client says to the question in `received`; "" while there is none.
std::string answer_in(const std::string& received) {
  const auto question = received.find(R"("method":"roots/list")");
  if (question == std::string::npos) return {};
  const std::string field = R"("id":)";
  const auto at = received.rfind(field, question) + field.size();
  return R"({"jsonrpc":"2.0","id":)" + received.substr(at, received.find(',', at) - at) +
         R"(,"result":{"roots":[]}})";
}

class Talking : public Play {
 public:
  explicit Talking(boost::asio::io_context& on) : Play{on}, side_{on.get_executor()} {
    router_.add("*", "/mcp",
                [this](http::Exchange& exchange) { return streamable_.handle(exchange); });
    router_.add("*", "/mcp/sse",
                [this](http::Exchange& exchange) { return legacy_.handle(exchange); });
  }
  void judge() override {
    offer_.release();
    run(end_of_side());
    EXPECT_EQ(legacy_.sessions(), 0U);
  }

 protected:
  // Lets the tool "wait" continue after some turns of the loop.
  Task<void> release_soon() {
    for (int i = 0; i < 6; ++i) co_await yield();
    offer_.release();
  }
  Task<void> end_of_side() { co_await side_.join(); }

  MemoryOffer offer_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  Core core_{offer_, ServerInfo{{"memory", "1.0", ""}, ""}, Limits{}, clock_, *log_};
  StreamableHttp streamable_{core_, authenticate, HttpOptions{}, clock_, *log_};
  SseLegacy legacy_{core_, authenticate, HttpOptions{}, clock_, *log_};
  http::Router router_;
  std::shared_ptr<http::ServerState> server_ = std::make_shared<http::ServerState>(
      router_, plain_failure, http::ServerLimits{}, nullptr, clock_, *log_);
  TaskGroup side_;
};

class ModernPost : public Talking {
 public:
  explicit ModernPost(boost::asio::io_context& on) : Talking{on} {
    line_.send("POST", "/mcp",
               "Connection: close\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: "
               "tools/call\r\nMcp-Name: wait\r\n",
               call_to("wait", "," + modern_meta));
  }
  Task<void> act() override {
    side_.spawn(release_soon());
    return line_.connection->run();
  }

 protected:
  Line line_{loop.get_executor(), server_};
};

class ModernClientLeaves final : public ModernPost {
 public:
  using ModernPost::ModernPost;
  void interfere(boost::asio::cancellation_signal&) override { line_.client->close(); }
};

// A session of 2025-11-25, opened before, and a call in it.
class SessionPost : public Talking {
 public:
  explicit SessionPost(boost::asio::io_context& on) : Talking{on} {
    Line opening{loop.get_executor(), server_};
    opening.send("POST", "/mcp", "Connection: close\r\n",
                 R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":)"
                 R"("2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})");
    run(opening.connection->run());
    const auto answer = opening.received();
    const std::string field = "Mcp-Session-Id: ";
    const auto at = answer.find(field) + field.size();
    line_.send("POST", "/mcp",
               "Connection: close\r\nMCP-Protocol-Version: 2025-11-25\r\n" + field +
                   answer.substr(at, answer.find('\r', at) - at) + "\r\n",
               call_to("wait", ""));
  }
  Task<void> act() override {
    side_.spawn(release_soon());
    return line_.connection->run();
  }

 protected:
  Line line_{loop.get_executor(), server_};
};

class SessionClientLeaves final : public SessionPost {
 public:
  using SessionPost::SessionPost;
  void interfere(boost::asio::cancellation_signal&) override { line_.client->close(); }
};

// A call that asks its client something, and the answer in a request of its own.
class AskingPost : public Talking {
 public:
  explicit AskingPost(boost::asio::io_context& on) : Talking{on} {
    Line opening{loop.get_executor(), server_};
    opening.send("POST", "/mcp", "Connection: close\r\n", opening_with_roots("2025-11-25"));
    run(opening.connection->run());
    const auto answer = opening.received();
    const std::string field = "Mcp-Session-Id: ";
    const auto at = answer.find(field);
    session_ = "Connection: close\r\n" + answer.substr(at, answer.find('\r', at) - at) + "\r\n";
    line_.send("POST", "/mcp", session_, call_to("question", asking));
  }
  Task<void> act() override {
    side_.spawn(answer_when_asked());
    co_await line_.connection->run();
    if (!disturbed_) {
      EXPECT_NE(line_.received().find("answers"), std::string::npos);
    }
  }
  void interfere(boost::asio::cancellation_signal& caller) override {
    disturbed_ = true;
    Talking::interfere(caller);
  }
  void judge() override {
    Talking::judge();
    EXPECT_EQ(core_.waiting_calls().counts().used, 0U);
  }

 protected:
  Task<void> answer_when_asked() {
    std::string answer;
    for (int i = 0; i < 100 && answer.empty(); ++i) {
      co_await yield();
      answer = answer_in(line_.received());
    }
    if (answer.empty()) co_return;
    posted_.send("POST", "/mcp", session_, answer);
    co_await posted_.connection->run();
  }

  bool disturbed_ = false;
  std::string session_;
  Line line_{loop.get_executor(), server_};
  Line posted_{loop.get_executor(), server_};
};

// The call goes on without its client, and waits for the answer that comes in another connection.
class AskingClientLeaves final : public AskingPost {
 public:
  using AskingPost::AskingPost;
  void interfere(boost::asio::cancellation_signal& caller) override {
    line_.client->close();
    AskingPost::interfere(caller);
  }
};

// The session ends meanwhile.
class AskingSessionEnds final : public AskingPost {
 public:
  explicit AskingSessionEnds(boost::asio::io_context& on)
      : AskingPost{on}, ending_{on.get_executor(), server_} {}
  void interfere(boost::asio::cancellation_signal& caller) override {
    ending_.send("DELETE", "/mcp", session_);
    side_.spawn(ending_.connection->run());
    AskingPost::interfere(caller);
  }

 private:
  Line ending_;
};

// An event stream of 2024-11-05, and a call posted to it; the client leaves in the end.
class EventStream : public Talking {
 public:
  explicit EventStream(boost::asio::io_context& on) : Talking{on} {
    stream_.send("GET", "/mcp/sse", {});
  }
  Task<void> act() override {
    side_.spawn(post_when_open());
    return stream_.connection->run();
  }

 protected:
  Task<void> post_when_open() {
    const std::string field = "sessionId=";
    auto at = std::string::npos;
    for (int i = 0; i < 100 && at == std::string::npos; ++i) {
      co_await yield();
      at = stream_.received().find(field);
    }
    if (at == std::string::npos) co_return;
    const auto& text = stream_.text;
    posted_.send("POST", "/mcp/sse?" + text.substr(at, text.find('\n', at) - at),
                 "Connection: close\r\n", call_to("wait", "," + modern_meta));
    co_await posted_.connection->run();
    co_await release_soon();
    for (int i = 0; i < 10; ++i) co_await yield();
    stream_.client->close();
  }

  Line stream_{loop.get_executor(), server_};
  Line posted_{loop.get_executor(), server_};
};

class EventStreamClientLeaves final : public EventStream {
 public:
  using EventStream::EventStream;
  void interfere(boost::asio::cancellation_signal&) override { stream_.client->close(); }
};

// Lines over a pair of sockets; the client leaves in the end.
class Lines : public Talking {
 public:
  explicit Lines(boost::asio::io_context& on) : Talking{on} {
    ::signal(SIGPIPE, SIG_IGN);  // as the program does
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0);
    stdio_.emplace(core_, principal_, ends_[0], ends_[0], clock_, *log_);
    const auto bytes =
        call_to("wait", "," + modern_meta) + "\n" + call_to("echo", "," + modern_meta) + "\n";
    EXPECT_EQ(::write(ends_[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  ~Lines() override {
    ::close(ends_[0]);
    hang_up();
  }
  void judge() override {
    hang_up();
    Talking::judge();
  }
  Task<void> act() override {
    side_.spawn(release_and_leave());
    return stdio_->run();
  }

 protected:
  Task<void> release_and_leave() {
    co_await release_soon();
    for (int i = 0; i < 6; ++i) co_await yield();
    hang_up();
  }
  void hang_up() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

  std::array<int, 2> ends_{-1, -1};
  PrincipalPtr principal_ = std::make_shared<const NamedPrincipal>("ann");
  std::optional<Stdio> stdio_;
};

class LinesClientLeaves final : public Lines {
 public:
  using Lines::Lines;
  void interfere(boost::asio::cancellation_signal&) override { hang_up(); }
};

// The same over stdio.
class AskingLines : public Talking {
 public:
  explicit AskingLines(boost::asio::io_context& on) : Talking{on} {
    ::signal(SIGPIPE, SIG_IGN);  // as the program does
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends_.data()),
              0);
    stdio_.emplace(core_, principal_, ends_[0], ends_[0], clock_, *log_);
    say(opening_with_roots("2024-11-05"));
    say(call_to("question", asking));
  }
  ~AskingLines() override {
    ::close(ends_[0]);
    hang_up();
  }
  void judge() override {
    hang_up();
    Talking::judge();
    EXPECT_EQ(core_.waiting_calls().counts().used, 0U);
  }
  Task<void> act() override {
    side_.spawn(answer_and_leave());
    return stdio_->run();
  }

 protected:
  void say(const std::string& line) const {
    const auto bytes = line + "\n";
    const auto written = ::write(ends_[1], bytes.data(), bytes.size());
    (void)written;  // nobody reads any more
  }
  Task<void> answer_and_leave() {
    std::string heard;
    std::array<char, 4096> piece;
    bool answered = false;
    for (int i = 0; i < 100 && ends_[1] >= 0; ++i) {
      co_await yield();
      const auto size = ::read(ends_[1], piece.data(), piece.size());
      if (size > 0) heard.append(piece.data(), static_cast<std::size_t>(size));
      const auto answer = answer_in(heard);
      if (answered || answer.empty()) continue;
      say(answer);
      answered = true;
    }
    hang_up();
  }
  void hang_up() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

  std::array<int, 2> ends_{-1, -1};
  PrincipalPtr principal_ = std::make_shared<const NamedPrincipal>("ann");
  std::optional<Stdio> stdio_;
};

class AskingLinesClientLeaves final : public AskingLines {
 public:
  using AskingLines::AskingLines;
  void interfere(boost::asio::cancellation_signal&) override { hang_up(); }
};

TEST(TransportCancelled, a_call_that_waits_for_its_clients_answer) {
  EXPECT_GT(interfere_at_every_point<AskingPost>("question over HTTP, server stops"), 4U);
  EXPECT_GT(interfere_at_every_point<AskingClientLeaves>("question over HTTP, client leaves"), 4U);
  EXPECT_GT(interfere_at_every_point<AskingSessionEnds>("question over HTTP, session ends"), 4U);
  EXPECT_GT(interfere_at_every_point<AskingLines>("question over stdio, server stops"), 4U);
  EXPECT_GT(interfere_at_every_point<AskingLinesClientLeaves>("question over stdio, client leaves"),
            4U);
}

TEST(TransportCancelled, a_self_contained_request_over_http) {
  EXPECT_GT(interfere_at_every_point<ModernPost>("POST of 2026-07-28, server stops"), 6U);
  EXPECT_GT(interfere_at_every_point<ModernClientLeaves>("POST of 2026-07-28, client leaves"), 6U);
}

TEST(TransportCancelled, a_request_of_a_session_over_http) {
  EXPECT_GT(interfere_at_every_point<SessionPost>("POST of 2025-11-25, server stops"), 6U);
  EXPECT_GT(interfere_at_every_point<SessionClientLeaves>("POST of 2025-11-25, client leaves"), 6U);
}

TEST(TransportCancelled, an_event_stream) {
  EXPECT_GT(interfere_at_every_point<EventStream>("stream of 2024-11-05, server stops"), 20U);
  EXPECT_GT(
      interfere_at_every_point<EventStreamClientLeaves>("stream of 2024-11-05, client leaves"),
      20U);
}

TEST(TransportCancelled, lines_over_stdio) {
  EXPECT_GT(interfere_at_every_point<Lines>("stdio, server stops"), 10U);
  EXPECT_GT(interfere_at_every_point<LinesClientLeaves>("stdio, client leaves"), 10U);
}

}  // namespace
}  // namespace gmail_mcp::mcp::test
