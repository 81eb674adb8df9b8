#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/meter.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// What is remembered of a mailbox.
enum class Remembered { labels, label_names, profile, sender_addresses, message, attachment };

/// Answers of all mailboxes of a loop, within one limit of bytes; beyond it the longest unused are
/// dropped first. Each mailbox has its own shelf and has access to nothing else. It contains
/// people's mail, so everything on a shelf is dropped when the connection ends.
class ResponseCache {
  struct State;

 public:
  using Answer = std::variant<std::vector<model::Label>, model::Profile,
                              std::vector<model::SenderAddress>, model::Message, model::Attachment>;

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

    /// A copy of what is kept and not too old; counted as a hit or a miss.
    template <class T>
    std::optional<T> find(Remembered kind, std::string_view id = {}) {
      const auto answer = look_up(kind, id);
      if (answer == nullptr) return std::nullopt;
      return std::get<T>(*answer);
    }
    /// Keeps a copy, unless it is too big; then it is not even copied.
    template <class T>
    void keep(Remembered kind, std::string_view id, const T& answer,
              std::chrono::seconds how_long) {
      forget(kind, id);
      const auto bytes = overhead + id.size() + size_of(answer);
      if (has_room_for(bytes)) put(kind, id, answer, bytes, how_long);
    }
    void forget(Remembered kind, std::string_view id);
    /// Everything of that kind.
    void forget(Remembered kind);
    /// By the cache's clock.
    Timestamp now() const;

   private:
    static constexpr std::size_t overhead = 256;  // per entry: nodes, keys, empty strings
    static std::size_t size_of(const std::vector<model::Label>& labels);
    static std::size_t size_of(const model::Profile& profile);
    static std::size_t size_of(const std::vector<model::SenderAddress>& addresses);
    static std::size_t size_of(const model::Message& message);
    static std::size_t size_of(const model::Attachment& attachment);

    const Answer* look_up(Remembered kind, std::string_view id);
    bool has_room_for(std::size_t bytes) const;
    void put(Remembered kind, std::string_view id, Answer&& answer, std::size_t bytes,
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
