#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "base/testing/loop_turns.h"
#include "mcp/memory_exchange_test.h"
#include "mcp/memory_offer_test.h"
#include "mcp/sse_legacy.h"
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
 public:
  static http::RequestHead head_of(std::string method, std::string path) {
    http::RequestHead head;
    head.method = std::move(method);
    head.path = std::move(path);
    head.local_is_loopback = true;
    head.headers = {{"Host", "localhost"},
                    {"Content-Type", "application/json"},
                    {"Accept", "application/json, text/event-stream"},
                    {"MCP-Protocol-Version", "2026-07-28"},
                    {"Mcp-Method", "tools/call"},
                    {"Mcp-Name", "five"}};
    return head;
  }
  static HttpOptions options_with(WorkPool* pool) {
    HttpOptions options;
    options.work_pool = pool;
    return options;
  }

  Task<void> post(WorkPool* pool, const std::string& body) {
    StreamableHttp transport{core_, authenticate, options_with(pool), clock_, *log_};
    MemoryExchange exchange{head_of("POST", "/mcp"), body};
    co_await transport.handle(exchange);
    EXPECT_EQ(exchange.status, 200) << exchange.received;
  }

  Task<void> post_beside_stream(WorkPool* pool, const std::string& body) {
    SseLegacy transport{core_, authenticate, options_with(pool), clock_, *log_};
    const auto executor = co_await current_executor();
    MemoryExchange stream{head_of("GET", "/mcp/sse"), {}};
    TaskGroup open{executor};
    open.spawn(transport.handle(stream));
    while (stream.received.empty()) co_await boost::asio::post(executor, use_task);
    auto head = head_of("POST", "/mcp/sse");
    const auto start = stream.received.find("sessionId=");
    head.query = stream.received.substr(start, stream.received.find('\n', start) - start);
    MemoryExchange exchange{std::move(head), body};
    co_await transport.handle(exchange);
    EXPECT_EQ(exchange.status, 202) << exchange.received;
    stream.hang_up();
    co_await open.join();
  }

  // The transport by which it comes.
  using Post = Task<void> (LongBodies::*)(WorkPool*, const std::string&);
  void expect_pool_reads(const char* door, Post by) {
    const auto body = long_message();
    WorkPool pool{1};
    const auto parse = [&] { EXPECT_EQ(parse_json(body, {}).index(), 0U); };
    growth::expect_others_have_turns(
        door, loop_, [&] { return (this->*by)(&pool, body); }, parse);
    const growth::WorkMeter meter;
    EXPECT_GT(growth::most_in_one_turn(loop_, meter, (this->*by)(nullptr, body)),
              meter.work_of(parse) / 4)
        << "this test sees where it is read";
  }

  boost::asio::io_context loop_;
  MemoryOffer offer_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  Core core_{offer_, ServerInfo{{"memory", "1.0", ""}, ""}, Limits{}, clock_, *log_};
};

TEST_F(LongBodies, are_not_read_by_the_loop) {
  expect_pool_reads("POST /mcp", &LongBodies::post);
  expect_pool_reads("POST /mcp/sse", &LongBodies::post_beside_stream);
}

}  // namespace
}  // namespace gmail_mcp::mcp::test
