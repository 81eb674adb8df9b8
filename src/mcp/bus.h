#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/fair_share.h"
#include "mcp/server.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

enum class ListKind { tools, resources, prompts };

/// A change that clients may want to know about.
struct News {
  std::optional<ListKind> list;  // this list changed, or
  std::string uri;               // this resource did

  std::string_view method() const;
  friend bool operator==(const News&, const News&) = default;
};

/// The notification for a legacy client.
std::string news_text(const News& news);

class EventBus;

/// The news that one client wants and has not yet received. Holds each piece of news once, however
/// often it happens, so it never grows beyond the lists and resources that the client follows, and
/// a slow client misses nothing. Must not outlive its bus. One thread.
class Subscription {
 public:
  /// `shareholder`: of whose share of the bus the watched URIs take their part.
  explicit Subscription(EventBus& bus, std::string shareholder = {});
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  void follow(ListKind kind);
  /// When refused, it is not watched.
  [[nodiscard]] FairShare::Answer watch(const std::string& uri);
  void unwatch(const std::string& uri);
  std::size_t watched() const { return uris_.size(); }
  const std::unordered_set<std::string>& uris() const { return uris_; }
  /// Grows whenever another resource is watched or one is no longer.
  std::uint64_t changes() const { return changes_; }

  /// As if it had just happened.
  void tell(const News& news);

  /// The oldest news not taken yet.
  std::optional<News> take();
  /// Wakes the reader.
  void wake();

 private:
  friend class EventBus;
  friend class NewsReader;

  EventBus& bus_;
  std::array<bool, 3> follows_{};
  std::unordered_set<std::string> uris_;
  FairShare::Hold room_;
  std::uint64_t changes_ = 1;
  std::vector<News> untold_;
  Wakeup* reader_ = nullptr;
};

/// As long as it lives, `wakeup` is notified when the subscription has news or the bus closes. A
/// newer reader takes the place of one before.
class NewsReader {
 public:
  NewsReader(Subscription& subscription, Wakeup& wakeup)
      : subscription_{subscription}, wakeup_{wakeup} {
    subscription_.reader_ = &wakeup;
  }
  ~NewsReader() {
    if (subscription_.reader_ == &wakeup_) subscription_.reader_ = nullptr;
  }
  NewsReader(const NewsReader&) = delete;
  NewsReader& operator=(const NewsReader&) = delete;

 private:
  Subscription& subscription_;
  Wakeup& wakeup_;
};

/// Carries news from the program to its clients' streams; one for each thread.
class EventBus {
 public:
  static constexpr FairShare::Limits no_limits{std::numeric_limits<std::size_t>::max(),
                                               std::numeric_limits<std::size_t>::max()};

  /// `watched`: limits the bytes that watched URIs take.
  explicit EventBus(ChangingLists changing = {}, FairShare::Limits watched = no_limits)
      : changing_{changing}, watched_{watched} {}

  void publish_resource_updated(const std::string& uri);
  /// All watched resources whose URI begins so; "": all. Costs what these are, not what all are.
  void publish_resources_updated(std::string_view beginning);
  /// Whether anybody watches a resource.
  bool is_watched() const { return !watchers_.empty(); }
  /// How many bytes each shareholder's watched URIs take.
  const FairShare& watched() const { return watched_; }
  /// Tells everybody who follows that list, if the server has announced that it may change. Of
  /// several changes before a client's stream is written to, it hears once.
  void publish_list_changed(ListKind kind);
  bool may_change(ListKind kind) const;

  /// How often that list has changed: a cached copy is valid while this number stays the same.
  std::uint64_t generation(ListKind kind) const;

  /// No more news: all readers are woken so that they can end.
  void close();
  bool closed() const { return closed_; }

 private:
  friend class Subscription;

  ChangingLists changing_;
  std::unordered_set<Subscription*> all_;
  FairShare watched_;
  // In order, for the beginnings; sets, because one watcher among very many is taken out at once.
  std::map<std::string, std::unordered_set<Subscription*>, std::less<>> watchers_;
  std::array<std::uint64_t, 3> generations_{};
  bool closed_ = false;
};

}  // namespace gmail_mcp::mcp
