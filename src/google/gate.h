#pragma once

#include <cstddef>
#include <list>

#include "base/task.h"

namespace gmail_mcp::google {

/// The defaults suit Gmail: two batches of 50 at a time until it complains.
struct GateLimits {
  std::size_t ceiling = 100;  // the highest limit, and the first one
  std::size_t floor = 10;
  std::size_t step = 5;  // added after as many good answers as the limit
};

/// Limits how many requests one mailbox has at Google at a time; each part of a batch counts.
/// Additive increase, multiplicative decrease: a complaint halves the limit, good answers let it
/// grow again. First come, first served. A resource of one thread; outlives its permits.
class Gate {
 public:
  /// The right to have `count()` requests under way until it is destroyed.
  class Permit {
   public:
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&&) = delete;
    ~Permit();

    std::size_t count() const { return count_; }

   private:
    friend class Gate;
    Permit(Gate& gate, std::size_t count) : gate_{&gate}, count_{count}, epoch_{gate.epoch_} {}

    Gate* gate_;
    std::size_t count_;
    std::size_t epoch_;
  };

  explicit Gate(GateLimits limits = {});
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Waits until `wanted` requests fit, or, if that is more than the limit, as many as the limit
  /// allows. Cancellable.
  Task<Permit> enter(std::size_t wanted);

  /// Google complained about one of the permit's requests. Complaints about requests that were
  /// under way together halve the limit only once.
  void complained(const Permit& permit);
  void went_well(const Permit& permit);

  std::size_t limit() const { return limit_; }
  std::size_t under_way() const { return under_way_; }

 private:
  struct Waiter;

  bool has_room_for(std::size_t wanted) const;
  void let_in();
  void leave(std::size_t count);

  GateLimits limits_;
  std::size_t limit_;
  std::size_t under_way_ = 0;
  std::size_t credit_ = 0;  // good answers since the limit last changed
  std::size_t epoch_ = 0;   // grows when the limit is halved
  std::list<Waiter*> waiters_;
};

}  // namespace gmail_mcp::google
