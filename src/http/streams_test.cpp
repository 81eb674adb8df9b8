#include "http/streams.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::http {
namespace {

using std::chrono::milliseconds;

// libcurl 7.88 and one server, as far as connections go.
class Crowd {
 public:
  struct Request {
    explicit Request(const Executor& executor, Streams& streams) : place{streams}, over{executor} {}
    Streams::Place place;
    Event over;
    bool opened = false;  // told to open a connection
    std::string outcome = "waits";
  };

  struct Connection {
    int port;
    bool is_up = false;
    bool has_answered = false;
    std::vector<Request*> requests;
  };

  Crowd(std::size_t streams_allowed, std::size_t most_connections)
      : streams{true, most_connections}, allowed_{streams_allowed}, most_{most_connections} {}

  ~Crowd() {
    end_all();
    tasks_.cancel();
    settle();
  }

  void come(std::size_t count, milliseconds limit = std::chrono::hours{1}) {
    for (std::size_t i = 0; i < count; ++i) tasks_.spawn(request(limit));
    settle();
  }

  // Of those that come up, the server's first words are read with the first answer.
  void open_all() {
    for (std::size_t i = 0; i < connections.size(); ++i) {
      auto& connection = *connections[i];
      if (connection.is_up) continue;
      connection.is_up = true;
      const auto attached = connection.requests;
      for (Request* one : attached) begin(connection, *one);
    }
    settle();
  }

  void answer_all() {
    for (std::size_t i = 0; i < connections.size(); ++i) {
      auto& connection = *connections[i];
      if (!connection.is_up || connection.requests.empty()) continue;
      connection.has_answered = true;
      connection.requests.front()->place.answers(true);
    }
    settle();
  }

  void end(std::size_t at, std::size_t count) {
    auto& connection = *connections.at(at);
    auto& all = connection.requests;
    for (; connection.is_up && count > 0 && !all.empty(); --count) {
      connection.has_answered = true;
      all.back()->place.answers(true);
      all.back()->over.set();
      all.pop_back();
    }
    retry_pending();
    settle();
  }

  void end_all() {
    for (std::size_t i = 0; i < connections.size(); ++i) end(i, connections[i]->requests.size());
  }

  void cancel_all() { tasks_.cancel(); }

  std::size_t under_way() const {
    std::size_t sum = 0;
    for (const auto& one : connections) {
      if (one->is_up) sum += one->requests.size();
    }
    return sum;
  }

  void settle() {
    loop.restart();
    loop.poll();
  }

  boost::asio::io_context loop;
  Streams streams;
  std::vector<std::unique_ptr<Connection>> connections;
  std::size_t refused = 0;
  std::size_t handed_over = 0;
  std::vector<std::string> outcomes;

 private:
  Task<void> request(milliseconds limit) {
    Request request{loop.get_executor(), streams};
    if (!request.place.enters()) {
      const auto entry = co_await request.place.wait(limit);
      if (entry != Streams::Entry::granted) {
        outcomes.emplace_back(entry == Streams::Entry::closed ? "closed" : "timed out");
        co_return;
      }
    }
    ++handed_over;
    hand_over(request);
    request.place.is_handed_over();
    co_await request.over.wait();
    outcomes.emplace_back("answered");
  }

  void hand_over(Request& request) {
    if (!request.place.opens_connection()) {
      for (const auto& one : connections) {
        if (!one->is_up) return one->requests.push_back(&request);
        const auto believed = one->has_answered ? allowed_ : 100;
        if (one->requests.size() < std::min(believed, streams.most_of_one())) {
          one->requests.push_back(&request);
          return begin(*one, request);
        }
      }
    }
    open_for(request);
  }

  bool close_idle() {
    const auto idle = std::find_if(connections.begin(), connections.end(), [](const auto& one) {
      return one->is_up && one->requests.empty();
    });
    if (idle == connections.end()) return false;
    connections.erase(idle);
    return true;
  }

  void begin(Connection& connection, Request& request) {
    request.place.begins(connection.port);
    if (connection.requests.size() <= allowed_) return;
    ++refused;
    std::erase(connection.requests, &request);
    open_for(request);
  }

  void open_for(Request& request) {
    if (connections.size() >= most_ && !close_idle()) return pending_.push_back(&request);
    connections.push_back(std::make_unique<Connection>());
    connections.back()->port = ++last_port_;
    connections.back()->requests.push_back(&request);
  }

