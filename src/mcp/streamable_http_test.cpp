#include "mcp/streamable_http.h"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "http/server.h"
#include "mcp/memory_exchange_test.h"
#include "mcp/memory_offer_test.h"

namespace gmail_mcp::mcp::test {
namespace {

constexpr const char* envelope =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{},"progressToken":"p"})";

http::RequestHead modern_post(const std::string& method, const std::string& name = {}) {
  http::RequestHead head;
  head.method = "POST";
  head.path = "/mcp";
  head.local_is_loopback = true;
  head.headers = {{"Host", "localhost"},
                  {"Content-Type", "application/json"},
                  {"MCP-Protocol-Version", "2026-07-28"},
                  {"Mcp-Method", method}};
  if (!name.empty()) head.headers.add("Mcp-Name", name);
  return head;
}

std::string call_of(const std::string& tool) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" + tool + R"(",)" +
         envelope + "}}";
}

class StreamableHttpTest : public testing::Test {
 protected:
  StreamableHttp& server() {
    if (!server_) {
      core_ =
          std::make_unique<Core>(offer, ServerInfo{{"memory", "1.0", ""}, ""}, limits, clock, *log);
      server_ = std::make_unique<StreamableHttp>(*core_, authenticate, options, clock, *log);
    }
    return *server_;
  }

  MemoryExchange& exchange_of(http::RequestHead head, std::string body) {
    exchanges_.push_back(std::make_unique<MemoryExchange>(std::move(head), std::move(body)));
    return *exchanges_.back();
  }
  MemoryExchange& begin(http::RequestHead head, std::string body) {
    auto& exchange = exchange_of(std::move(head), std::move(body));
    tasks.spawn(server().handle(exchange));
    return exchange;
  }

  // Runs until `enough`, or until there is nothing to do.
  void run_until(const std::function<bool()>& enough) {
    loop.restart();
    while (!enough() && loop.poll_one() > 0) {
    }
  }
  void run() {
    run_until([] { return false; });
  }

  ~StreamableHttpTest() override {
    offer.release();
    tasks.cancel();
    run();
    EXPECT_EQ(tasks.running(), 0U);
  }

  boost::asio::io_context loop;
  ManualClock clock;
  std::unique_ptr<Log> log = Log::silent();
  MemoryOffer offer;
  Limits limits;
  HttpOptions options;
  std::unique_ptr<Core> core_;
  std::unique_ptr<StreamableHttp> server_;
  std::vector<std::unique_ptr<MemoryExchange>> exchanges_;
  TaskGroup tasks{loop.get_executor()};
};

TEST_F(StreamableHttpTest, TheCredentialIsJudgedBeforeTheBodyIsRead) {
  auto head = modern_post("tools/list");
  head.headers.add("Authorization", "Bearer wrong");
  auto& exchange = begin(head, "{}");
  run();
  EXPECT_EQ(exchange.status, 401);
  EXPECT_FALSE(exchange.body_was_read);
}

