// What becomes of a session when its process, its stream or its hour ends.
#include <gtest/gtest.h>

#include "mcp/memory_exchange_test.h"
#include "mcp/memory_offer_test.h"
#include "mcp/process_memory.h"
#include "mcp/streamable_http.h"

namespace gmail_mcp::mcp::test {
namespace {

using namespace std::chrono_literals;

// One process: what a restart takes away.
struct Process {
  Process(Offer& offer, const Limits& limits, const crypto::Sealer& sealer, SessionMemory& memory,
          Clock& clock, Log& log)
      : core{offer, ServerInfo{{"memory", "1.0", ""}, ""}, limits, clock, log},
        http{core, authenticate, options(sealer, memory), clock, log} {}

  static HttpOptions options(const crypto::Sealer& sealer, SessionMemory& memory) {
    HttpOptions options;
    options.session_sealer = sealer;
    options.session_memory = &memory;
    return options;
  }

  Core core;
  StreamableHttp http;
};

// A memory that others share, and that can fail.
class SharedMemory final : public SessionMemory {
 public:
  explicit SharedMemory(const Clock& clock) : kept_{clock, 1000} {}

  Task<std::optional<RememberedSession>> load(std::string name) override {
    ++loads;
    check();
    co_return co_await kept_.load(std::move(name));
  }
  Task<void> keep(SessionChange change) override {
    ++writes;
    check();
    last_name = change.name;
    co_await kept_.keep(std::move(change));
  }
  Task<void> end(SessionChange session) override {
    check();
    last_name = session.name;
    co_await kept_.end(std::move(session));
  }

  bool fails = false;
  int loads = 0;
  int writes = 0;
  std::string last_name;

 private:
  void check() const {
    if (fails) throw Error{Errc::unavailable, "The database does not answer."};
  }
  ProcessMemory kept_;
};

class SessionsAgain : public testing::Test {
 protected:
  SessionsAgain() { restart(); }
  ~SessionsAgain() override {
    offer.release();
    tasks.cancel();
    run();
    EXPECT_EQ(tasks.running(), 0U);
  }

  void restart() {
    tasks.cancel();
    run();
    exchanges.clear();
    process.reset();
    process = start();
  }
  std::unique_ptr<Process> start() {
    return std::make_unique<Process>(offer, limits, sealer, memory, clock, *log);
  }

  // Until there is nothing to do; a stream without pauses always has something.
  void run() {
    loop.restart();
    for (int turn = 0; turn < 1000 && loop.poll_one() > 0; ++turn) {
    }
  }

  MemoryExchange& begin(std::string method, std::string session, std::string body,
                        http::Headers more = {}, Process* at = nullptr) {
    http::RequestHead head;
    head.method = std::move(method);
    head.path = "/mcp";
    head.local_is_loopback = true;
    head.headers = {{"Host", "localhost"},
                    {"Content-Type", "application/json"},
                    {"Accept", "application/json, text/event-stream"}};
    for (const auto& [name, value] : more) head.headers.add(name, value);
    if (!head.headers.find("Authorization")) head.headers.add("Authorization", "Bearer ann");
    if (!session.empty()) head.headers.add("Mcp-Session-Id", session);
    exchanges.push_back(std::make_unique<MemoryExchange>(std::move(head), std::move(body)));
    auto& exchange = *exchanges.back();
    tasks.spawn((at == nullptr ? *process : *at).http.handle(exchange));
    run();
    return exchange;
  }
  MemoryExchange& post(const std::string& session, std::string body, http::Headers more = {},
                       Process* at = nullptr) {
    return begin("POST", session, std::move(body), std::move(more), at);
  }
  MemoryExchange& get(const std::string& session, http::Headers more = {}, Process* at = nullptr) {
    return begin("GET", session, {}, std::move(more), at);
  }

