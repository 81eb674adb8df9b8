#include "mcp/event_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "crypto/random.h"
#include "http/sse.h"

namespace gmail_mcp::mcp {

namespace {

constexpr std::size_t tag_bytes = 6;

struct EventName {
  std::string_view tag;
  EventLog::Number stream = 0;
  std::uint64_t number = 0;
};

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc{} && read.ptr == end && !text.empty();
}

// tag "." stream "_" number
std::optional<EventName> read_name(std::string_view id) {
  const auto dot = id.find('.');
  const auto line = id.find('_', dot == std::string_view::npos ? 0 : dot);
  if (dot == std::string_view::npos || line == std::string_view::npos) return std::nullopt;
  EventName name;
  name.tag = id.substr(0, dot);
  if (!read_number(id.substr(dot + 1, line - dot - 1), name.stream)) return std::nullopt;
  if (!read_number(id.substr(line + 1), name.number)) return std::nullopt;
  return name;
}

std::string name_of(std::string_view tag, EventLog::Number stream, std::uint64_t number) {
  std::string id{tag};
  id += '.';
  id += std::to_string(stream);
  id += '_';
  id += std::to_string(number);
  return id;
}

}  // namespace

EventLog::EventLog(FairShare::Hold room)
    : room_{std::move(room)}, tag_{crypto::random_token(tag_bytes)} {}

const EventLog::Stream* EventLog::find_stream(Number number) const {
  if (number == 0) return &own_;
  const auto found = of_calls_.find(number);
  return found == of_calls_.end() ? nullptr : &found->second;
}

EventLog::Stream* EventLog::find_stream(Number number) {
  return const_cast<Stream*>(std::as_const(*this).find_stream(number));
}

EventLog::Number EventLog::begin_call() {
  of_calls_.emplace(++calls_, Stream{});
  return calls_;
}

std::string EventLog::opening_id(Number stream) const {
  const auto* state = find_stream(stream);
  return name_of(tag_, stream, state == nullptr ? 0 : state->events);
}

std::string EventLog::add(Number stream, std::string text) {
  auto* state = find_stream(stream);
  if (state == nullptr) return {};
  const auto number = ++state->events;
  // One that is too long is missing later, which the client is told when it asks for it.
  if (text.size() <= most_bytes) {
    bytes_ += text.size();
    events_.push_back({stream, number, std::move(text), {}});
    make_room();
  }
  if (state->sender != nullptr) state->sender->notify();
  return name_of(tag_, stream, number);
}

void EventLog::expect_delivery(Number stream, Receipt receipt) {
  const auto* state = find_stream(stream);
  if (state == nullptr) return;
  if (auto* event = next({stream, state->events - 1})) event->receipt = std::move(receipt);
}

std::string EventLog::written(std::string_view text, std::string_view id) {
  return http::sse_event("message", text, id);
}

void EventLog::make_room() {
  using enum FairShare::Answer;
  while (!events_.empty() &&
         (events_.size() > most_events || bytes_ > most_bytes || room_.resize(bytes_) != granted)) {
    auto oldest = std::move(events_.front());
    events_.pop_front();
    bytes_ -= oldest.text.size();
    forget_ended(oldest.stream);
  }
  room_.resize(bytes_);
}

void EventLog::end(Number stream) {
  auto* state = find_stream(stream);
  if (state == nullptr) return;
  state->over = true;
  if (state->sender != nullptr) state->sender->notify();
  forget_ended(stream);
}

void EventLog::forget_ended(Number stream) {
  const auto* state = find_stream(stream);
  if (state == nullptr || !state->over || state->sender != nullptr) return;
  const bool is_kept =
      std::ranges::any_of(events_, [stream](const Event& event) { return event.stream == stream; });
  if (!is_kept) of_calls_.erase(stream);
}

std::optional<EventLog::Place> EventLog::find(std::string_view id) const {
  const auto name = read_name(id);
  if (!name || name->tag != tag_) return std::nullopt;
  const auto* state = find_stream(name->stream);
  if (state == nullptr || name->number > state->events) return std::nullopt;
  return Place{name->stream, name->number};
}

bool EventLog::is_of_own_stream(std::string_view id) {
  const auto name = read_name(id);
  return !name || name->stream == 0;
}

bool EventLog::is_whole_since(Place place) const {
  const auto* state = find_stream(place.stream);
  if (state == nullptr) return false;
  const auto kept = std::ranges::count_if(events_, [place](const Event& event) {
    return event.stream == place.stream && event.number > place.seen;
  });
  return state->events - place.seen == static_cast<std::uint64_t>(kept);
}

EventLog::Event* EventLog::next(Place place) {
  const auto found = std::ranges::find_if(events_, [place](const Event& event) {
    return event.stream == place.stream && event.number > place.seen;
  });
  return found == events_.end() ? nullptr : &*found;
}

std::string EventLog::id_of(const Event& event) const {
  return name_of(tag_, event.stream, event.number);
}

EventLog::Sender::Sender(EventLog& log, Number stream, Wakeup& wakeup)
    : log_{log}, stream_{stream} {
  auto* state = log_.find_stream(stream_);
  if (state == nullptr) return;
  turn_ = ++state->turns;
  auto* before = std::exchange(state->sender, &wakeup);
  if (before != nullptr) before->notify();
}

EventLog::Sender::~Sender() {
  auto* state = log_.find_stream(stream_);
  if (state == nullptr || state->turns != turn_) return;
  state->sender = nullptr;
  log_.forget_ended(stream_);
}

bool EventLog::Sender::is_replaced() const {
  const auto* state = log_.find_stream(stream_);
  return state != nullptr && state->turns != turn_;
}

bool EventLog::Sender::is_at_end() const {
  const auto* state = log_.find_stream(stream_);
  return state == nullptr || state->over;
}

}  // namespace gmail_mcp::mcp
