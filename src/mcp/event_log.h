#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fair_share.h"
#include "base/receipt.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

/// The newest events of one session's streams, numbered, for a client that lost a stream and asks
/// for the rest (Last-Event-ID, revision 2025-11-25). A stream is that of one call, or the
/// session's own (number 0), which goes on over any number of connections. Bounded; the oldest
/// events make room. One thread.
class EventLog {
 public:
  /// `room`: the owner's part of the bytes that all sessions may keep together.
  explicit EventLog(FairShare::Hold room);

  static constexpr std::size_t most_events = 256;
  static constexpr std::size_t most_bytes = std::size_t{256} << 10;

  using Number = std::uint64_t;
  Number begin_call();
  /// The id of the event that opens a connection of this stream and says nothing.
  std::string opening_id(Number stream) const;
  /// Returns the event's id.
  std::string add(Number stream, std::string text);
  /// The newest event of the stream is an answer that the client is not known to have.
  void expect_delivery(Number stream, Receipt receipt);
  /// A whole event, as it is sent.
  static std::string written(std::string_view text, std::string_view id);
  /// Nothing more comes on this stream.
  void end(Number stream);

  struct Place {
    Number stream = 0;
    std::uint64_t seen = 0;  // the newest event that the client has
  };
  /// Where the client of this id stopped. nullopt: not an id of this log, or a stream of which
  /// nothing is kept.
  std::optional<Place> find(std::string_view id) const;
  /// Of any log, also that of an earlier process: whether it is of a session's own stream.
  static bool is_of_own_stream(std::string_view id);
  /// Whether all that came since is still there.
  bool is_whole_since(Place place) const;

  struct Event {
    Number stream;
    std::uint64_t number;
    std::string text;
    Receipt receipt;
  };
  /// The oldest event after the place; nullptr: none yet.
  Event* next(Place place);
  std::string id_of(const Event& event) const;

  /// One who sends a stream of a call to its client. The newest one does; those before stop.
  class Sender {
   public:
    Sender(EventLog& log, Number stream, Wakeup& wakeup);
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    bool is_replaced() const;
    /// Nothing more comes.
    bool is_at_end() const;

   private:
    EventLog& log_;
    Number stream_;
    std::uint64_t turn_ = 0;
  };

 private:
  struct Stream {
    std::uint64_t events = 0;  // so many were added
    bool over = false;
    std::uint64_t turns = 0;  // so many senders there were
    Wakeup* sender = nullptr;
  };

  const Stream* find_stream(Number number) const;
  Stream* find_stream(Number number);
  void make_room();
  void forget_ended(Number stream);

  FairShare::Hold room_;
  std::string tag_;  // distinguishes the ids of this log from those of a log before a restart
  std::list<Event> events_;
  std::size_t bytes_ = 0;
  Stream own_;
  std::map<Number, Stream> of_calls_;
  Number calls_ = 0;
};

}  // namespace gmail_mcp::mcp
