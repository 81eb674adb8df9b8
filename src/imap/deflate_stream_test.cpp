#include "imap/deflate_stream.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "net/pipe.h"

namespace gmail_mcp::imap {
namespace {

using State = net::Stream::State;

struct Pair {
  boost::asio::io_context loop;
  std::unique_ptr<net::Stream> here;
  std::unique_ptr<net::Stream> there;

  explicit Pair(std::size_t capacity) {
    auto pipe = net::make_pipe(loop.get_executor(), capacity);
    here = make_deflate_stream(std::move(pipe.first));
    there = make_deflate_stream(std::move(pipe.second));
  }
};

Task<void> copy(net::Stream& from, std::string& into, std::size_t bytes) {
  std::array<char, 777> room;
  while (into.size() < bytes) {
    const auto count = co_await from.read_some(room);
    if (count == 0) co_return;
    into.append(room.data(), count);
  }
}

Task<void> write_and_answer(net::Stream& stream, const std::string& bytes, std::string& answer) {
  co_await stream.write(bytes);
  // What is still held back is sent while waiting for the answer.
  co_await copy(stream, answer, 2);
}

Task<void> read_and_answer(net::Stream& stream, std::string& bytes, std::size_t size) {
  co_await copy(stream, bytes, size);
  co_await stream.write("ok");
}

TEST(DeflateStreamTest, WhatIsWrittenArrivesThroughANarrowPipe) {
  Pair pair{100};
  std::string sent;
  for (int i = 0; i < 3000; ++i) sent += "* " + std::to_string(i * i) + " FETCH\r\n";
  sent += crypto::random_bytes(50'000);
  std::string received;
  std::string answer;
  std::vector<Task<void>> both;
  both.push_back(write_and_answer(*pair.here, sent, answer));
  both.push_back(read_and_answer(*pair.there, received, sent.size()));
  run_to_end(pair.loop, run_all(std::move(both)));
  EXPECT_EQ(received, sent);
  EXPECT_EQ(answer, "ok");
}

TEST(DeflateStreamTest, ABombComesOutNoFasterThanItIsRead) {
  Pair pair{std::size_t{1} << 20};
  const std::string zeros(std::size_t{32} << 20, '\0');
  for (std::string_view left = zeros; !left.empty();) {
    const auto progress = pair.here->try_write(left, {});
    ASSERT_EQ(progress.state, State::ok);
    left.remove_prefix(progress.bytes);
  }
  std::array<char, 1000> room;
  EXPECT_EQ(pair.there->try_read(room).bytes, room.size());
}

TEST(DeflateStreamTest, WhatIsNoDeflateBreaksTheStream) {
  boost::asio::io_context loop;
  auto pipe = net::make_pipe(loop.get_executor());
  const auto stream = make_deflate_stream(std::move(pipe.first));
  ASSERT_EQ(pipe.second->try_write("\xff\xff\xff", {}).state, State::ok);
  std::array<char, 100> room;
  EXPECT_EQ(stream->try_read(room).state, State::failed);
}

}  // namespace
}  // namespace gmail_mcp::imap
