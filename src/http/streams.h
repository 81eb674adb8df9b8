#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <vector>

#include "base/task.h"

namespace gmail_mcp::http {

/// When the requests to one server are handed to libcurl, so that they are spread over HTTP/2
/// connections by what the server allows. One thread.
///
/// libcurl chooses the connection and knows each one's limit, but only once the server has told it:
/// to one that is still being opened it attaches any number of requests, and to a new one a
/// hundred. A server that allows fewer refuses the rest, and libcurl opens a connection for each of
/// them. So requests wait here while connections are opened, and more connections are opened at
/// once when the ones that are coming will not be enough.
class Streams {
 public:
  /// The streams of a connection until we know better; RFC 9113 §6.5.2 asks servers for as many.
  static constexpr std::size_t usual_streams = 100;
  /// `is_needed`: the server may speak HTTP/2; otherwise nobody waits.
  Streams(bool is_needed, std::size_t most_connections)
      : spreads_{is_needed}, most_connections_{most_connections} {}
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  enum class Entry { granted, timed_out, closed };

  /// One request, from before it waits to its end. Borrows the Streams.
  class Place {
   public:
    explicit Place(Streams& streams) : streams_{streams} {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Whether the request may be handed over at once; else wait().
    bool enters();
    /// Waits until it may, at most `limit`. Cancellable.
    Task<Entry> wait(std::chrono::milliseconds limit);

    /// Whether libcurl shall open a connection for it, whatever it has.
    bool opens_connection() const { return opens_connection_; }
    /// libcurl has it. If it did not begin by that, no connection had room.
    void is_handed_over();
    /// It begins on a connection, which has this port on our side; perhaps not for the first time.
    void begins(int port);
    /// The first line of its answer has come.
    void answers(bool is_http2);

   private:
    friend class Streams;
    enum class Stage { outside, waiting, handed_over, begun };

    void arrives();

    Streams& streams_;
    Stage stage_ = Stage::outside;
    bool opens_connection_ = false;
    bool in_transit_ = false;  // let in, not yet with libcurl
    int port_ = 0;             // when begun
    Timer* timer_ = nullptr;
  };

  /// Nobody waits any longer, and nobody enters.
  void close();

  /// The most requests that libcurl shall put on one connection, for the one handed over next: it
  /// believes that a new connection takes a hundred.
  std::size_t most_of_one() const;

  std::size_t waiting() const { return waiting_.size(); }
  /// The most streams that a connection seems to take.
  std::size_t full_at() const { return full_at_; }

 private:
  struct Connection {
    int port;
    std::size_t streams = 0;
    bool has_answered = false;  // so libcurl has read what the server allows
  };

  Connection& connection(int port);
  std::size_t room_of(const Connection& connection) const;
  static bool is_new(const Connection& connection);
  bool has_way() const;
  bool wants_connection() const;
  void hand_over(Place& place, bool opens_connection);
  void hand_over_next(bool opens_connection);
  void go_on();
  void leave(int port);
  void learn();

  bool spreads_;
  bool closed_ = false;
  std::size_t most_connections_;
  std::size_t full_at_ = usual_streams;  // a connection that has answered, as it was seen last
  std::size_t proven_ = usual_streams;   // a connection took so many, so another one will
  std::size_t in_transit_ = 0;
  std::size_t opening_ = 0;              // handed over or in transit, not begun
  std::vector<Connection> connections_;  // few; those without streams may be closed by now
  std::list<Place*> waiting_;
};

}  // namespace gmail_mcp::http
