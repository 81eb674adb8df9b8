#include <gtest/gtest.h>

#include "base/testing/loop_turns.h"
#include "mcp/memory_exchange_test.h"
#include "mcp/memory_offer_test.h"
#include "mcp/streamable_http.h"

namespace gmail_mcp::mcp::test {
namespace {

// A message whose arguments are many short texts, and a tool that does nothing with them.
std::string long_message() {
  std::string text =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"five","_meta":{)"
      R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{}},"arguments":{"to":["first")";
  for (int i = 0; i < 60'000; ++i) text += ",\"somebody " + std::to_string(i) + "\\n\"";
  return text + "]}}}";
}

class LongBodies : public ::testing::Test {
 protected:
  Task<void> post(WorkPool* pool, const std::string& body) {
    HttpOptions options;
    options.work_pool = pool;
    StreamableHttp transport{core_, authenticate, std::move(options), clock_, *log_};
    http::RequestHead head;
    head.method = "POST";
    head.path = "/mcp";
    head.headers.add("Content-Type", "application/json");
    head.headers.add("Accept", "application/json, text/event-stream");
    head.headers.add("MCP-Protocol-Version", "2026-07-28");
    head.headers.add("Mcp-Method", "tools/call");
    head.headers.add("Mcp-Name", "five");
    MemoryExchange exchange{std::move(head), body};
    co_await transport.handle(exchange);
    EXPECT_EQ(exchange.status, 200) << exchange.received;
  }

  boost::asio::io_context loop_;
  MemoryOffer offer_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  Core core_{offer_, ServerInfo{{"memory", "1.0", ""}, ""}, Limits{}, *log_};
};

TEST_F(LongBodies, are_not_read_by_the_loop) {
  const auto body = long_message();
  WorkPool pool{1};
  const auto parse = [&] { EXPECT_EQ(parse_json(body, {}).index(), 0U); };
  growth::expect_others_have_turns(
      "a long message", loop_, [&] { return post(&pool, body); }, parse);
  const growth::WorkMeter meter;
  EXPECT_GT(growth::most_in_one_turn(loop_, meter, post(nullptr, body)), meter.work_of(parse) / 4)
      << "this test sees where it is read";
}

}  // namespace
}  // namespace gmail_mcp::mcp::test