TEST_F(StreamableHttpTest, WhatThisServerIsIsToldToCallersWhoCannotBeLookedUpNow) {
  const auto asked = [](const std::string& method) {
    return R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":{)" + envelope + "}}";
  };
  const auto from_ann = [](const std::string& method) {
    auto head = modern_post(method);
    head.headers.add("Authorization", "Bearer unknown now");
    return head;
  };
  auto& told = begin(from_ann("server/discover"), asked("server/discover"));
  auto& later = begin(from_ann("tools/list"), asked("tools/list"));
  auto& lying = begin(from_ann("server/discover"), asked("tools/list"));
  auto old = from_ann("server/discover");
  auto& legacy = begin(old, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  auto stream = from_ann("server/discover");
  stream.method = "GET";
  auto& listening = begin(stream, {});
  auto picky = from_ann("server/discover");
  picky.headers.add("Accept", "text/html");
  auto& nothing_fits = begin(picky, asked("server/discover"));
  run();
  EXPECT_EQ(told.status, 200);
  EXPECT_NE(told.received.find("supportedVersions"), std::string::npos) << told.received;
  EXPECT_TRUE(told.whose.empty()) << "its body counts as a stranger's";
  EXPECT_EQ(later.status, 503);
  EXPECT_EQ(later.headers.get("Retry-After"), "5");
  EXPECT_FALSE(later.body_was_read);
  EXPECT_EQ(lying.status, 400) << "the header must say what the body says";
  EXPECT_EQ(legacy.status, 503);
  EXPECT_EQ(listening.status, 503);
  EXPECT_EQ(nothing_fits.status, 406);
}

TEST_F(StreamableHttpTest, TheEmbeddingProgramWritesTheErrors) {
  options.error_answer = [](const Error& error, const http::RequestHead& /*head*/) {
    return http::Response{
        418, {{"WWW-Authenticate", "Bearer resource_metadata=\"x\""}}, error.message};
  };
  options.may_ask = [](const http::RequestHead& head) -> std::optional<Error> {
    if (head.path != "/evil") return std::nullopt;
    return Error{Errc::forbidden, "No.", "Go away."};
  };
  auto head = modern_post("tools/list");
  head.headers.add("Authorization", "Bearer wrong");
  auto& stranger = begin(head, "{}");
  head.path = "/evil";
  auto& evil = begin(head, "{}");
  run();
  EXPECT_EQ(stranger.status, 418);
  EXPECT_EQ(stranger.headers.get("WWW-Authenticate"), "Bearer resource_metadata=\"x\"");
  EXPECT_EQ(stranger.received, "The token is not valid.");
  EXPECT_EQ(evil.received, "No.");
}

TEST_F(StreamableHttpTest, AnAnswerThatTakesLongBecomesAStreamWithCommentsInIt) {
  limits.keep_alive = std::chrono::seconds{0};
  auto& exchange = begin(modern_post("tools/call", "wait"), call_of("wait"));
  run_until([&] { return !exchange.received.empty(); });
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(exchange.headers.get("Content-Type"), "text/event-stream");
  EXPECT_TRUE(exchange.received.starts_with(":"));
  offer.release();
  run_until([&] { return exchange.ended; });
  EXPECT_NE(exchange.received.find("\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,"),
            std::string::npos);
}

TEST_F(StreamableHttpTest, AClientThatTakesOnlyJsonIsNotKeptAlive) {
  limits.keep_alive = std::chrono::seconds{0};
  auto head = modern_post("tools/call", "wait");
  head.headers.add("Accept", "application/json");
  auto& exchange = begin(std::move(head), call_of("wait"));
  int turns = 0;
  run_until([&] { return ++turns > 100; });
  EXPECT_EQ(exchange.status, 0);
  offer.release();
  run_until([&] { return exchange.ended; });
  EXPECT_EQ(exchange.headers.get("Content-Type"), "application/json");
}

TEST_F(StreamableHttpTest, ProgressThatIsWrittenLateArrivesInOrderAndWhole) {
  auto& exchange = begin(modern_post("tools/call", "flood"), call_of("flood"));
  run();
  ASSERT_TRUE(exchange.ended);
  std::size_t at = 0;
  for (int i = 1; i <= 200; ++i) {
    at = exchange.received.find("\"progress\":" + std::to_string(i) + "}", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_NE(exchange.received.find("\"result\"", at), std::string::npos);
}

TEST_F(StreamableHttpTest, CancellingTheExchangeCancelsTheHandlerAndWaitsForIt) {
  auto& exchange = begin(modern_post("tools/call", "wait"), call_of("wait"));
  run();
  EXPECT_EQ(offer.cancelled, 0);
  tasks.cancel();
  run();
  EXPECT_EQ(offer.cancelled, 1);
  EXPECT_EQ(tasks.running(), 0U);
  EXPECT_EQ(exchange.status, 0);
}

TEST_F(StreamableHttpTest, AClientThatIsGoneBeforeItsRequestStartsIsNoProblem) {
  auto& exchange = exchange_of(modern_post("tools/call", "wait"), call_of("wait"));
  exchange.hang_up();
  tasks.spawn(server().handle(exchange));
  run();
  EXPECT_EQ(tasks.running(), 0U);
}

http::RequestHead legacy_post(const std::string& session) {
  http::RequestHead head;
  head.method = "POST";
  head.path = "/mcp";
  head.local_is_loopback = true;
  head.headers = {{"Host", "localhost"},
                  {"Content-Type", "application/json"},
                  {"Accept", "application/json, text/event-stream"}};
  if (!session.empty()) head.headers.add("Mcp-Session-Id", session);
  return head;
}

std::string legacy_call_of(const std::string& tool, const std::string& arguments) {
  return R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":")" + tool +
         R"(","arguments":)" + arguments + "}}";
}

