#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "sql/resumption.h"

namespace gmail_mcp::store {

/// Answers of one kind, remembered for a short time by the text of the query. Thread-safe.
template <class T>
class Answers {
 public:
  using Answer = std::shared_ptr<const T>;

  /// `most` bounds the sum of the weights: 1 for a value, 1 + size for a list.
  Answers(const Clock& clock, std::chrono::milliseconds lifetime, std::size_t most)
      : clock_{clock}, lifetime_{lifetime}, most_{most} {}

  /// Null if it is not remembered, or no longer valid.
  Answer remembered(const std::string& question) const {
    const auto now = clock_.steady_now();
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(question);
    if (found == entries_.end() || !counts(found->second, now)) return nullptr;
    return found->second.answer;
  }

  /// Runs `ask_now`, or shares the answer if another caller already runs the same query.
  Task<Answer> ask(std::string question, std::function<Task<T>()> ask_now) {
    for (;;) {
      bool is_first = false;
      const std::shared_ptr<Asking> asking = join(question, is_first);
      if (is_first) {
        const Ending ending{*this, question, *asking};
        try {
          T value = co_await ask_now();
          asking->answer = std::make_shared<const T>(std::move(value));
        } catch (const Error&) {
          asking->failure = std::current_exception();  // for all waiting callers
          throw;
        }
        co_return asking->answer;
      }
      co_await wait_for(*asking);
      if (asking->answer) co_return asking->answer;
      if (asking->failure) std::rethrow_exception(asking->failure);
      // The caller that ran the query was cancelled.
    }
  }

  /// Drops all answers, also those of queries that are still running.
  void forget() {
    const std::lock_guard lock{mutex_};
    ++generation_;
  }

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Entry {
    Answer answer;
    Time asked_at;
    std::uint64_t generation;
  };

  // A running query. Its result is written before `is_over` is set, and read after that.
  struct Asking {
    std::uint64_t generation = 0;
    Time asked_at;
    Answer answer;
    std::exception_ptr failure;
    bool is_over = false;
    std::vector<sql::Resumption> waiting;
  };

  // Ends the query however the caller that runs it leaves: with an answer, by an exception, or
  // because its coroutine was destroyed.
  class Ending {
   public:
    Ending(Answers& answers, const std::string& question, Asking& asking)
        : answers_{answers}, question_{question}, asking_{asking} {}
    Ending(const Ending&) = delete;
    Ending& operator=(const Ending&) = delete;
    ~Ending() { answers_.end(question_, asking_); }

   private:
    Answers& answers_;
    const std::string& question_;
    Asking& asking_;
  };

  bool counts(const Entry& entry, Time now) const {
    return entry.generation == generation_ && now < entry.asked_at + lifetime_;
  }

  std::shared_ptr<Asking> join(const std::string& question, bool& is_first) {
    const auto now = clock_.steady_now();
    const std::lock_guard lock{mutex_};
    // Another thread may have answered since the caller looked.
    const auto known = entries_.find(question);
    if (known != entries_.end() && counts(known->second, now)) {
      is_first = false;
      auto answered = std::make_shared<Asking>();
      answered->answer = known->second.answer;
      answered->is_over = true;
      return answered;
    }
    auto& asking = askings_[question];
    // A caller who has just changed something must not get an answer from before.
    is_first = !asking || asking->generation != generation_;
    if (is_first) {
      asking = std::make_shared<Asking>();
      asking->generation = generation_;
      asking->asked_at = now;
    }
    return asking;
  }

  Task<void> wait_for(Asking& asking) {
    std::function<void(sql::Resumption)> start = [&](sql::Resumption resume) {
      std::unique_lock lock{mutex_};
      if (!asking.is_over) {
        asking.waiting.push_back(std::move(resume));
        return;
      }
      lock.unlock();
      resume();
    };
    co_await sql::suspend(std::move(start));
  }

  void end(const std::string& question, Asking& asking) {
    std::unique_lock lock{mutex_};
    asking.is_over = true;
    auto waiting = std::exchange(asking.waiting, {});
    const auto known = askings_.find(question);
    if (known != askings_.end() && known->second.get() == &asking) askings_.erase(known);
    if (asking.answer) remember(question, asking);
    lock.unlock();
    for (auto& resume : waiting) resume();
  }

  void remember(const std::string& question, const Asking& asking) {
    if (asking.generation != generation_) return;
    make_room(weight_of(*asking.answer));
    Entry& entry = entries_[question];
    if (entry.answer) weight_ -= weight_of(*entry.answer);
    entry = {.answer = asking.answer, .asked_at = asking.asked_at, .generation = asking.generation};
    weight_ += weight_of(*entry.answer);
  }

  void make_room(std::size_t wanted) {
    if (weight_ + wanted <= most_) return;
    const auto now = clock_.steady_now();
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      if (counts(entry->second, now)) {
        ++entry;
        continue;
      }
      weight_ -= weight_of(*entry->second.answer);
      entry = entries_.erase(entry);
    }
    // Still crowded: dropping all is cheaper than looking for the oldest each time.
    if (weight_ + wanted > most_ / 2) {
      entries_.clear();
      weight_ = 0;
    }
  }

  static std::size_t weight_of(const T& value) {
    if constexpr (requires { value.size(); }) {
      return 1 + value.size();
    } else {
      return 1;
    }
  }

  const Clock& clock_;
  std::chrono::milliseconds lifetime_;
  std::size_t most_;

  // Held only for one look-up, by every loop once per call.
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::unordered_map<std::string, std::shared_ptr<Asking>> askings_;
  std::size_t weight_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace gmail_mcp::store
