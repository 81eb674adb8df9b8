#include "tools/history_arguments.h"

namespace gmail_mcp::tools {

ArchivedView view(model::ArchivedMessage archived) {
  ArchivedView out;
  static_cast<MessageView&>(out) = view(std::move(archived.message));
  out.direction = archived.direction == model::Direction::sent ? "sent" : "received";
  return out;
}

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

std::vector<ArchivedView> view(std::vector<model::ArchivedMessage> messages) {
  std::vector<ArchivedView> out;
  out.reserve(messages.size());
  for (auto& one : messages) out.push_back(view(std::move(one)));
  return out;
}

}  // namespace gmail_mcp::tools