constexpr const char* initialize =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"test","version":"1"}}})";

TEST_F(StreamableHttpTest, AnAnswerThatWasWrittenIsNotLost) {
  auto& opened = begin(legacy_post({}), initialize);
  run();
  auto& legacy = begin(legacy_post(std::string{opened.headers.get("Mcp-Session-Id")}),
                       legacy_call_of("post", "{}"));
  auto& modern = begin(modern_post("tools/call", "post"), call_of("post"));
  run();
  EXPECT_TRUE(legacy.ended && modern.ended);
  EXPECT_NE(legacy.received.find("posted"), std::string::npos);
  EXPECT_NE(modern.received.find("posted"), std::string::npos);
  EXPECT_EQ(offer.lost_answers, 0);
}

TEST_F(StreamableHttpTest, TheAnswerToALegacyPostThatIsGoneIsLostThoughItsCallRunsOn) {
  auto& opened = begin(legacy_post({}), initialize);
  run();
  auto& exchange = begin(legacy_post(std::string{opened.headers.get("Mcp-Session-Id")}),
                         legacy_call_of("post", R"({"slowly":true})"));
  run();
  exchange.hang_up();
  run();
  EXPECT_EQ(offer.cancelled, 0);
  offer.release();
  run();
  EXPECT_EQ(offer.callers_gone, 1) << "whoever asks is told before the answer is tried";
  EXPECT_EQ(offer.lost_answers, 1);
}

TEST_F(StreamableHttpTest, StoppingWaitsForOpenStreamsAndForNothingElse) {
  auto& waiting = begin(modern_post("tools/call", "wait"), call_of("wait"));
  auto& listening = begin(
      modern_post("subscriptions/listen"),
      R"({"jsonrpc":"2.0","id":2,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},)" +
          std::string{envelope} + "}}");
  run();
  EXPECT_FALSE(listening.ended);
  bool stopped = false;
  auto stop = [&]() -> Task<void> {
    co_await server().stop();
    stopped = true;
  };
  tasks.spawn(stop());
  run();
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(listening.ended);
  EXPECT_EQ(waiting.status, 0);
}

TEST_F(StreamableHttpTest, AListenEndsWithTheCredentialOfItsCaller) {
  limits.keep_alive = std::chrono::seconds{0};
  auto& listening = begin(
      modern_post("subscriptions/listen"),
      R"({"jsonrpc":"2.0","id":2,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},)" +
          std::string{envelope} + "}}");
  run_until([&] { return listening.received.find("\n\n:\n\n") != std::string::npos; });
  EXPECT_FALSE(listening.ended);
  offer.admits = false;
  run_until([&] { return listening.ended; });
  EXPECT_TRUE(listening.ended);
  EXPECT_NE(listening.received.find("\"id\":2"), std::string::npos) << "with its result";
}

