#include "mail/gmail_rest/in_pieces.h"

#include <optional>
#include <utility>

#include "base/offload.h"
#include "base/text.h"
#include "mail/gmail_rest/convert.h"
#include "mail/gmail_rest/people.h"
#include "mail/gmail_rest/separate_texts.h"

namespace gmail_mcp::mail {

namespace {

using Answers = std::vector<Result<google::RawMessage>>;

void cut(std::string& text, TextLimit limit) {
  if (text.size() <= limit.longest) return;
  text = utf8_prefix(text, limit.longest);
  text += limit.notice;
}

// nullopt: together they are more than the HTTP client accepts, now and next time.
Task<std::optional<Answers>> get_together(google::GmailApi& api, std::vector<std::string> ids) {
  try {
    co_return co_await api.get_messages(std::move(ids), google::View::full);
  } catch (const Error& error) {
    if (error.code != Errc::too_large) throw;
  }
  co_return std::nullopt;
}

bool needs_more(const google::RawMessage& message, People people) {
  return may_have_separate_texts(message) ||
         (people == People::settled && can_settle_people(message));
}

Task<Result<google::RawMessage>> with_separate_texts(google::GmailApi& api,
                                                     google::RawMessage message, People people) {
  try {
    co_await fetch_separate_texts(api, message);
    if (people == People::settled) co_await settle_people(api, message);
  } catch (const Error& error) {
    if (error.code != Errc::not_found && error.code != Errc::too_large) throw;
    co_return error;
  }
  co_return message;
}

}  // namespace

Error too_large_to_read() {
  return {Errc::too_large, "The message is too large to be read.",
          "Fetch its attachments one by one; a mail program shows the rest."};
}

Task<ConvertedMessages> get_in_pieces(google::GmailApi& api, std::vector<std::string> ids,
                                      TextLimit limit, People people, WorkPool* pool) {
  ConvertedMessages messages;
  messages.reserve(ids.size());
  std::vector<std::vector<std::string>> todo;
  if (!ids.empty()) todo.push_back(std::move(ids));
  bool is_much = false;
  while (!todo.empty()) {
    auto some = std::move(todo.back());
    todo.pop_back();
    auto answers = co_await get_together(api, some);
    if (!answers) {
      is_much = true;
      if (some.size() == 1) {
        messages.emplace_back(too_large_to_read());
        continue;
      }
      const auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
      todo.emplace_back(middle, some.end());
      some.erase(middle, some.end());
      todo.push_back(std::move(some));
      continue;
    }
    std::size_t bytes = 0;
    for (auto& answer : *answers) {
      if (answer && needs_more(*answer, people)) {
        answer = co_await with_separate_texts(api, std::move(*answer), people);
      }
      if (answer) bytes += bytes_of(answer->payload);
    }
    auto work = [&] {
      for (auto& answer : *answers) {
        if (!answer) {
          messages.emplace_back(std::move(answer).error());
          continue;
        }
        auto message = to_message(*std::move(answer));
        if (is_much) {
          cut(message.body_plain, limit);
          if (message.body_html) cut(*message.body_html, limit);
        }
        messages.emplace_back(std::move(message));
      }
      return true;
    };
    co_await offload(pool, bytes, work);
  }
  co_return messages;
}

}  // namespace gmail_mcp::mail
