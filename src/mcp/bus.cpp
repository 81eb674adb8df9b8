#include "mcp/bus.h"

#include <algorithm>
#include <utility>

#include "mcp/jsonrpc.h"

namespace gmail_mcp::mcp {

namespace {

std::size_t index(ListKind kind) { return static_cast<std::size_t>(kind); }

// A URI is kept up to four times: by the client's subscription, by the bus, as news, and as what is
// remembered of the session.
std::size_t room_for(std::string_view uri) { return 4 * uri.size() + 512; }

}  // namespace

std::string_view News::method() const {
  if (!list) return "notifications/resources/updated";
  switch (*list) {
    case ListKind::tools: return "notifications/tools/list_changed";
    case ListKind::resources: return "notifications/resources/list_changed";
    case ListKind::prompts: return "notifications/prompts/list_changed";
  }
  return {};
}

std::string news_text(const News& news) {
  json::object params;
  if (!news.list) params.emplace("uri", news.uri);
  return notification_text(news.method(), params);
}

Subscription::Subscription(EventBus& bus, std::string shareholder)
    : bus_{bus}, room_{bus.watched_.hold(std::move(shareholder))} {
  bus_.all_.insert(this);
}

Subscription::~Subscription() {
  while (!uris_.empty()) unwatch(std::string{*uris_.begin()});
  bus_.all_.erase(this);
}

void Subscription::follow(ListKind kind) { follows_[index(kind)] = true; }

FairShare::Answer Subscription::watch(const std::string& uri) {
  if (uris_.contains(uri)) return FairShare::Answer::granted;
  const auto answer = room_.resize(room_.size() + room_for(uri));
  if (answer != FairShare::Answer::granted) return answer;
  uris_.insert(uri);
  ++changes_;
  bus_.watchers_[uri].insert(this);
  return answer;
}

void Subscription::unwatch(const std::string& uri) {
  if (uris_.erase(uri) == 0) return;
  ++changes_;
  static_cast<void>(room_.resize(room_.size() - room_for(uri)));
  const auto watchers = bus_.watchers_.find(uri);
  watchers->second.erase(this);
  if (watchers->second.empty()) bus_.watchers_.erase(watchers);
  std::erase(untold_, News{std::nullopt, uri});
}

std::optional<News> Subscription::take() {
  if (untold_.empty()) return std::nullopt;
  auto news = std::move(untold_.front());
  untold_.erase(untold_.begin());
  return news;
}

void Subscription::tell(const News& news) {
  if (std::ranges::find(untold_, news) == untold_.end()) untold_.push_back(news);
  wake();
}

void Subscription::wake() {
  if (reader_) reader_->notify();
}

void EventBus::publish_resource_updated(const std::string& uri) {
  const auto watchers = watchers_.find(uri);
  if (watchers == watchers_.end()) return;
  const News news{std::nullopt, uri};
  for (auto* subscription : watchers->second) subscription->tell(news);
}

void EventBus::publish_resources_updated(std::string_view beginning) {
  for (auto each = watchers_.lower_bound(beginning);
       each != watchers_.end() && each->first.starts_with(beginning); ++each) {
    const News news{std::nullopt, each->first};
    for (auto* subscription : each->second) subscription->tell(news);
  }
}

void EventBus::publish_list_changed(ListKind kind) {
  ++generations_[index(kind)];
  if (!may_change(kind)) return;
  const News news{kind, {}};
  for (auto* subscription : all_) {
    if (subscription->follows_[index(kind)]) subscription->tell(news);
  }
}

bool EventBus::may_change(ListKind kind) const {
  switch (kind) {
    case ListKind::tools: return changing_.tools;
    case ListKind::resources: return changing_.resources;
    case ListKind::prompts: return changing_.prompts;
  }
  return false;
}

std::uint64_t EventBus::generation(ListKind kind) const { return generations_[index(kind)]; }

void EventBus::close() {
  closed_ = true;
  for (auto* subscription : all_) subscription->wake();
}

}  // namespace gmail_mcp::mcp
