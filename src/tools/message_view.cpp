#include "tools/message_view.h"

namespace gmail_mcp::tools {

namespace {

MailboxView view(model::Mailbox mailbox) {
  return {std::move(mailbox.name), std::move(mailbox.email)};
}

std::vector<MailboxView> view(std::vector<model::Mailbox> mailboxes) {
  std::vector<MailboxView> out;
  out.reserve(mailboxes.size());
  for (auto& one : mailboxes) out.push_back(view(std::move(one)));
  return out;
}

}  // namespace

MessageView view(model::Message message) {
  MessageView out;
  out.id = message.id.str();
  out.thread_id = message.thread_id.str();
  out.subject = std::move(message.subject);
  out.from = view(std::move(message.from));
  out.to = view(std::move(message.to));
  out.cc = view(std::move(message.cc));
  out.bcc = view(std::move(message.bcc));
  out.date = message.date;
  out.snippet = std::move(message.snippet);
  out.body_plain = std::move(message.body_plain);
  out.body_html = std::move(message.body_html);
  out.labels = std::move(message.labels);
  out.has_attachments = message.has_attachments;
  for (auto& one : message.attachments) {
    out.attachments.push_back(
        {std::move(one.id), std::move(one.filename), std::move(one.mime_type), one.size});
  }
  return out;
}

}  // namespace gmail_mcp::tools
