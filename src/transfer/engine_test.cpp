#include "transfer/engine.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <string>
#include <utility>

#include "net/listen.h"

namespace gmail_mcp::transfer {
namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Answers every request, whatever it asks.
Task<void> answer(std::unique_ptr<net::Stream> stream) {
  std::array<char, 4096> piece;
  while (true) {
    const auto count = co_await stream->read_some(piece);
    if (count == 0) co_return;
    co_await stream->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }
}

class Site {
 public:
  Site() { tasks_.spawn(accept_all()); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_->port()) + "/"; }

  Task<void> stop() {
    listener_->close();
    tasks_.cancel();
    co_await tasks_.join();
  }

  boost::asio::io_context loop;
  int connections = 0;

 private:
  Task<void> accept_all() {
    while (true) {
      net::Accepted accepted = co_await listener_->accept(nullptr);
      ++connections;
      tasks_.spawn(answer(std::move(accepted.stream)));
    }
  }

  std::unique_ptr<net::Listener> listener_ = net::listen(loop.get_executor(), {});
  TaskGroup tasks_{loop.get_executor()};
};

std::size_t swallow(char*, std::size_t size, std::size_t count, void*) { return size * count; }

Task<CURLcode> get(Engine& engine, std::string url) {
  Rules rules;
  rules.protocols = "http";
  const auto handle = engine.handle(rules);
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, swallow);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, 2'000L);
  Engine::Transfer transfer{engine, handle.get()};
  co_await transfer.end();
  co_return transfer.outcome();
}

Task<void> get_often(Site& site, Engine& engine, int times) {
  for (int i = 0; i < times; ++i) {
    const auto outcome = co_await get(engine, site.url());
    EXPECT_EQ(outcome, CURLE_OK);
  }
  co_await site.stop();
}

TEST(Engine, keeps_a_connection_from_one_transfer_to_the_next) {
  Site site;
  Engine engine{site.loop};
  run_to_end(site.loop, get_often(site, engine, 5));
  EXPECT_EQ(site.connections, 1);
}

// run_to_end returns although the engine still holds its connection.
TEST(Engine, a_kept_connection_does_not_keep_the_loop_from_ending) {
  Site site;
  Engine engine{site.loop};
  run_to_end(site.loop, get_often(site, engine, 1));
  EXPECT_EQ(site.loop.poll(), 0U);
}

TEST(Engine, gives_every_descriptor_back) {
  Site warm_up;
  Engine first{warm_up.loop};
  run_to_end(warm_up.loop, get_often(warm_up, first, 1));
  const auto before = open_descriptors();
  {
    Site site;
    Engine engine{site.loop};
    run_to_end(site.loop, get_often(site, engine, 3));
  }
  EXPECT_EQ(open_descriptors(), before);
}

Task<CURLcode> get_after_stop(Site& site, Engine& engine) {
  const auto url = site.url();
  co_await site.stop();
  co_return co_await get(engine, url);
}

TEST(Engine, says_what_libcurl_says) {
  Site site;
  Engine engine{site.loop};
  EXPECT_EQ(run_to_end(site.loop, get_after_stop(site, engine)), CURLE_COULDNT_CONNECT);
}

struct Second {
  Site& site;
  Engine& engine;
  TaskGroup tasks{site.loop.get_executor()};
  bool begun = false;
  CURLcode outcome = CURLE_ABORTED_BY_CALLBACK;

  Task<void> run() { outcome = co_await get(engine, site.url()); }
};

// It begins right after libcurl has let go of the connection.
std::size_t begin_second(char*, std::size_t size, std::size_t count, void* self) {
  auto& second = *static_cast<Second*>(self);
  if (!std::exchange(second.begun, true)) {
    boost::asio::post(second.site.loop, [&] { second.tasks.spawn(second.run()); });
  }
  return size * count;
}

Task<void> get_twice(Site& site, Second& second) {
  Rules rules;
  rules.protocols = "http";
  const auto handle = second.engine.handle(rules);
  const auto url = site.url();
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, begin_second);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &second);
  Engine::Transfer transfer{second.engine, handle.get()};
  co_await transfer.end();
  EXPECT_EQ(transfer.outcome(), CURLE_OK);
  co_await second.tasks.join();
  co_await site.stop();
}