  void retry_pending() {
    std::deque<Request*> again;
    std::swap(again, pending_);
    for (Request* one : again) hand_over(*one);
  }

  std::size_t allowed_;
  std::size_t most_;
  int last_port_ = 50'000;
  std::deque<Request*> pending_;
  TaskGroup tasks_{loop.get_executor()};
};

TEST(Streams, the_first_request_opens_a_connection_and_the_others_wait_for_it) {
  Crowd crowd{100, 64};
  crowd.come(50);
  EXPECT_EQ(crowd.connections.size(), 1U);
  EXPECT_EQ(crowd.connections[0]->requests.size(), 1U);
  crowd.open_all();
  EXPECT_EQ(crowd.under_way(), 50U);
  EXPECT_EQ(crowd.connections.size(), 1U);
  EXPECT_EQ(crowd.refused, 0U);
}

TEST(Streams, a_crowd_opens_at_once_as_many_connections_as_it_needs) {
  Crowd crowd{100, 64};
  crowd.come(256);
  EXPECT_EQ(crowd.connections.size(), 3U);
  crowd.open_all();
  crowd.answer_all();
  EXPECT_EQ(crowd.under_way(), 256U);
  EXPECT_EQ(crowd.connections.size(), 3U);
  EXPECT_EQ(crowd.refused, 0U);
}

TEST(Streams, no_request_waits_while_a_connection_has_room) {
  Crowd crowd{100, 64};
  crowd.come(1);
  crowd.open_all();
  crowd.answer_all();
  for (int i = 1; i < 100; ++i) {
    crowd.come(1);
    EXPECT_EQ(crowd.streams.waiting(), 0U);
  }
  EXPECT_EQ(crowd.under_way(), 100U);
}

TEST(Streams, nor_while_another_connection_may_be_opened) {
  Crowd crowd{8, 64};
  crowd.come(1);
  crowd.open_all();
  crowd.answer_all();
  crowd.come(255);
  for (int round = 0; crowd.streams.waiting() > 0 && round < 5; ++round) {
    crowd.open_all();
    crowd.answer_all();
  }
  EXPECT_EQ(crowd.streams.waiting(), 0U);
  EXPECT_EQ(crowd.under_way(), 256U);
  EXPECT_LE(crowd.connections.size(), 34U);
  EXPECT_EQ(crowd.refused, 0U);
  EXPECT_EQ(crowd.streams.full_at(), 8U);
}

TEST(Streams, nor_for_the_answers_of_others) {
  Crowd crowd{8, 64};
  crowd.come(1);
  crowd.open_all();
  crowd.answer_all();
  crowd.come(99);
  for (int round = 0; round < 3; ++round) crowd.open_all();
  EXPECT_EQ(crowd.streams.waiting(), 0U);
  EXPECT_EQ(crowd.under_way(), 100U);
  EXPECT_EQ(crowd.connections.size(), 13U);
  EXPECT_EQ(crowd.refused, 0U);
}

TEST(Streams, opens_no_more_connections_than_it_may_and_gives_each_stream_on) {
  Crowd crowd{8, 4};
  crowd.come(1);
  crowd.open_all();
  crowd.answer_all();
  crowd.come(199);
  std::size_t answered = 0;
  for (int round = 0; answered < 200 && round < 100; ++round) {
    crowd.open_all();
    crowd.answer_all();
    EXPECT_LE(crowd.connections.size(), 4U);
    for (std::size_t i = 0; i < crowd.connections.size(); ++i) crowd.end(i, 4);
    answered = static_cast<std::size_t>(
        std::count(crowd.outcomes.begin(), crowd.outcomes.end(), "answered"));
  }
  EXPECT_EQ(answered, 200U);
  EXPECT_EQ(crowd.refused, 0U);
}

TEST(Streams, what_ends_while_a_connection_is_opened_makes_way) {
  Crowd crowd{8, 64};
  crowd.come(8);
  crowd.open_all();
  crowd.answer_all();
  crowd.come(5);
  EXPECT_EQ(crowd.connections.size(), 2U);
  EXPECT_EQ(crowd.streams.waiting(), 4U);
  crowd.end(0, 3);
  EXPECT_EQ(crowd.streams.waiting(), 1U);
  EXPECT_EQ(crowd.under_way(), 8U);
  crowd.end(0, 2);
  EXPECT_EQ(crowd.streams.waiting(), 0U);
  // Nor does one that comes now.
  crowd.come(1);
  EXPECT_EQ(crowd.streams.waiting(), 0U);
}

TEST(Streams, one_connection_that_closes_says_little_about_new_ones) {
  Crowd closing{1, 64};  // refuses a second as one does that is about to close
  closing.come(1);
  closing.open_all();
  closing.answer_all();
  closing.come(30);
  EXPECT_LE(closing.connections.size(), 5U);
}

TEST(Streams, a_connection_that_takes_more_is_believed) {
  Crowd crowd{100, 64};
  crowd.come(1);
  crowd.open_all();
  crowd.answer_all();
  crowd.come(99);
  crowd.come(1);
  EXPECT_EQ(crowd.connections.size(), 2U);
  EXPECT_EQ(crowd.streams.full_at(), 100U);
}

TEST(Streams, a_server_without_HTTP_2_is_given_all) {
  Crowd crowd{1, 1000};
  crowd.come(50);
  EXPECT_EQ(crowd.streams.waiting(), 49U);
  crowd.open_all();
  crowd.connections[0]->requests.front()->place.answers(false);
  crowd.settle();
  EXPECT_EQ(crowd.streams.waiting(), 0U);
  crowd.come(20);
  EXPECT_EQ(crowd.streams.waiting(), 0U);
}

TEST(Streams, who_waits_does_so_no_longer_than_it_may) {
  Crowd crowd{100, 64};
  crowd.come(1);
  crowd.come(3, milliseconds{0});
  while (crowd.outcomes.size() < 3) crowd.loop.restart(), crowd.loop.run_one();
  EXPECT_EQ(crowd.outcomes, (std::vector<std::string>(3, "timed out")));
  crowd.open_all();
  EXPECT_EQ(crowd.under_way(), 1U);
}

TEST(Streams, that_are_closed_keep_nobody) {
  Crowd crowd{100, 64};
  crowd.come(4);
  crowd.streams.close();
  crowd.settle();
  EXPECT_EQ(crowd.outcomes, (std::vector<std::string>(3, "closed")));
  crowd.come(1);
  EXPECT_EQ(crowd.outcomes.size(), 4U);
}

TEST(Streams, who_is_cancelled_is_not_handed_over_even_when_its_turn_comes_at_that_moment) {
  Crowd crowd{100, 64};
  crowd.come(5);
  crowd.cancel_all();
  crowd.connections[0]->is_up = true;
  crowd.connections[0]->requests[0]->place.begins(crowd.connections[0]->port);
  crowd.connections[0]->requests.clear();
  EXPECT_EQ(crowd.streams.waiting(), 3U) << "the turn of one has come";
  crowd.settle();
  EXPECT_EQ(crowd.handed_over, 1U);
  EXPECT_EQ(crowd.streams.waiting(), 0U);
  crowd.come(1);
  EXPECT_EQ(crowd.handed_over, 2U) << "nothing is left of them";
}

// Whatever happens in whatever order: hardly ever is a connection given more than it takes, and at
// the end everyone has been answered.
TEST(Streams, any_order_of_events_ends_with_an_answer_for_each) {
  std::size_t refused = 0;
  std::size_t all = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random{seed};
    const auto any = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    Crowd crowd{8 + any(30), 1 + any(40)};
    crowd.come(1);
    crowd.open_all();
    crowd.answer_all();
    std::size_t come = 1;
    for (int step = 0; step < 300; ++step) {
      switch (any(5)) {
        case 0: {
          const auto more = any(20);
          crowd.come(more);
          come += more;
          break;
        }
        case 1: crowd.open_all(); break;
        case 2: crowd.answer_all(); break;
        default:
          if (!crowd.connections.empty()) {
            crowd.end(any(crowd.connections.size()), any(10));
          }
      }
    }
    for (int round = 0; crowd.outcomes.size() < come && round < 2'000; ++round) {
      crowd.open_all();
      crowd.answer_all();
      crowd.end_all();
    }
    EXPECT_EQ(crowd.outcomes.size(), come) << seed;
    EXPECT_EQ(crowd.streams.waiting(), 0U) << seed;
    refused += crowd.refused;
    all += come;
  }
  EXPECT_LT(refused, all / 500);
}

}  // namespace
}  // namespace gmail_mcp::http