  std::string initialize(const std::string& revision = "2025-11-25",
                         const std::string& capabilities = "{}") {
    auto& exchange =
        post({}, R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":")" +
                     revision + R"(","capabilities":)" + capabilities +
                     R"(,"clientInfo":{"name":"test","version":"1"}}})");
    EXPECT_EQ(exchange.status, 200);
    return std::string{exchange.headers.get("Mcp-Session-Id")};
  }
  MemoryExchange& call(const std::string& session, const std::string& method,
                       const std::string& params = "{}", http::Headers more = {},
                       Process* at = nullptr) {
    return post(session,
                R"({"jsonrpc":"2.0","id":7,"method":")" + method + R"(","params":)" + params + "}",
                std::move(more), at);
  }
  int ping(const std::string& session, http::Headers more = {}, Process* at = nullptr) {
    return call(session, "ping", "{}", std::move(more), at).status;
  }
  void subscribe(const std::string& session, Process* at = nullptr) {
    const auto& exchange = call(session, "resources/subscribe", R"({"uri":"mem://note"})", {}, at);
    EXPECT_NE(exchange.received.find("\"result\""), std::string::npos) << exchange.received;
  }
  static std::size_t count(const std::string& text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  }
  static std::string last_id(const std::string& stream) {
    const auto at = stream.rfind("id: ");
    return at == std::string::npos ? "" : stream.substr(at + 4, stream.find('\n', at) - at - 4);
  }
  static std::size_t told(const MemoryExchange& exchange) {
    return count(exchange.received, "notifications/resources/updated");
  }

  boost::asio::io_context loop;
  ManualClock clock;
  std::unique_ptr<Log> log = Log::silent();
  MemoryOffer offer;
  Limits limits;
  crypto::Sealer sealer = crypto::Sealer::for_this_process("mcp session");
  SharedMemory memory{clock};
  std::unique_ptr<Process> process;
  std::vector<std::unique_ptr<MemoryExchange>> exchanges;
  TaskGroup tasks{loop.get_executor()};
};

TEST_F(SessionsAgain, ASessionGoesOnAfterARestart) {
  const auto session = initialize();
  restart();
  EXPECT_EQ(ping(session), 200);
  EXPECT_EQ(process->http.sessions(), 1U);
  EXPECT_EQ(ping(session), 200);
  EXPECT_EQ(memory.loads, 1) << "once it is here, nothing is asked";
}

TEST_F(SessionsAgain, WhatWasAgreedAndWatchedGoesOnToo) {
  const auto session = initialize("2025-06-18", R"({"elicitation":{}})");
  subscribe(session);
  call(session, "logging/setLevel", R"({"level":"warning"})");
  restart();
  auto& counted = call(session, "tools/call",
                       R"({"name":"count","arguments":{},"_meta":{"progressToken":"p"}})");
  EXPECT_NE(counted.received.find("a warning"), std::string::npos);
  EXPECT_EQ(counted.received.find("a detail"), std::string::npos);
  auto& stream = get(session);
  EXPECT_EQ(told(stream), 1U) << "it may have changed meanwhile";
  process->core.bus().publish_resource_updated("mem://note");
  run();
  EXPECT_EQ(told(stream), 2U);
}

TEST_F(SessionsAgain, WhatIsNoLongerWatchedIsForgotten) {
  const auto session = initialize();
  subscribe(session);
  call(session, "resources/unsubscribe", R"({"uri":"mem://note"})");
  restart();
  auto& stream = get(session);
  process->core.bus().publish_resource_updated("mem://note");
  run();
  EXPECT_EQ(told(stream), 0U);
}

TEST_F(SessionsAgain, AnEndedSessionStaysEnded) {
  const auto session = initialize();
  EXPECT_EQ(begin("DELETE", session, {}).status, 204);
  EXPECT_EQ(ping(session), 404);
  restart();
  EXPECT_EQ(ping(session), 404);
  EXPECT_EQ(get(session).status, 404);
  EXPECT_EQ(begin("DELETE", session, {}).status, 404);
}

TEST_F(SessionsAgain, OneThatIsNotInMemoryCanBeEnded) {
  const auto session = initialize();
  restart();
  EXPECT_EQ(begin("DELETE", session, {}).status, 204);
  EXPECT_EQ(ping(session), 404);
}

TEST_F(SessionsAgain, ForOthersItDoesNotExist) {
  const auto session = initialize();
  EXPECT_EQ(ping(session, {{"Authorization", "Bearer bob"}}), 404);
  restart();
  EXPECT_EQ(ping(session, {{"Authorization", "Bearer bob"}}), 404);
  EXPECT_EQ(begin("DELETE", session, {}, {{"Authorization", "Bearer bob"}}).status, 404);
  EXPECT_EQ(ping(session + "x"), 404);
  EXPECT_EQ(ping(session), 200);
}

TEST_F(SessionsAgain, LeftAloneForAnHourItIsOpenedAgainAndForThirtyDaysItIsOver) {
  const auto session = initialize();
  clock.advance(2h);
  EXPECT_EQ(ping(session), 200);
  clock.advance(29 * 24h);
  EXPECT_EQ(ping(session), 200);
  EXPECT_EQ(memory.writes, 1) << "its use is noted";
  clock.advance(29 * 24h);
  restart();
  EXPECT_EQ(ping(session), 200) << "the month counts from its last use";
  clock.advance(31 * 24h);
  EXPECT_EQ(ping(session), 404);
}

TEST_F(SessionsAgain, UseIsNotedOnceADayAtMost) {
  const auto session = initialize();
  for (int i = 0; i < 48; ++i) {
    clock.advance(1h);
    EXPECT_EQ(ping(session), 200);
  }
  EXPECT_EQ(memory.writes, 2);
}

TEST_F(SessionsAgain, AnotherProcessServesItTooAndHearsWhatBecomesOfIt) {
  auto other = start();
  const auto session = initialize();
  EXPECT_EQ(ping(session, {}, other.get()), 200);
  subscribe(session);
  other->http.changed_elsewhere(memory.last_name);
  auto& stream = get(session, {}, other.get());
  other->core.bus().publish_resource_updated("mem://note");
  run();
  EXPECT_GE(told(stream), 1U);

  EXPECT_EQ(begin("DELETE", session, {}).status, 204);
  EXPECT_FALSE(stream.ended);
  other->http.ended_elsewhere(memory.last_name);
  run();
  EXPECT_TRUE(stream.ended);
  EXPECT_EQ(ping(session, {}, other.get()), 404);
}

TEST_F(SessionsAgain, AnOpenStreamLearnsWhatIsSubscribedElsewhere) {
  auto other = start();
  const auto session = initialize();
  auto& stream = get(session, {}, other.get());
  subscribe(session);
  other->http.changed_elsewhere(memory.last_name);
  run();
  other->core.bus().publish_resource_updated("mem://note");
  run();
  EXPECT_GE(told(stream), 1U);
  EXPECT_EQ(begin("DELETE", session, {}).status, 204);
  other->http.all_may_have_changed();
  run();
  EXPECT_TRUE(stream.ended);
  tasks.cancel();
  run();
}

TEST_F(SessionsAgain, WithoutItsMemoryTheServerSaysSoAndLosesNothing) {
  const auto session = initialize();
  memory.fails = true;
  EXPECT_EQ(ping(session), 200) << "what is in memory needs no other";
  subscribe(session);
  EXPECT_EQ(begin("DELETE", session, {}).status, 503);
  restart();
  const auto& unknown = call(session, "ping");
  EXPECT_EQ(unknown.status, 503) << "404 would end it for good";
  memory.fails = false;
  EXPECT_EQ(ping(session), 200);
}

TEST_F(SessionsAgain, WhatCouldNotBeKeptIsKeptLater) {
  const auto session = initialize();
  memory.fails = true;
  subscribe(session);
  memory.fails = false;
  EXPECT_EQ(ping(session), 200);
  restart();
  auto& stream = get(session);
  EXPECT_EQ(told(stream), 1U);
}

TEST_F(SessionsAgain, DiscoverNeedsNoMemory) {
  const auto session = initialize();
  restart();
  memory.fails = true;
  const auto& answer =
      post(session,
           R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{)"
           R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
           R"("io.modelcontextprotocol/clientCapabilities":{}}}})",
           {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "server/discover"}});
  EXPECT_EQ(answer.status, 200) << answer.received;
}

TEST_F(SessionsAgain, TheNewestStreamOfASessionHasItsNews) {
  const auto session = initialize("2025-06-18");
  subscribe(session);
  auto& first = get(session);
  auto& second = get(session);
  EXPECT_EQ(second.status, 200);
  EXPECT_TRUE(first.ended);
  EXPECT_FALSE(second.ended);
  process->core.bus().publish_resource_updated("mem://note");
  run();
  EXPECT_EQ(told(first), 0U);
  EXPECT_EQ(told(second), 1U);
}

TEST_F(SessionsAgain, NewsWithoutAStreamAreToldWhenOneComes) {
  const auto session = initialize("2025-06-18");
  subscribe(session);
  auto& stream = get(session);
  stream.hang_up();
  run();
  for (int i = 0; i < 3; ++i) process->core.bus().publish_resource_updated("mem://note");
  auto& again = get(session);
  EXPECT_EQ(told(again), 1U);
}

TEST_F(SessionsAgain, WhatALostConnectionTookWithItIsToldAgain) {
  const auto session = initialize("2025-06-18");
  subscribe(session);
  auto& stream = get(session);
  process->core.bus().publish_resource_updated("mem://note");
  run();
  EXPECT_EQ(told(stream), 1U);
  auto& again = get(session);
  EXPECT_EQ(told(again), 1U) << "nobody knows whether the client has it";
  again.hang_up();
  run();
  clock.advance(2min);
  EXPECT_EQ(told(get(session)), 0U) << "a connection that lived on for long has delivered it";
}

TEST_F(SessionsAgain, AClientThatSaysWhatItHasGetsTheRest) {
  const auto session = initialize();
  subscribe(session);
  auto& stream = get(session);
  EXPECT_TRUE(stream.received.starts_with("retry: 1000\nid: ")) << stream.received;
  EXPECT_NE(stream.received.find("\ndata: \n\n"), std::string::npos);
  process->core.bus().publish_resource_updated("mem://note");
  run();
  const auto has = last_id(stream.received);
  process->core.bus().publish_resource_updated("mem://note");
  run();
  EXPECT_EQ(told(stream), 2U);
  stream.hang_up();
  run();
  auto& again = get(session, {{"Last-Event-ID", has}});
  EXPECT_EQ(told(again), 1U);
  process->core.bus().publish_resource_updated("mem://note");
  run();
  EXPECT_EQ(told(again), 2U) << "and goes on";
}

TEST_F(SessionsAgain, OlderRevisionsHaveNoEventIds) {
  const auto session = initialize("2025-06-18");
  subscribe(session);
  auto& stream = get(session);
  process->core.bus().publish_resource_updated("mem://note");
  run();
  EXPECT_EQ(stream.received.find("id: "), std::string::npos);
  EXPECT_EQ(stream.received.find("data: \n"), std::string::npos);
}

TEST_F(SessionsAgain, AnEventIdOfBeforeTheRestartOpensAStreamOfNews) {
  const auto session = initialize();
  subscribe(session);
  const auto has = last_id(get(session).received);
  ASSERT_FALSE(has.empty());
  restart();
  auto& stream = get(session, {{"Last-Event-ID", has}});
  EXPECT_EQ(stream.status, 200);
  EXPECT_EQ(told(stream), 1U);
}

TEST_F(SessionsAgain, AStreamOfNewsEndsWithTheCredentialOfItsCaller) {
  limits.keep_alive = 0s;
  restart();
  auto& stream = get(initialize());
  EXPECT_FALSE(stream.ended);
  offer.admits = false;
  run();
  EXPECT_TRUE(stream.ended);
}

TEST_F(SessionsAgain, TheAnswerOfALostCallIsFetchedWithGet) {
  limits.keep_alive = 0s;
  restart();
  const auto session = initialize();
  auto& waiting = call(session, "tools/call", R"({"name":"post","arguments":{"slowly":true}})");
  ASSERT_TRUE(waiting.received.starts_with("retry: 1000\nid: ")) << waiting.received;
  EXPECT_EQ(waiting.headers.get("Connection"), "close");
  const auto has = last_id(waiting.received);
  waiting.hang_up();
  run();
  auto& rest = get(session, {{"Last-Event-ID", has}});
  offer.release();
  run();
  EXPECT_NE(rest.received.find("posted"), std::string::npos);
  EXPECT_TRUE(rest.ended);
  EXPECT_EQ(offer.lost_answers, 0);
  EXPECT_EQ(offer.callers_gone, 0);
  EXPECT_EQ(get(session, {{"Last-Event-ID", has}}).received.find("posted") == std::string::npos,
            false)
      << "as often as it is asked for, while it is kept";
}

TEST_F(SessionsAgain, OfAStreamThatIsNotKeptTheClientIsTold) {
  limits.keep_alive = 0s;
  restart();
  const auto session = initialize();
  auto& waiting = call(session, "tools/call", R"({"name":"wait","arguments":{}})");
  const auto has = last_id(waiting.received);
  auto& news = get(session);
  restart();
  const auto& rest = get(session, {{"Last-Event-ID", has}});
  EXPECT_EQ(rest.status, 400);
  EXPECT_NE(rest.received.find("no longer kept"), std::string::npos);
  static_cast<void>(news);
}

TEST_F(SessionsAgain, AHandlerCanLetGoOfItsConnection) {
  const auto session = initialize();
  auto& asked = call(session, "tools/call", R"({"name":"let_go","arguments":{}})");
  EXPECT_TRUE(asked.ended);
  EXPECT_NE(asked.received.find("retry: 500\n"), std::string::npos);
  EXPECT_EQ(asked.received.find("waited"), std::string::npos);
  auto& rest = get(session, {{"Last-Event-ID", last_id(asked.received)}});
  EXPECT_FALSE(rest.ended);
  offer.release();
  run();
  EXPECT_NE(rest.received.find("waited"), std::string::npos);
  EXPECT_TRUE(rest.ended);
}

TEST_F(SessionsAgain, ForAnOlderClientLettingGoDoesNothing) {
  const auto session = initialize("2025-06-18");
  auto& asked = call(session, "tools/call", R"({"name":"let_go","arguments":{}})");
  EXPECT_FALSE(asked.ended);
  offer.release();
  run();
  EXPECT_NE(asked.received.find("waited"), std::string::npos);
}

}  // namespace
}  // namespace gmail_mcp::mcp::test
