#include "tools/history_arguments.h"

namespace gmail_mcp::tools {

namespace {

ArchivedView archived_view(operation::ArchivedReading reading) {
  ArchivedView out;
  auto& archived = reading.archived;
  static_cast<MessageView&>(out) = view(std::move(archived.message));
  out.direction = archived.direction == model::Direction::sent ? "sent" : "received";
  out.body_source = std::move(reading.source);
  if (reading.is_cut) out.truncated = true;
  if (reading.hidden_chars > 0) out.hidden_chars = reading.hidden_chars;
  if (reading.is_html_left_out) out.html_left_out = true;
  return out;
}

}  // namespace

ConversationView view(model::Conversation conversation) {
  ConversationView out;
  out.thread_id = conversation.thread_id.str();
  out.subject = std::move(conversation.subject);
  for (auto& one : conversation.participants) {
    out.participants.push_back({std::move(one.name), std::move(one.email)});
  }
  out.message_count = conversation.message_count;
  out.unread_count = conversation.unread_count;
  out.last_message_at = conversation.last_message_at;
  out.snippet = std::move(conversation.snippet);
  return out;
}

Task<std::vector<ArchivedView>> archived_views(operation::Call& call,
                                               std::vector<model::ArchivedMessage> messages) {
  auto readings = co_await operation::read_archived(call.work_pool(), std::move(messages));
  std::vector<ArchivedView> out;
  out.reserve(readings.size());
  for (auto& one : readings) out.push_back(archived_view(std::move(one)));
  co_return out;
}

}  // namespace gmail_mcp::tools
