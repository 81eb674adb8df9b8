#include "http/streams.h"

#include <algorithm>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

namespace gmail_mcp::http {

namespace {

namespace asio = boost::asio;

// Connections without streams that are remembered: that they have answered is all there is to know.
constexpr std::size_t idle_connections = 32;
// A connection that seems to take fewer may only be closing, which says nothing about new ones.
constexpr std::size_t least_streams = 8;

}  // namespace

bool Streams::Place::enters() {
  if (streams_.closed_) return false;
  if (!streams_.spreads_) return true;
  if (!streams_.waiting_.empty() || !streams_.has_way()) return false;
  streams_.hand_over(*this, false);
  return true;
}

Task<Streams::Entry> Streams::Place::wait(std::chrono::milliseconds limit) {
  const auto executor = co_await asio::this_coro::executor;
  Timer timer{executor, limit};
  // However the wait ends, it ends here.
  struct Wait {
    Place& place;
    ~Wait() {
      place.timer_ = nullptr;
      if (place.stage_ != Stage::waiting) return;
      place.streams_.waiting_.remove(&place);
      place.stage_ = Stage::outside;
    }
  };
  const Wait wait{*this};
  if (!streams_.closed_) {
    stage_ = Stage::waiting;
    timer_ = &timer;
    streams_.waiting_.push_back(this);
    streams_.go_on();
  }
  if (stage_ == Stage::waiting) {
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(use_task, ignored));
    // Also when its turn has come at the same moment: the caller would still hand it over.
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error{asio::error::operation_aborted};
    }
  }
  if (streams_.closed_) co_return Entry::closed;
  co_return stage_ == Stage::waiting ? Entry::timed_out : Entry::granted;
}

void Streams::Place::arrives() {
  if (in_transit_) --streams_.in_transit_;
  in_transit_ = false;
}

void Streams::Place::is_handed_over() {
  arrives();
  const bool waits_alone = streams_.opening_ - streams_.in_transit_ == 1;
  if (stage_ != Stage::handed_over) return;
  if (waits_alone && !opens_connection_) streams_.learn();
  streams_.go_on();
}

void Streams::Place::begins(int port) {
  arrives();
  if (stage_ == Stage::begun) {
    if (port == port_) return;
    streams_.leave(port_);
  } else if (stage_ == Stage::handed_over) {
    --streams_.opening_;
  } else {
    return;
  }
  stage_ = Stage::begun;
  port_ = port;
  auto& connection = streams_.connection(port);
  ++connection.streams;
  // libcurl goes by what the server allows, if by nothing else.
  if (connection.has_answered && streams_.most_of_one() == usual_streams) {
    streams_.full_at_ = std::max(streams_.full_at_, connection.streams);
    streams_.proven_ = std::max(streams_.proven_, connection.streams);
  }
  streams_.go_on();
}

void Streams::Place::answers(bool is_http2) {
  if (stage_ != Stage::begun) return;
  auto& connection = streams_.connection(port_);
  if (connection.has_answered && is_http2) return;
  connection.has_answered = true;
  if (!is_http2) {
    // Each request has a connection to itself, and libcurl knows how many there may be.
    streams_.spreads_ = false;
    while (!streams_.waiting_.empty()) streams_.hand_over_next(false);
  }
  streams_.go_on();
}

Streams::Place::~Place() {
  arrives();
  if (stage_ == Stage::handed_over) --streams_.opening_;
  if (stage_ == Stage::begun) streams_.leave(port_);
  if (stage_ != Stage::outside) streams_.go_on();
}

void Streams::close() {
  closed_ = true;
  for (Place* place : waiting_) place->timer_->cancel();
}

Streams::Connection& Streams::connection(int port) {
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const Connection& one) { return one.port == port; });
  if (found != connections_.end()) return *found;
  return connections_.emplace_back(Connection{.port = port});
}

void Streams::leave(int port) {
  auto& left = connection(port);
  --left.streams;
  if (left.streams > 0 || connections_.size() <= idle_connections) return;
  left = connections_.back();
  connections_.pop_back();
}

std::size_t Streams::room_of(const Connection& connection) const {
  const auto limit = connection.has_answered ? full_at_ : proven_;
  return limit - std::min(connection.streams, limit);
}

bool Streams::is_new(const Connection& connection) {
  return !connection.has_answered && connection.streams > 0;
}

std::size_t Streams::most_of_one() const {
  const bool has_new = std::any_of(connections_.begin(), connections_.end(), is_new);
  return has_new || opening_ > in_transit_ ? proven_ : usual_streams;
}

// Whether another request would find room, or would open the only connection that is being opened.
bool Streams::has_way() const {
  std::size_t busy = 0;
  std::size_t room = 0;
  for (const auto& one : connections_) {
    if (one.streams > 0) ++busy;
    room += room_of(one);
  }
  if (opening_ == in_transit_) {
    // One more than we know of room for: libcurl knows better, and opens a connection if need be
    // and if it may; otherwise it lets the request wait.
    const bool may_open = busy < most_connections_ || opening_ == 0;
    return room > in_transit_ || (room == in_transit_ && may_open);
  }
  // What looks like room is none when the server is closing the connection. Then the request goes
  // to the connection that is being opened, which is why there is another limit.
  return room > in_transit_ && opening_ < full_at_;
}

// Whether more wait than there will be room for on the connections that are coming.
bool Streams::wants_connection() const {
  if (in_transit_ > 0) return false;  // they will tell
  std::size_t busy = 0;
  std::size_t room = opening_ * std::max(proven_, least_streams);
  for (const auto& one : connections_) {
    if (one.streams > 0) ++busy;
    if (is_new(one)) room += room_of(one);
  }
  return waiting_.size() > room && busy + opening_ < most_connections_;
}

void Streams::hand_over(Place& place, bool opens_connection) {
  place.stage_ = Place::Stage::handed_over;
  place.opens_connection_ = opens_connection;
  ++opening_;
  if (opens_connection) return;
  place.in_transit_ = true;
  ++in_transit_;
}

void Streams::hand_over_next(bool opens_connection) {
  Place& next = *waiting_.front();
  waiting_.pop_front();
  hand_over(next, opens_connection);
  next.timer_->cancel();
}

// Each request that begins, and each that ends, makes way for one; that one for the next.
void Streams::go_on() {
  if (closed_) return;
  if (!waiting_.empty() && has_way()) hand_over_next(false);
  while (!waiting_.empty() && wants_connection()) hand_over_next(true);
}

// A request found room nowhere. Unless that was because of most_of_one(), the connections are full.
void Streams::learn() {
  std::size_t most = 0;
  for (const auto& one : connections_) {
    if (is_new(one)) return;
    most = std::max(most, one.streams);
  }
  if (most > 0) full_at_ = proven_ = most;
}

}  // namespace gmail_mcp::http
