#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/access.h"
#include "model/connection.h"
#include "model/user.h"
#include "store/answers.h"

namespace gmail_mcp::store {

/// The text of a query: each part is preceded by its length, so that no two queries have the same
/// text.
class Question {
 public:
  explicit Question(const model::Access& access) {
    text_.reserve(128);
    add(access.only_user());
  }

  Question& add(std::string_view part) {
    text_ += std::to_string(part.size());
    text_ += ':';
    text_ += part;
    return *this;
  }
  Question& add(const std::optional<model::ExternalUserId>& user) {
    if (user) return add(user->str());
    text_ += '*';
    return *this;
  }
  Question& add(std::int64_t number) {
    text_ += std::to_string(number);
    text_ += ';';
    return *this;
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Remembers for a short time what every call needs: one connection, the connections of a user, one
/// user. Callers that ask for the same at the same time share one query. Changes of this process
/// are seen at once, those of other processes after `lifetime` at the latest. Credentials, flows
/// and sends are never remembered.
class Memory {
 public:
  /// With a `lifetime` of 0 nothing is remembered or shared. The clock outlives it.
  Memory(const Clock& clock, std::chrono::milliseconds lifetime)
      : found{clock, lifetime, most},
        listed{clock, lifetime, most},
        users{clock, lifetime, most},
        is_on_{lifetime.count() > 0} {}

  /// The answer remembered in `answers`, or the result of the Task `ask_now()`.
  template <class T, class AskNow>
  Task<T> recall(Answers<T>& answers, Question question, AskNow ask_now) {
    if (!is_on_) co_return co_await ask_now();
    auto text = question.take();
    auto answer = answers.remembered(text);
    if (!answer) {
      std::function<Task<T>()> ask = std::move(ask_now);
      answer = co_await answers.ask(std::move(text), std::move(ask));
    }
    co_return *answer;
  }

  /// To be held during a change: answers from before its end are dropped, whether or not the change
  /// is known to have succeeded.
  class Changing {
   public:
    explicit Changing(Memory& memory) : memory_{memory} {}
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;
    ~Changing() {
      memory_.found.forget();
      memory_.listed.forget();
      memory_.users.forget();
    }

   private:
    Memory& memory_;
  };

  Answers<std::optional<model::Connection>> found;
  Answers<std::vector<model::Connection>> listed;
  Answers<std::optional<model::User>> users;

 private:
  static constexpr std::size_t most = 4096;

  bool is_on_;
};

}  // namespace gmail_mcp::store