TEST_F(StreamableHttpTest, OneCallerCannotUseAllTheListensUp) {
  limits.listens_of_one = 3;
  const std::string asked =
      R"({"jsonrpc":"2.0","id":2,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},)" +
      std::string{envelope} + "}}";
  const auto listen_as = [&](std::string_view caller) -> MemoryExchange& {
    auto head = modern_post("subscriptions/listen");
    std::string credential = "Bearer ";
    credential += caller;
    head.headers.set("Authorization", std::move(credential));
    auto& exchange = begin(head, asked);
    run();
    return exchange;
  };
  std::vector<MemoryExchange*> anns;
  for (int i = 0; i < 4; ++i) anns.push_back(&listen_as("ann"));
  EXPECT_FALSE(anns[2]->ended);
  EXPECT_TRUE(anns[3]->ended);
  EXPECT_NE(anns[3]->received.find("Too many subscriptions of this caller are open."),
            std::string::npos);
  EXPECT_FALSE(listen_as("bob").ended);
  anns[0]->hang_up();
  run();
  EXPECT_FALSE(listen_as("ann").ended) << "who left makes room";
}

TEST_F(StreamableHttpTest, AToolListIsBuiltOnce) {
  for (int i = 0; i < 3; ++i) {
    auto& exchange = begin(modern_post("tools/list"),
                           R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" +
                               std::string{envelope} + "}}");
    run();
    EXPECT_EQ(exchange.status, 200);
  }
  EXPECT_EQ(offer.listings, 1);
}

// The same over a socket, with the real HTTP server.
class OverASocket : public StreamableHttpTest {
 protected:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

  void serve(const std::function<Task<void>(Socket&)>& client) {
    http::Router router;
    router.add("*", "/mcp", [this](http::Exchange& exchange) { return server().handle(exchange); });
    http::ListenOptions listen;
    auto listening = http::Server::listen(loop, listen, router, {}, clock, *log);
    auto talk = [&]() -> Task<void> {
      const auto executor = co_await current_executor();
      Socket socket{executor};
      const boost::asio::ip::tcp::endpoint address{boost::asio::ip::address_v4::loopback(),
                                                   listening->port()};
      co_await socket.async_connect(address, use_task);
      co_await client(socket);
      co_await server().stop();
      co_await listening->stop(std::chrono::milliseconds{0});
    };
    run_to_end(loop, talk());
  }

  static Task<void> send(Socket& socket, http::RequestHead head, std::string body) {
    std::string text = "POST /mcp HTTP/1.1\r\n";
    for (const auto& [name, value] : head.headers) {
      text.append(name).append(": ").append(value).append("\r\n");
    }
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    co_await boost::asio::async_write(socket, boost::asio::buffer(text), use_task);
  }

  static Task<std::string> read_until(Socket& socket, std::string end) {
    std::string text;
    co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(text), end,
                                           use_task);
    co_return text;
  }
};

TEST_F(OverASocket, ToolsAreListedAndCalled) {
  serve([](Socket& socket) -> Task<void> {
    auto list = R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" +
                std::string{envelope} + "}}";
    co_await send(socket, modern_post("tools/list"), std::move(list));
    const auto tools = co_await read_until(socket, "}}}");
    EXPECT_TRUE(tools.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_NE(tools.find("\"name\":\"echo\""), std::string::npos);
    co_await send(socket, modern_post("tools/call", "count"), call_of("count"));
    const auto count = co_await read_until(socket, "0\r\n\r\n");
    EXPECT_NE(count.find("Content-Type: text/event-stream"), std::string::npos);
    EXPECT_NE(count.find("\"progress\":3"), std::string::npos);
    EXPECT_NE(count.find("\"result\""), std::string::npos);
  });
}

TEST_F(OverASocket, ClosingTheConnectionCancelsAModernRequest) {
  serve([this](Socket& socket) -> Task<void> {
    co_await send(socket, modern_post("tools/call", "wait"), call_of("wait"));
    co_await offer.begun(loop.get_executor());
    socket.close();
    co_await offer.ended(loop.get_executor());
    EXPECT_EQ(offer.cancelled, 1);
  });
}

}  // namespace
}  // namespace gmail_mcp::mcp::test
