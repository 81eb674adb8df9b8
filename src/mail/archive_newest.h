#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model/archive.h"
#include "store/archive.h"

namespace gmail_mcp::mail {

/// The size of a message's texts.
inline std::size_t text_bytes(const model::Message& message) {
  return message.body_plain.size() + (message.body_html ? message.body_html->size() : 0);
}

/// The newest messages of runs of the archive, to be shown to the callers: at most a hundred and a
/// few MB.
class Newest {
 public:
  void add(const store::NewArchived& entry) { add(Shown{entry.archived, entry.spot.uid}); }
  void add(const Newest& others) {
    for (const auto& one : others.list_) add(one);
  }

  /// At most `count` of them, newest first.
  std::vector<model::ArchivedMessage> first(std::size_t count) const {
    std::vector<model::ArchivedMessage> some;
    for (std::size_t i = 0; i < std::min(count, list_.size()); ++i) {
      some.push_back(list_[i].archived);
    }
    return some;
  }

 private:
  static constexpr std::size_t most_shown = 100;
  static constexpr std::size_t most_shown_bytes = 4'000'000;

  struct Shown {
    model::ArchivedMessage archived;
    std::int64_t uid = 0;
  };

  void add(const Shown& shown) {
    const auto place = std::upper_bound(list_.begin(), list_.end(), shown, is_newer);
    if (place == list_.end() && (list_.size() >= most_shown || bytes_ > most_shown_bytes)) return;
    bytes_ += text_bytes(shown.archived.message);
    list_.insert(place, shown);
    while (list_.size() > most_shown || (list_.size() > 1 && bytes_ > most_shown_bytes)) {
      bytes_ -= text_bytes(list_.back().archived.message);
      list_.pop_back();
    }
  }

  // Within one second, the message that came later.
  static bool is_newer(const Shown& a, const Shown& b) {
    const auto date_a = a.archived.message.date;
    const auto date_b = b.archived.message.date;
    return date_a != date_b ? date_a > date_b : a.uid > b.uid;
  }

  std::vector<Shown> list_;
  std::size_t bytes_ = 0;
};

}  // namespace gmail_mcp::mail
