#include "views/message.h"

#include "base/text.h"

namespace gmail_mcp::views {

Message of(model::Message message) {
  Message out;
  out.id = message.id.str();
  out.thread_id = message.thread_id.str();
  out.subject = std::move(message.subject);
  const auto& answers = message.reply_to;
  const bool elsewhere =
      answers.size() > 1 ||
      (answers.size() == 1 && !equals_ignoring_case(answers.front().email, message.from.email));
  std::optional<bool> is_unsure;
  if (message.reply_to_is_unsure) is_unsure = true;
  if (elsewhere) {
    for (auto& one : message.reply_to) {
      out.reply_to.push_back({std::move(one.name), std::move(one.email), is_unsure});
    }
  }
  if (message.from_is_unsure) out.from.is_unsure = true;
  if (message.from_name_misleads) out.from.name_is_misleading = true;
  out.from.name = std::move(message.from.name);
  out.from.email = std::move(message.from.email);
  out.to = std::move(message.to);
  out.cc = std::move(message.cc);
  out.bcc = std::move(message.bcc);
  out.date = message.date;
  out.snippet = std::move(message.snippet);
  out.body_plain = std::move(message.body_plain);
  out.body_html = std::move(message.body_html);
  out.labels = std::move(message.labels);
  out.has_attachments = message.has_attachments;
  out.attachments = std::move(message.attachments);
  return out;
}

}  // namespace gmail_mcp::views
