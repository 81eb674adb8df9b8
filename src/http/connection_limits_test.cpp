#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "http/connection_house_test.h"

// How much time and memory for bodies a connection may cost.

namespace gmail_mcp::http {
namespace {

using namespace test;

TEST(Deadlines, a_head_that_trickles_is_408) {
  House house;
  house.open();
  house.send("GET / HT");
  house.pass(std::chrono::seconds{9});
  house.send("TP/1.1\r\nHost:");
  EXPECT_EQ(house.received(), "");
  house.pass(std::chrono::seconds{2});
  EXPECT_EQ(house.received(), refused(408, "timeout"));
}

TEST(Deadlines, a_connection_that_never_asks_is_closed_in_silence) {
  House house;
  house.open();
  house.pass(std::chrono::seconds{11});
  EXPECT_EQ(house.received(), "");
  EXPECT_TRUE(house.over);
}

TEST(Deadlines, a_kept_connection_may_rest_longer_and_is_then_closed_in_silence) {
  House house;
  house.open();
  house.send(get);
  EXPECT_EQ(house.received(), got);
  house.pass(std::chrono::seconds{70});
  house.send(get);
  EXPECT_EQ(house.received(), got);
  house.pass(std::chrono::seconds{76});
  EXPECT_EQ(house.received(), "");
  EXPECT_TRUE(house.over);
}

TEST(Deadlines, a_body_that_trickles_is_408) {
  House house;
  house.open();
  house.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
  for (int i = 0; i < 59; ++i) {
    house.send("x");
    house.pass(std::chrono::seconds{1});
  }
  EXPECT_EQ(house.received(), "");
  house.pass(std::chrono::seconds{2});
  EXPECT_EQ(house.received(), refused(408, "timeout"));
}

TEST(Deadlines, a_body_that_is_merely_long_is_not) {
  House house;
  house.open();
  house.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n");
  house.pass(std::chrono::seconds{59});
  house.send(std::string(60'000, 'x'));
  house.pass(std::chrono::seconds{3});
  house.send(std::string(30'000, 'x'));
  EXPECT_EQ(house.received(), ok(std::string(90'000, 'x')));
}

Task<void> answer_much(Exchange& exchange) {
  Response response;
  response.body.assign(100'000, 'x');
  co_await exchange.respond(std::move(response));
}

TEST(Deadlines, a_client_that_takes_nothing_is_dropped) {
  House house;
  house.router.add("GET", "/much", answer_much);
  house.open(1000);
  house.send("GET /much HTTP/1.1\r\nHost: h\r\n\r\n");
  house.pass(std::chrono::seconds{61});
  EXPECT_TRUE(house.over);
}

// Reads `piece` bytes of the answer every 59 seconds until it is dropped; returns after how many
// minutes.
int minutes_of(House& house, std::size_t piece, int most) {
  std::string taken(piece, ' ');
  for (int minute = 0; minute < most; ++minute) {
    if (house.over) return minute;
    house.pass(std::chrono::seconds{59});
    std::size_t read = 0;
    while (read < piece) {
      const auto progress = house.client->try_read(std::span{taken}.subspan(read));
      if (progress.state != net::Stream::State::ok) break;
      read += progress.bytes;
      house.settle();
    }
  }
  return most;
}

TEST(Deadlines, a_client_that_takes_a_little_now_and_then_is_dropped) {
  House house;
  house.router.add("GET", "/much", answer_much);
  house.open(1000);
  house.send("GET /much HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_LE(minutes_of(house, 1000, 20), 3);
}

Task<void> stream_much(Exchange& exchange) {
  Response head;
  auto* stream = co_await exchange.stream(std::move(head));
  std::string piece(100'000, 'x');
  co_await stream->write(std::move(piece));
}

TEST(Deadlines, a_client_that_takes_a_little_of_a_stream_now_and_then_is_dropped) {
  House house;
  house.router.add("GET", "/much", stream_much);
  house.open(1000);
  house.send("GET /much HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_LE(minutes_of(house, 1000, 20), 3);
}

TEST(Deadlines, what_was_taken_fast_buys_no_long_rest) {
  House house;
  house.router.add("GET", "/much", [](Exchange& exchange) -> Task<void> {
    Response response;
    response.body.assign(std::size_t{8} << 20, 'x');
    co_await exchange.respond(std::move(response));
  });
  house.open(1000);
  house.send("GET /much HTTP/1.1\r\nHost: h\r\n\r\n");
  minutes_of(house, std::size_t{7} << 20, 1);
  EXPECT_FALSE(house.over);
  house.pass(std::chrono::seconds{61});
  EXPECT_TRUE(house.over);
}

TEST(Deadlines, a_client_that_takes_slowly_gets_all_of_it) {
  House house;
  house.router.add("GET", "/much", answer_much);
  house.open(1000);
  house.send("GET /much HTTP/1.1\r\nHost: h\r\n\r\n");
  house.pass(std::chrono::seconds{59});
  EXPECT_EQ(house.received(), ok(std::string(100'000, 'x')));
}

Task<void> read_and_wait(Exchange& exchange, Event& go) {
  const auto body = co_await exchange.read_body(100'000);
  co_await go.wait();
  Response response;
  response.body = body;
  co_await exchange.respond(std::move(response));
}

Task<void> echo_for_ann(Exchange& exchange) {
  exchange.belongs_to("ann");
  co_await echo(exchange);
}

const std::string busy =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 11\r\n\r\nunavailable";
const std::string too_many =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 12\r\n\r\nrate_limited";

TEST(Shares, bodies_in_flight_are_counted_together_and_given_back) {
  House house;
  house.limits.body_bytes_in_flight = 1000;
  house.shares = std::make_shared<CallerShares>(house.limits);
  auto others = house.shares->body_bytes.hold("another connection");
  EXPECT_EQ(others.resize(600), FairShare::Answer::granted);
  const std::string post = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n";
  house.open();
  house.send(post + std::string(500, 'x'));
  EXPECT_EQ(house.received(), busy);
  others.release();
  for (int i = 0; i < 5; ++i) {
    house.send(post + std::string(500, 'x'));
    EXPECT_EQ(house.received(), ok(std::string(500, 'x')));
  }
}

TEST(Shares, a_body_is_of_its_callers_share_and_the_callers_of_one_address_have_one_each) {
  House house;
  house.limits.body_bytes_of_one = 1100;
  house.shares = std::make_shared<CallerShares>(house.limits);
  house.router.add("POST", "/ann", echo_for_ann);
  const std::string fields = " HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n";
  house.open();
  auto anns = house.shares->body_bytes.hold("ann");
  EXPECT_EQ(anns.resize(200), FairShare::Answer::granted);
  house.send("POST /ann" + fields + std::string(500, 'x'));
  EXPECT_EQ(house.received(), too_many);
  house.send("POST /echo" + fields + std::string(500, 'x'));
  EXPECT_EQ(house.received(), ok(std::string(500, 'x')));
}

TEST(Shares, a_caller_has_so_many_requests_under_way_and_others_have_theirs) {
  House house;
  house.limits.requests_of_one = 1;
  house.shares = std::make_shared<CallerShares>(house.limits);
  house.router.add("POST", "/ann", echo_for_ann);
  const std::string request = "POST /ann HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
  house.open();
  auto elsewhere = house.shares->requests.hold("ann");
  EXPECT_EQ(elsewhere.resize(1), FairShare::Answer::granted);
  house.send(request);
  EXPECT_EQ(house.received(), too_many);
  house.send(get);
  EXPECT_EQ(house.received(), got);
  elsewhere.release();
  for (int i = 0; i < 3; ++i) {
    house.send(request);
    EXPECT_EQ(house.received(), ok("x"));
  }
}

TEST(Shares, a_body_is_held_until_the_request_is_over) {
  House house;
  Event go{house.loop.get_executor()};
  house.router.add("POST", "/wait",
                   [&](Exchange& exchange) { return read_and_wait(exchange, go); });
  house.shares = std::make_shared<CallerShares>(house.limits);
  house.open();
  house.send("POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 600\r\n\r\n" +
             std::string(100, 'x'));
  EXPECT_EQ(house.shares->body_bytes.counts().used, 1200U) << "twice, before all of it is there";
  house.send(std::string(500, 'x'));
  EXPECT_EQ(house.shares->body_bytes.counts().used, 1200U);
  go.set();
  house.settle();
  EXPECT_EQ(house.shares->body_bytes.counts().used, 0U);
}

// How often others on the loop had a turn while the connection was busy with `bytes`, which are all
// there at once.
int turns_of_others(House& house, std::string_view bytes) {
  house.open(std::size_t{8} << 20);
  EXPECT_EQ(house.client->try_write(bytes).bytes, bytes.size());
  house.client->end_writing();
  int turns = 0;
  std::function<void()> other = [&] {
    if (house.over || turns == 1'000) return;
    ++turns;
    boost::asio::post(house.loop, other);
  };
  boost::asio::post(house.loop, other);
  house.settle();
  EXPECT_TRUE(house.over);
  return turns;
}

TEST(Turns, a_client_that_never_pauses_does_not_keep_the_others_waiting) {
  constexpr std::size_t much = std::size_t{2} << 20;
  std::string requests;
  while (requests.size() < much) requests += get;
  House house;
  EXPECT_GE(turns_of_others(house, requests), 16) << "many requests at once";
  House another;
  another.router.add("POST", "/large", [](Exchange& exchange) -> Task<void> {
    const auto body = co_await exchange.read_body(much);
    Response response;
    co_await exchange.respond(std::move(response));
  });
  EXPECT_GE(
      turns_of_others(another, "POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                                   std::to_string(much) + "\r\n\r\n" + std::string(much, 'x')),
      16)
      << "a large body";
  House third;
  EXPECT_GE(turns_of_others(third, "no HTTP\r\n\r\n" + std::string(much, 'x')), 16)
      << "what is read only to be forgotten";
}

}  // namespace
}  // namespace gmail_mcp::http
