#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/delivery_report.h"
#include "model/message.h"
#include "schema/fields.h"

namespace gmail_mcp::tools {

struct MailboxView {
  std::string name;
  std::string email;
  std::optional<bool> is_unsure = {};  // of reply_to: may be a part of a name only

  static auto fields() {
    return schema::Fields{schema::field("name", &MailboxView::name),
                          schema::field("email", &MailboxView::email),
                          schema::field("is_unsure", &MailboxView::is_unsure).omit_empty()};
  }
};

struct SenderView {
  std::string name;
  std::string email;
  std::optional<bool> is_unsure, name_is_misleading;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("name", &SenderView::name), field("email", &SenderView::email),
        field("is_unsure", &SenderView::is_unsure).omit_empty(),
        field("name_is_misleading", &SenderView::name_is_misleading).omit_empty()};
  }
};

struct AttachmentView {
  std::string id, filename, mime_type;
  std::int64_t size = 0;
  std::optional<bool> is_inline;
  std::string content_id;

  static auto fields() {
    return schema::Fields{schema::field("id", &AttachmentView::id),
                          schema::field("filename", &AttachmentView::filename),
                          schema::field("mime_type", &AttachmentView::mime_type),
                          schema::field("size", &AttachmentView::size),
                          schema::field("inline", &AttachmentView::is_inline).omit_empty(),
                          schema::field("content_id", &AttachmentView::content_id).omit_empty()};
  }
};

struct DeliveryReportView {
  struct Recipient {
    std::string email, action, status, reason;

    static auto fields() {
      using schema::field;
      return schema::Fields{field("email", &Recipient::email), field("action", &Recipient::action),
                            field("status", &Recipient::status),
                            field("reason", &Recipient::reason)};
    }
  };
  std::vector<Recipient> recipients;
  std::string subject;
  std::optional<std::string> message_id;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("recipients", &DeliveryReportView::recipients),
                          field("subject", &DeliveryReportView::subject),
                          field("message_id", &DeliveryReportView::message_id)};
  }
};

/// A message as every tool shows it: the first 14 keys always; `reply_to` where answers go
/// elsewhere than to `from`; the others where a body was read.
struct MessageView {
  std::string id, thread_id, subject;
  SenderView from;
  std::vector<MailboxView> to, cc, bcc, reply_to;
  Timestamp date{};
  std::string snippet, body_plain;
  std::optional<std::string> body_html;
  std::vector<std::string> labels;
  bool has_attachments = false;
  std::vector<AttachmentView> attachments;

  // Of a body that was read: what was done to it, so that nothing is missing in silence.
  std::optional<bool> truncated;
  std::optional<std::string> body_cursor, raw;
  std::string body_source;
  std::optional<std::int64_t> hidden_chars, quoted_lines_folded;
  std::optional<DeliveryReportView> delivery_report;  // where the message is one

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("id", &MessageView::id),
        field("thread_id", &MessageView::thread_id),
        field("subject", &MessageView::subject),
        field("from", &MessageView::from),
        field("to", &MessageView::to),
        field("cc", &MessageView::cc),
        field("bcc", &MessageView::bcc),
        field("date", &MessageView::date),
        field("snippet", &MessageView::snippet),
        field("body_plain", &MessageView::body_plain),
        field("body_html", &MessageView::body_html),
        field("labels", &MessageView::labels),
        field("has_attachments", &MessageView::has_attachments),
        field("attachments", &MessageView::attachments),
        field("reply_to", &MessageView::reply_to).omit_empty(),
        field("raw", &MessageView::raw).omit_empty(),
        field("body_source", &MessageView::body_source).omit_empty(),
        field("truncated", &MessageView::truncated).omit_empty(),
        field("body_cursor", &MessageView::body_cursor).omit_empty(),
        field("quoted_lines_folded", &MessageView::quoted_lines_folded).omit_empty(),
        field("hidden_chars", &MessageView::hidden_chars).omit_empty(),
        field("delivery_report", &MessageView::delivery_report).omit_empty()};
  }
};

MessageView view(model::Message message);
DeliveryReportView view(model::DeliveryReport report);

}  // namespace gmail_mcp::tools
