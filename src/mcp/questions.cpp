#include "mcp/questions.h"

#include <boost/json/parse.hpp>
#include <exception>
#include <utility>

namespace gmail_mcp::mcp {

Questions::Open::Open(Questions& among, std::string id, Outlet& outlet, Wakeup& waiting)
    : among_{among}, id_{std::move(id)}, outlet_{outlet}, waiting_{waiting} {
  if (among_.ended_) {
    reply_.emplace(Reply{true, {}});
  } else {
    among_.open_.emplace(id_, this);
  }
}

Questions::Open::~Open() {
  if (reply_) return;
  among_.open_.erase(id_);
  try {
    const json::object params{{"requestId", json::parse(id_)},
                              {"reason", "The answer is no longer needed."}};
    outlet_.say(notification_text("notifications/cancelled", params));
  } catch (const std::exception&) {
    // Without memory the client is not told; its answer will be ignored.
  }
}

void Questions::answer(const Message& response, std::size_t most_bytes) {
  const auto found = open_.find(response.id);
  if (found == open_.end()) return;
  Reply reply{response.is_error, {}};
  if (!reply.is_error) {
    std::string text;
    append_json(text, response.params);
    reply.is_error = text.size() > most_bytes;
    // The message's memory does not last.
    if (!reply.is_error) reply.result = json::object(response.params, json::storage_ptr());
  }
  auto& question = *found->second;
  open_.erase(found);
  question.reply_.emplace(std::move(reply));
  question.waiting_.notify();
}

void Questions::end() {
  ended_ = true;
  for (auto& [id, question] : open_) {
    question->reply_.emplace(Reply{true, {}});
    question->waiting_.notify();
  }
  open_.clear();
}

}  // namespace gmail_mcp::mcp
