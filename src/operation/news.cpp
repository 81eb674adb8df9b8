#include "operation/news.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace gmail_mcp::operation {

namespace {

constexpr std::chrono::milliseconds between_reads{500};
constexpr std::chrono::seconds between_purges{60};

}  // namespace

News::Listening::Listening(Listening&& other) noexcept
    : news_{std::exchange(other.news_, nullptr)}, listener_{other.listener_} {}

News::Listening& News::Listening::operator=(Listening&& other) noexcept {
  std::swap(news_, other.news_);
  std::swap(listener_, other.listener_);
  return *this;
}

News::Listening::~Listening() {
  if (news_ != nullptr) news_->listeners_.erase(listener_);
}

News::Listening News::listen(Listener listener) {
  listeners_.push_back(std::move(listener));
  return {*this, std::prev(listeners_.end())};
}

void News::tell(const model::MailboxNews& news) const {
  for (const auto& listener : listeners_) listener.mailbox(news);
}

bool News::is_wanted() const {
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [](const Listener& listener) { return listener.is_wanted(); });
}

void News::pass_on(const store::Heard& heard) const {
  for (const auto& listener : listeners_) {
    if (heard.missed) listener.missed();
    for (const auto& news : heard.mailboxes) listener.mailbox(news);
    if (listener.connection) {
      for (const auto& id : heard.connections) listener.connection(id);
    }
    if (listener.session_changed) {
      for (const auto& name : heard.changed_sessions) listener.session_changed(name);
    }
    if (listener.session_ended) {
      for (const auto& name : heard.ended_sessions) listener.session_ended(name);
    }
  }
}

Task<void> News::read(store::News& from, store::News::Place& place) {
  const auto asked_at = clock_.steady_now();
  const bool is_late = place.from && asked_at - read_at_ > store::News::kept / 2;
  auto hearing = co_await from.hear(place);
  place = std::move(hearing.next);
  read_at_ = asked_at;
  if (is_late) hearing.heard.missed = true;
  pass_on(hearing.heard);
}

Task<void> News::keep(store::News& from) {
  store::News::Place place;
  auto purge_at = clock_.steady_now();
  while (true) {
    co_await clock_.sleep(between_reads);
    try {
      if (is_wanted()) {
        co_await read(from, place);
      } else {
        place = {};
      }
      if (clock_.steady_now() >= purge_at) {
        purge_at = clock_.steady_now() + between_purges;
        co_await from.purge();
      }
      is_failing_ = false;
    } catch (const Error& error) {
      // Nothing is lost: it goes on from the same place.
      if (!is_failing_) log_.warning("news_not_read", {{"problem", error.message}});
      is_failing_ = true;
    }
  }
}

}  // namespace gmail_mcp::operation
