#include "net/pipe.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/error.h"

namespace gmail_mcp::net {
namespace {

using State = Stream::State;

struct Pipe {
  explicit Pipe(std::size_t capacity = 1024) {
    auto ends = make_pipe(loop.get_executor(), capacity);
    a = std::move(ends.first);
    b = std::move(ends.second);
  }

  boost::asio::io_context loop;
  std::unique_ptr<Stream> a;
  std::unique_ptr<Stream> b;
};

Task<std::string> read_all(Stream& stream) {
  std::string all;
  std::array<char, 7> piece;
  while (true) {
    const auto count = co_await stream.read_some(piece);
    if (count == 0) co_return all;
    all.append(piece.data(), count);
  }
}

Task<void> write_all_and_end(Stream& stream, std::string bytes) {
  co_await stream.write(bytes);
  stream.end_writing();
}

TEST(Pipe, what_one_end_writes_the_other_reads_also_beyond_the_capacity) {
  Pipe pipe{10};
  const std::string sent(1000, 'x');
  TaskGroup writers{pipe.loop.get_executor()};
  writers.spawn(write_all_and_end(*pipe.a, sent));
  EXPECT_EQ(run_to_end(pipe.loop, read_all(*pipe.b)), sent);
}

TEST(Pipe, is_two_way) {
  Pipe pipe;
  EXPECT_EQ(pipe.a->try_write("to b").bytes, 4U);
  EXPECT_EQ(pipe.b->try_write("to ", "a").bytes, 4U);
  pipe.a->end_writing();
  pipe.b->end_writing();
  EXPECT_EQ(run_to_end(pipe.loop, read_all(*pipe.a)), "to a");
  EXPECT_EQ(run_to_end(pipe.loop, read_all(*pipe.b)), "to b");
}

TEST(Pipe, nothing_moves_while_it_is_empty_or_full) {
  Pipe pipe{3};
  std::array<char, 8> room;
  EXPECT_EQ(pipe.b->try_read(room).state, State::needs_read);
  EXPECT_EQ(pipe.a->try_write("12", "34").bytes, 3U);
  EXPECT_EQ(pipe.a->try_write("5").state, State::needs_write);
}

TEST(Pipe, the_rest_can_be_read_after_the_other_end_has_closed) {
  Pipe pipe;
  pipe.a->try_write("last words");
  EXPECT_FALSE(pipe.b->peer_is_gone());
  pipe.a->close();
  EXPECT_TRUE(pipe.b->peer_is_gone());
  EXPECT_EQ(pipe.b->try_write("hello?").state, State::failed);
  EXPECT_EQ(run_to_end(pipe.loop, read_all(*pipe.b)), "last words");
}

TEST(Pipe, is_broken_only_by_who_goes_away_without_taking_everything) {
  std::array<char, 8> room;
  Pipe read_first;
  read_first.a->try_write("answer");
  read_first.b->try_read(room);
  read_first.b->close();
  EXPECT_TRUE(read_first.a->peer_is_gone());
  EXPECT_FALSE(read_first.a->is_broken());

  Pipe unread;
  unread.a->try_write("answer");
  unread.b->close();
  EXPECT_TRUE(unread.a->is_broken());

  Pipe too_late;
  too_late.b->close();
  too_late.a->try_write("answer");
  EXPECT_TRUE(too_late.a->is_broken());
}

TEST(Pipe, writing_to_a_closed_end_throws_unavailable) {
  Pipe pipe;
  pipe.b.reset();
  try {
    run_to_end(pipe.loop, pipe.a->write("x"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::unavailable);
  }
}

Task<void> wait_and_note(Stream& stream, bool& woken) {
  co_await stream.wait_readable();
  woken = true;
}

TEST(Pipe, an_interrupt_ends_the_waits_there_are) {
  Pipe pipe;
  bool first = false;
  bool second = false;
  TaskGroup waiters{pipe.loop.get_executor()};
  waiters.spawn(wait_and_note(*pipe.a, first));
  waiters.spawn(wait_and_note(*pipe.a, second));
  pipe.loop.poll();
  EXPECT_FALSE(first);
  pipe.a->interrupt();
  pipe.loop.poll();
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

}  // namespace
}  // namespace gmail_mcp::net
