#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/meter.h"
#include "mail/blocks.h"
#include "mail/packed_answer.h"

namespace gmail_mcp::mail {

/// What is remembered of a mailbox.
enum class Remembered { labels, label_names, profile, sender_addresses, message, attachment };

/// Answers of all mailboxes of a loop, within one limit of bytes; beyond it the longest unused are
/// dropped first. Each mailbox has its own shelf and has access to nothing else. It contains
/// people's mail, so everything on a shelf is dropped when the connection ends. Answers are kept
/// packed (packed_answer.h), apart from what requests allocate (blocks.h).
class ResponseCache {
  struct State;

 public:
  /// With `max_bytes` 0 nothing is kept. An answer larger than an eighth of it is not kept either.
  /// Counts hits and misses, if a meter is given. `clock` is borrowed.
  ResponseCache(std::size_t max_bytes, const Clock& clock, Meter* meter = nullptr);
  ~ResponseCache();

  /// One mailbox's part, emptied when it is destroyed. May outlive the cache.
  class Shelf {
   public:
    explicit Shelf(std::shared_ptr<State> state);
    ~Shelf();
    Shelf(const Shelf&) = delete;
    Shelf& operator=(const Shelf&) = delete;

    /// A copy of what is kept and not too old; counted as a hit or a miss. `T`: as in
    /// packed_answer.h, always the same for a kind.
    template <class T>
    std::optional<T> find(Remembered kind, std::string_view id = {}) {
      const auto kept = look_up(kind, id);
      if (!kept) return std::nullopt;
      return unpack<T>(text_of(*kept));
    }
    /// Keeps a copy, unless it is too big; then it is not even copied.
    template <class T>
    void keep(Remembered kind, std::string_view id, const T& answer,
              std::chrono::seconds how_long) {
      forget(kind, id);
      if (make_room(id, packed_size(answer))) put(kind, id, pack(answer), how_long);
    }
    void forget(Remembered kind, std::string_view id);
    /// Everything of that kind.
    void forget(Remembered kind);
    /// By the cache's clock.
    Timestamp now() const;

   private:
    std::optional<Blocks::Kept> look_up(Remembered kind, std::string_view id);
    std::string text_of(Blocks::Kept kept) const;
    bool make_room(std::string_view id, std::size_t size);
    void put(Remembered kind, std::string_view id, std::string_view packed,
             std::chrono::seconds how_long);

    std::shared_ptr<State> state_;
    std::uint64_t owner_;
  };

  std::unique_ptr<Shelf> shelf();
  std::size_t bytes() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace gmail_mcp::mail
