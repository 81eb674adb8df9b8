#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gmail_mcp {

/// A bounded table of what is remembered for all callers together. A holder who has as many values
/// as one may have loses the one of theirs that was used longest ago; when the table is full, the
/// holder with the most values does. So nobody can push out what is remembered for those who have
/// fewer. One loop.
template <class Value>
class ShareTable {
 public:
  struct Limits {
    std::size_t total = 0;
    std::size_t of_one = 0;
  };
  /// Says whether a value may be dropped. What may not stays, even beyond the limits.
  using MayGo = std::function<bool(const Value&)>;

  explicit ShareTable(
      Limits limits, MayGo may_go = [](const Value&) { return true; })
      : limits_{limits}, may_go_{std::move(may_go)} {}
  ShareTable(const ShareTable&) = delete;
  ShareTable& operator=(const ShareTable&) = delete;

  /// nullptr: there is none of that key. Valid until the next change of the table.
  Value* find(std::string_view key) {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->value;
  }
  const Value* find(std::string_view key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->value;
  }
  /// The same, and counts as a use.
  Value* use(std::string_view key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    auto& entries = found->second->holder->entries;
    entries.splice(entries.end(), entries, found->second);
    return &found->second->value;
  }
  /// Adds a value under a key that is not there.
  Value& add(std::string key, const std::string& holder, Value value) {
    make_room(holder);
    const auto owner = holders_.try_emplace(holder).first;
    auto& share = owner->second;
    by_size_.erase({share.entries.size(), &share});
    share.name = owner->first;
    share.entries.push_back({std::move(key), &share, std::move(value)});
    by_size_.emplace(share.entries.size(), &share);
    const auto entry = std::prev(share.entries.end());
    by_key_.emplace(entry->key, entry);
    return entry->value;
  }
  void erase(std::string_view key) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) remove(found->second);
  }
  /// Calls `visit(key, value)` for each.
  template <class Visit>
  void for_each(Visit visit) {
    for (auto& [key, entry] : by_key_) visit(key, entry->value);
  }
  std::size_t size() const { return by_key_.size(); }

 private:
  struct Share;
  struct Entry {
    std::string key;
    Share* holder;
    Value value;
  };
  using Entries = std::list<Entry>;
  struct Share {
    std::string_view name;
    Entries entries;  // the one used longest ago first
  };

  void make_room(const std::string& holder) {
    const auto own = holders_.find(holder);
    if (own != holders_.end() && own->second.entries.size() >= limits_.of_one) {
      drop_one_of(own->second);
      return;
    }
    if (by_key_.size() < limits_.total) return;
    // Dropping one changes the set, so the loop ends with it.
    for (auto largest = by_size_.rbegin(); largest != by_size_.rend(); ++largest) {
      if (drop_one_of(*largest->second)) return;
    }
  }
  bool drop_one_of(Share& share) {
    for (auto entry = share.entries.begin(); entry != share.entries.end(); ++entry) {
      if (!may_go_(entry->value)) continue;
      remove(entry);
      return true;
    }
    return false;
  }
  void remove(typename Entries::iterator entry) {
    auto& share = *entry->holder;
    by_key_.erase(entry->key);
    by_size_.erase({share.entries.size(), &share});
    share.entries.erase(entry);
    if (share.entries.empty()) {
      holders_.erase(std::string{share.name});
    } else {
      by_size_.emplace(share.entries.size(), &share);
    }
  }

  Limits limits_;
  MayGo may_go_;
  std::unordered_map<std::string, Share> holders_;  // none is without values
  std::unordered_map<std::string_view, typename Entries::iterator> by_key_;  // keys live in entries
  std::set<std::pair<std::size_t, Share*>> by_size_;
};

}  // namespace gmail_mcp
