#include "mcp/stdio.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "mcp/memory_offer_test.h"

namespace gmail_mcp::mcp::test {
namespace {

constexpr const char* ping_line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
constexpr const char* pong = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n";
const std::string wait =
    R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait","_meta":{)"
    R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{}}}})"
    "\n";

// A descriptor of the test's, closed at its end.
struct Owned {
  explicit Owned(int opened) : number{opened} { EXPECT_GE(number, 0); }
  ~Owned() { close(); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  void close() {
    if (number >= 0) ::close(number);
    number = -1;
  }
  void write(std::string_view text) const {
    EXPECT_EQ(::write(number, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string read() const {
    std::string text(4096, '\0');
    const auto count = ::read(number, text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

  int number;
};

class StdioTest : public testing::Test {
 protected:
  StdioTest() { std::signal(SIGPIPE, SIG_IGN); }

  Task<void> serve(int input, int output) {
    auto principal = std::make_shared<const NamedPrincipal>("local");
    Stdio stdio{core, principal, input, output, clock, *log};
    co_await stdio.run();
  }

  boost::asio::io_context loop;
  ManualClock clock;
  std::unique_ptr<Log> log = Log::silent();
  MemoryOffer offer;
  Limits limits;
  Core core{offer, ServerInfo{{"memory", "1.0", ""}, ""}, limits, clock, *log};
};

TEST_F(StdioTest, ReadsFromAFileAndWritesToAFile) {
  Owned input{::open("/tmp", O_TMPFILE | O_RDWR, 0600)};
  Owned output{::open("/tmp", O_TMPFILE | O_RDWR, 0600)};
  input.write(std::string{ping_line} + "\n" + "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
  ::lseek(input.number, 0, SEEK_SET);
  run_to_end(loop, serve(input.number, output.number));
  ::lseek(output.number, 0, SEEK_SET);
  EXPECT_EQ(output.read(), std::string{pong} + pong) << "the last line needs no line break";
}

TEST_F(StdioTest, ReturnsAtOnceFromAnEmptyInput) {
  Owned nothing{::open("/dev/null", O_RDWR)};
  run_to_end(loop, serve(nothing.number, nothing.number));
}

TEST_F(StdioTest, LeavesTheDescriptorsAsTheyWere) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Owned ours{ends[0]};
  Owned theirs{ends[1]};
  theirs.write(ping_line);
  ::shutdown(theirs.number, SHUT_WR);
  run_to_end(loop, serve(ours.number, ours.number));
  EXPECT_EQ(::fcntl(ours.number, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(theirs.read(), pong);
}

TEST_F(StdioTest, EndsWhenNobodyReadsItsAnswers) {
  int in[2];
  int out[2];
  ASSERT_EQ(::pipe(in) + ::pipe(out), 0);
  Owned input{in[0]};
  Owned to_server{in[1]};
  Owned output{out[1]};
  ::close(out[0]);
  to_server.write(wait + ping_line);
  run_to_end(loop, serve(input.number, output.number));
  EXPECT_EQ(offer.cancelled, 1);
}

TEST_F(StdioTest, AnAnswerIsLostWhenNobodyReadsIt) {
  const std::string post =
      R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"post","_meta":{)"
      R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{}}}})"
      "\n";
  for (const bool somebody_reads : {true, false}) {
    int in[2];
    int out[2];
    ASSERT_EQ(::pipe(in) + ::pipe(out), 0);
    Owned input{in[0]};
    Owned to_server{in[1]};
    Owned output{out[1]};
    Owned from_server{out[0]};
    if (!somebody_reads) from_server.close();
    to_server.write(post);
    if (somebody_reads) to_server.close();
    loop.restart();
    run_to_end(loop, serve(input.number, output.number));
    EXPECT_EQ(offer.lost_answers, somebody_reads ? 0 : 1);
  }
}

TEST_F(StdioTest, CancellingItCancelsWhatRuns) {
  int in[2];
  int out[2];
  ASSERT_EQ(::pipe(in) + ::pipe(out), 0);
  Owned input{in[0]};
  Owned to_server{in[1]};
  Owned from_server{out[0]};
  Owned output{out[1]};
  to_server.write(ping_line + wait);
  std::exception_ptr thrown;
  TaskGroup tasks{loop.get_executor(), [&](const std::exception_ptr& what) { thrown = what; }};
  tasks.spawn(serve(input.number, output.number));
  while (loop.poll() > 0) {
  }
  EXPECT_EQ(offer.cancelled, 0);
  tasks.cancel();
  loop.restart();
  loop.run();
  EXPECT_EQ(offer.cancelled, 1);
  EXPECT_TRUE(thrown) << "the caller hears that it was cancelled";
  EXPECT_EQ(from_server.read(), pong);
}

}  // namespace
}  // namespace gmail_mcp::mcp::test
