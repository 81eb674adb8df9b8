#include "mcp/sse_legacy.h"

#include <gtest/gtest.h>

#include "mcp/memory_exchange_test.h"
#include "mcp/memory_offer_test.h"

namespace gmail_mcp::mcp::test {
namespace {

class SseLegacyTest : public testing::Test {
 protected:
  SseLegacy& server() {
    if (!server_) {
      core_ =
          std::make_unique<Core>(offer, ServerInfo{{"memory", "1.0", ""}, ""}, limits, clock, *log);
      const HttpOptions options;
      server_ = std::make_unique<SseLegacy>(*core_, authenticate, options, clock, *log);
    }
    return *server_;
  }

  MemoryExchange& begin(const std::string& method, std::string query, std::string body,
                        const std::string& who = "ann") {
    http::RequestHead head;
    head.method = method;
    head.path = "/mcp/sse";
    head.query = std::move(query);
    head.local_is_loopback = true;
    head.headers = {{"Host", "localhost"},
                    {"Content-Type", "application/json"},
                    {"Authorization", "Bearer " + who}};
    exchanges_.push_back(std::make_unique<MemoryExchange>(std::move(head), std::move(body)));
    tasks.spawn(server().handle(*exchanges_.back()));
    return *exchanges_.back();
  }

  // Opens the stream and reads its endpoint event.
  MemoryExchange& open() {
    auto& stream = begin("GET", {}, {});
    run_until([&] { return !stream.received.empty(); });
    const auto start = stream.received.find("sessionId=");
    session = stream.received.substr(start, stream.received.find('\n', start) - start);
    return stream;
  }
  int post(std::string body) {
    auto& exchange = begin("POST", session, std::move(body));
    run_until([&] { return exchange.ended; });
    return exchange.status;
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

  ~SseLegacyTest() override {
    for (auto& exchange : exchanges_) exchange->hang_up();
    offer.release();
    run();
    EXPECT_EQ(tasks.running(), 0U);
    EXPECT_EQ(server().sessions(), 0U);
  }

  boost::asio::io_context loop;
  ManualClock clock;
  std::unique_ptr<Log> log = Log::silent();
  MemoryOffer offer;
  Limits limits;
  std::string session;
  std::unique_ptr<Core> core_;
  std::unique_ptr<SseLegacy> server_;
  std::vector<std::unique_ptr<MemoryExchange>> exchanges_;
  TaskGroup tasks{loop.get_executor()};
};

constexpr const char* ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

TEST_F(SseLegacyTest, AQuietStreamIsKeptOpenByComments) {
  limits.keep_alive = std::chrono::seconds{0};
  auto& stream = open();
  run_until([&] { return stream.received.find("\n\n:\n\n") != std::string::npos; });
  EXPECT_TRUE(stream.is_open());
}

TEST_F(SseLegacyTest, AStreamNobodyPostsToIsEnded) {
  limits.keep_alive = std::chrono::seconds{0};
  auto& silent = open();
  auto& used = open();
  EXPECT_EQ(post(ping), 202);
  clock.advance(limits.sse_silence);
  run_until([&] { return server().sessions() < 2; });
  EXPECT_TRUE(silent.ended);
  EXPECT_TRUE(used.is_open());
  EXPECT_EQ(server().sessions(), 1U);
}

TEST_F(SseLegacyTest, AStreamEndsWithTheCredentialOfItsCaller) {
  limits.keep_alive = std::chrono::seconds{0};
  auto& stream = open();
  run_until([&] { return stream.received.find("\n\n:\n\n") != std::string::npos; });
  offer.admits = false;
  run_until([&] { return server().sessions() == 0; });
  EXPECT_TRUE(stream.ended);
}

TEST_F(SseLegacyTest, OneCallerCannotUseAllTheStreamsUp) {
  limits.sse_streams_of_one = 3;
  std::vector<MemoryExchange*> streams;
  for (int i = 0; i < 4; ++i) {
    streams.push_back(&begin("GET", {}, {}, "ann"));
    run();
  }
  EXPECT_EQ(streams[2]->status, 200);
  EXPECT_EQ(streams[3]->status, 429);
  auto& bobs = begin("GET", {}, {}, "bob");
  run();
  EXPECT_EQ(bobs.status, 200);
  streams[0]->hang_up();
  run();
  auto& next = begin("GET", {}, {}, "ann");
  run();
  EXPECT_EQ(next.status, 200);
}

TEST_F(SseLegacyTest, AClientThatDoesNotReadMayNotAskForMore) {
  limits.sse_queued_bytes = 100;
  auto& stream = open();
  stream.stop_reading();
  int asked = 0;
  int status = 202;
  while (status == 202 && asked < 100) {
    status = post(ping);
    ++asked;
  }
  EXPECT_EQ(status, 429);
  // One is on its way to the client; 100 more bytes wait here.
  EXPECT_LE(asked, 6);
  stream.read_on();
  run();
  EXPECT_EQ(post(ping), 202);
}

TEST_F(SseLegacyTest, ProgressWaitsForASlowClientAndArrivesWhole) {
  limits.sse_queued_bytes = 1000;
  auto& stream = open();
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":)"
                 R"("2025-03-26","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})"),
            202);
  run();
  stream.stop_reading();
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"flood",)"
                 R"("_meta":{"progressToken":"p"}}})"),
            202);
  run();
  EXPECT_EQ(stream.received.find("\"progress\":1}"), std::string::npos);
  stream.read_on();
  run();
  std::size_t at = 0;
  for (int i = 1; i <= 200; ++i) {
    at = stream.received.find("\"progress\":" + std::to_string(i) + "}", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_NE(stream.received.find("\"result\"", at), std::string::npos);
}

TEST_F(SseLegacyTest, AClientThatGoesAwayTakesItsSessionAndItsCallsAlong) {
  auto& stream = open();
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":)"
                 R"("2024-11-05","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})"),
            202);
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}})"),
            202);
  run();
  stream.hang_up();
  run();
  EXPECT_EQ(offer.cancelled, 1);
  EXPECT_EQ(server().sessions(), 0U);
  EXPECT_EQ(post(ping), 404);
}

TEST_F(SseLegacyTest, StoppingTheServerCancelsAStreamAndWaitsForItsCalls) {
  open();
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":)"
                 R"("2024-11-05","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})"),
            202);
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}})"),
            202);
  run();
  tasks.cancel();
  run();
  EXPECT_EQ(offer.cancelled, 1);
  EXPECT_EQ(tasks.running(), 0U);
}

}  // namespace
}  // namespace gmail_mcp::mcp::test
