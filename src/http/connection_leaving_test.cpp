#include <gtest/gtest.h>

#include <string>

#include "http/connection_house_test.h"

// Clients that go away, and what is streamed to those that stay.

namespace gmail_mcp::http {
namespace {

using namespace test;

Task<void> wait_for(Event& event, bool& cancelled) {
  try {
    co_await event.wait();
  } catch (const boost::system::system_error&) {
    cancelled = true;
    throw;
  }
}

struct Watching {
  explicit Watching(House& house) : go{house.loop.get_executor()} {
    house.router.add("GET", "/watch", [this](Exchange& exchange) { return watch(exchange); });
    house.open();
    house.send("GET /watch HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  Task<void> watch(Exchange& exchange) {
    try {
      co_await exchange.until_disconnect(wait_for(go, cancelled));
    } catch (const Error& error) {
      outcome = to_string(error.code);
      disconnected = exchange.disconnected();
    }
    if (!outcome.empty()) {
      // Work that must be finished, such as recording what has happened, can be finished.
      co_await finished_later();
      co_return;
    }
    Response response;
    response.body = "done";
    co_await exchange.respond(std::move(response));
  }

  Task<void> finished_later() {
    ManualClock clock;
    co_await clock.sleep(std::chrono::milliseconds{1});
    finished = true;
  }

  Event go;
  bool cancelled = false;
  bool disconnected = false;
  bool finished = false;
  std::string outcome;
};

TEST(Disconnect, cancels_the_task_and_nothing_after_it) {
  House house;
  Watching watching{house};
  EXPECT_FALSE(watching.cancelled);
  house.client->close();
  house.settle();
  EXPECT_TRUE(watching.cancelled);
  EXPECT_EQ(watching.outcome, "unavailable");
  EXPECT_TRUE(watching.disconnected);
  EXPECT_TRUE(watching.finished);
  EXPECT_TRUE(house.over);
}

// Answers, and later asks whether the answer was delivered.
struct Answering {
  explicit Answering(House& house) : go{house.loop.get_executor()} {
    house.router.add("GET", "/answer", [this](Exchange& exchange) { return answer(exchange); });
    house.open();
    house.send("GET /answer HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  Task<void> answer(Exchange& exchange) {
    Response response;
    response.body = "done";
    co_await exchange.respond(std::move(response));
    co_await go.wait();
    delivered = exchange.delivered();
  }

  Event go;
  bool delivered = false;
};

TEST(Delivered, holds_for_a_client_that_reads_its_answer_and_leaves_at_once) {
  House house;
  Answering answering{house};
  EXPECT_EQ(house.received(), ok("done"));
  house.client->close();
  answering.go.set();
  house.settle();
  EXPECT_TRUE(answering.delivered);
}

TEST(Delivered, does_not_hold_for_a_client_that_leaves_with_the_answer_unread) {
  House house;
  Answering answering{house};
  house.client->close();
  answering.go.set();
  house.settle();
  EXPECT_FALSE(answering.delivered);
}

TEST(Disconnect, is_not_mistaken_for_the_next_request) {
  House house;
  Watching watching{house};
  house.send(get);
  EXPECT_FALSE(watching.cancelled);
  watching.go.set();
  EXPECT_EQ(house.received(), ok("done") + got);
}

TEST(Disconnect, a_task_that_ends_by_itself_leaves_no_trace) {
  House house;
  Watching watching{house};
  watching.go.set();
  EXPECT_EQ(house.received(), ok("done"));
  house.send(get);
  EXPECT_EQ(house.received(), got);
}

TEST(Disconnect, a_task_that_need_not_wait_is_over_at_once) {
  House house;
  Watching watching{house};
  watching.go.set();
  house.received();
  house.send("GET /watch HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(house.received(), ok("done"));
}

TEST(Disconnect, cancelling_the_connection_cancels_the_task) {
  House house;
  Watching watching{house};
  house.connection->signal().emit(boost::asio::cancellation_type::terminal);
  house.settle();
  EXPECT_TRUE(watching.cancelled);
  EXPECT_EQ(house.received(), refused(503, "unavailable"));
  EXPECT_TRUE(house.over);
}

Task<void> write_lines(ResponseStream& stream, std::string line, int count) {
  for (int i = 0; i < count; ++i) co_await stream.write(line);
}

Task<void> two_voices(Exchange& exchange) {
  const auto executor = co_await current_executor();
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  TaskGroup voices{executor};
  voices.spawn(write_lines(*stream, std::string(300, 'a'), 20));
  voices.spawn(write_lines(*stream, std::string(300, 'b'), 20));
  co_await voices.join();
}

TEST(Streams, two_writers_never_cut_into_each_other) {
  House house;
  house.router.add("GET", "/voices", two_voices);
  house.open(100);
  house.send("GET /voices HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string rest = house.received();
  rest.erase(0, rest.find("\r\n\r\n") + 4);
  int a = 0;
  int b = 0;
  while (rest.size() > 5) {
    const std::string chunk = rest.substr(0, 307);
    rest.erase(0, 307);
    if (chunk == "12c\r\n" + std::string(300, 'a') + "\r\n") ++a;
    if (chunk == "12c\r\n" + std::string(300, 'b') + "\r\n") ++b;
  }
  EXPECT_EQ(rest, "0\r\n\r\n");
  EXPECT_EQ(a, 20);
  EXPECT_EQ(b, 20);
}

Task<void> impatient(Exchange& exchange) {
  const auto executor = co_await current_executor();
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  TaskGroup hasty{executor};
  hasty.spawn(write_lines(*stream, std::string(300, 'a'), 1));
  hasty.cancel();
  co_await hasty.join();
  co_await stream->write("after");
}

TEST(Streams, a_cancelled_writer_leaves_the_framing_whole) {
  House house;
  house.router.add("GET", "/impatient", impatient);
  house.open(200);
  house.send("GET /impatient HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string rest = house.received();
  rest.erase(0, rest.find("\r\n\r\n") + 4);
  EXPECT_EQ(rest, "12c\r\n" + std::string(300, 'a') + "\r\n5\r\nafter\r\n0\r\n\r\n");
}

Task<void> write_until_it_fails(Exchange& exchange, std::string& outcome) {
  Response head;
  ResponseStream* stream = co_await exchange.stream(std::move(head));
  try {
    while (true) co_await stream->write(std::string(300, 'a'));
  } catch (const Error& error) {
    outcome = to_string(error.code);
    EXPECT_FALSE(stream->is_open());
  }
}

TEST(Streams, writing_to_a_client_that_is_gone_throws_unavailable) {
  House house;
  std::string outcome;
  house.router.add("GET", "/endless",
                   [&](Exchange& exchange) { return write_until_it_fails(exchange, outcome); });
  house.open(200);
  house.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(outcome, "");
  house.client->close();
  house.settle();
  EXPECT_EQ(outcome, "unavailable");
  EXPECT_TRUE(house.over);
}

}  // namespace
}  // namespace gmail_mcp::http
