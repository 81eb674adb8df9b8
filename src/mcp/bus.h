#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

enum class ListKind { tools, resources, prompts };

/// Something that happened and that clients may want to know.
struct News {
  std::optional<ListKind> list;  // its list changed, or
  std::string uri;               // the resource did

  std::string_view method() const;
  friend bool operator==(const News&, const News&) = default;
};

/// The notification a legacy client gets.
std::string news_text(const News& news);

class EventBus;

/// What one client wants to hear and has not heard yet. Holds each piece of news once, however
/// often it happens, so it never grows beyond what is followed and watched, and nothing is lost on
/// a slow client. Must not outlive its bus. One thread.
class Subscription {
 public:
  explicit Subscription(EventBus& bus);
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  void follow(ListKind kind);
  void watch(const std::string& uri);
  void unwatch(const std::string& uri);
  std::size_t watched() const { return uris_.size(); }

  /// The oldest news not taken yet.
  std::optional<News> take();
  /// Wakes whoever reads.
  void wake();

 private:
  friend class EventBus;
  friend class NewsReader;
  void push(const News& news);

  EventBus& bus_;
  std::array<bool, 3> follows_{};
  std::unordered_set<std::string> uris_;
  std::vector<News> untold_;
  Wakeup* reader_ = nullptr;
};

/// As long as it lives, `wakeup` is notified when the subscription has news or the bus closes.
class NewsReader {
 public:
  NewsReader(Subscription& subscription, Wakeup& wakeup) : subscription_{subscription} {
    subscription_.reader_ = &wakeup;
  }
  ~NewsReader() { subscription_.reader_ = nullptr; }
  NewsReader(const NewsReader&) = delete;
  NewsReader& operator=(const NewsReader&) = delete;

 private:
  Subscription& subscription_;
};

/// Carries news from the program to its clients' streams: one per thread.
class EventBus {
 public:
  void publish_resource_updated(const std::string& uri);
  void publish_list_changed(ListKind kind);

  /// How often that list has changed: a cache of it holds as long as this stands still.
  std::uint64_t generation(ListKind kind) const;

  /// No more news: whoever waits for some is woken to say goodbye.
  void close();
  bool closed() const { return closed_; }

 private:
  friend class Subscription;

  std::unordered_set<Subscription*> all_;
  std::unordered_map<std::string, std::vector<Subscription*>> watchers_;
  std::array<std::uint64_t, 3> generations_{};
  bool closed_ = false;
};

}  // namespace gmail_mcp::mcp