TEST(Engine, a_transfer_that_begins_as_another_ends_hears_of_its_answer) {
  Site site;
  EngineOptions options;
  options.connections_per_host = 1;
  Engine engine{site.loop, options};
  Second second{site, engine};
  run_to_end(site.loop, get_twice(site, second));
  EXPECT_EQ(second.outcome, CURLE_OK);
  EXPECT_EQ(site.connections, 1);
}

Task<void> get_in_a_crowd(Site& site, Engine& engine) {
  std::vector<Task<CURLcode>> all;
  for (int i = 0; i < 100; ++i) all.push_back(get(engine, site.url()));
  const auto outcomes = co_await run_all(std::move(all));
  for (const auto outcome : outcomes) EXPECT_EQ(outcome, CURLE_OK);
  co_await site.stop();
}

TEST(Engine, opens_no_more_connections_than_it_may) {
  Site site;
  EngineOptions options;
  options.connections_per_host = 3;
  Engine engine{site.loop, options};
  run_to_end(site.loop, get_in_a_crowd(site, engine));
  EXPECT_LE(site.connections, 3);
}

Task<void> get_in_bursts(Site& site, Engine& engine) {
  for (int burst = 0; burst < 3; ++burst) {
    std::vector<Task<CURLcode>> all;
    for (int i = 0; i < 16; ++i) all.push_back(get(engine, site.url()));
    co_await run_all(std::move(all));
    co_await get(engine, site.url());
  }
  co_await site.stop();
}

TEST(Engine, a_burst_finds_the_connections_of_the_burst_before) {
  Site site;
  Engine engine{site.loop};
  run_to_end(site.loop, get_in_bursts(site, engine));
  EXPECT_LE(site.connections, 16);
}

Task<void> get_at_once(Site& site, Engine& engine, int count) {
  std::vector<Task<CURLcode>> all;
  for (int i = 0; i < count; ++i) all.push_back(get(engine, site.url()));
  co_await run_all(std::move(all));
}

// How many connections were opened for a crowd, and for the same crowd after some calls of rest().
struct Opened {
  int first = 0;
  int then = 0;
};

Task<Opened> get_around_rests(Site& site, Engine& engine, int crowd, int rests) {
  Opened opened;
  co_await get_at_once(site, engine, crowd);
  opened.first = site.connections;
  for (int i = 0; i < rests; ++i) engine.rest();
  co_await get_at_once(site, engine, crowd);
  opened.then = site.connections - opened.first;
  co_await site.stop();
  co_return opened;
}

TEST(Engine, closes_the_connections_of_a_crowd_after_a_pause_without_transfers) {
  const auto before = open_descriptors();
  Site site;
  Engine engine{site.loop};
  const auto opened = run_to_end(site.loop, get_around_rests(site, engine, 16, 2));
  EXPECT_EQ(opened.first, 16);
  EXPECT_EQ(opened.then, 16);
  engine.rest();
  engine.rest();
  EXPECT_LE(open_descriptors(), before + 4) << "the site's own";
}

TEST(Engine, keeps_the_connections_that_were_used_since_the_last_pause) {
  Site site;
  Engine engine{site.loop};
  const auto opened = run_to_end(site.loop, get_around_rests(site, engine, 16, 1));
  EXPECT_EQ(opened.then, 0);
}

TEST(Engine, keeps_a_few_connections_however_long_the_pause) {
  Site site;
  Engine engine{site.loop};
  const auto opened = run_to_end(site.loop, get_around_rests(site, engine, 4, 9));
  EXPECT_EQ(opened.then, 0);
}

Task<CURLcode> get_while_resting(Site& site, Engine& engine) {
  co_await get_at_once(site, engine, 16);
  engine.rest();
  std::vector<Task<CURLcode>> all;
  all.push_back(get(engine, site.url()));
  auto rest = [](Engine& one) -> Task<CURLcode> {
    for (int i = 0; i < 3; ++i) one.rest();
    co_return CURLE_OK;
  };
  all.push_back(rest(engine));
  const auto outcomes = co_await run_all(std::move(all));
  co_await site.stop();
  co_return outcomes.front();
}

TEST(Engine, does_not_rest_under_a_transfer) {
  Site site;
  Engine engine{site.loop};
  EXPECT_EQ(run_to_end(site.loop, get_while_resting(site, engine)), CURLE_OK);
}

}  // namespace
}  // namespace gmail_mcp::transfer
