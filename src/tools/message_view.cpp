#include "tools/message_view.h"

#include "base/text.h"

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
  const auto& answers = message.reply_to;
  const bool elsewhere =
      answers.size() > 1 ||
      (answers.size() == 1 && !equals_ignoring_case(answers.front().email, message.from.email));
  if (elsewhere) out.reply_to = view(std::move(message.reply_to));
  if (message.reply_to_is_unsure) {
    for (auto& one : out.reply_to) one.is_unsure = true;
  }
  if (message.from_is_unsure) out.from.is_unsure = true;
  if (message.from_name_misleads) out.from.name_is_misleading = true;
  out.from.name = std::move(message.from.name);
  out.from.email = std::move(message.from.email);
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
    auto& shown = out.attachments.emplace_back();
    shown.id = std::move(one.id);
    shown.filename = std::move(one.filename);
    shown.mime_type = std::move(one.mime_type);
    shown.size = one.size;
    if (one.is_inline) shown.is_inline = true;
    shown.content_id = std::move(one.content_id);
  }
  return out;
}

DeliveryReportView view(model::DeliveryReport report) {
  DeliveryReportView out;
  for (auto& one : report.recipients) {
    auto& shown = out.recipients.emplace_back();
    shown.email = std::move(one.email);
    shown.action = std::move(one.action);
    shown.status = std::move(one.status);
    shown.reason = std::move(one.reason);
  }
  out.subject = std::move(report.subject);
  if (report.message_id) out.message_id = report.message_id->str();
  return out;
}

}  // namespace gmail_mcp::tools
