#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/message.h"
#include "schema/fields.h"

namespace gmail_mcp::tools {

struct MailboxView {
  std::string name;
  std::string email;

  static auto fields() {
    return std::tuple{schema::field("name", &MailboxView::name),
                      schema::field("email", &MailboxView::email)};
  }
};

struct AttachmentView {
  std::string id, filename, mime_type;
  std::int64_t size = 0;

  static auto fields() {
    return std::tuple{schema::field("id", &AttachmentView::id),
                      schema::field("filename", &AttachmentView::filename),
                      schema::field("mime_type", &AttachmentView::mime_type),
                      schema::field("size", &AttachmentView::size)};
  }
};

/// A message as every tool shows it: these keys, always all of them.
struct MessageView {
  std::string id, thread_id, subject;
  MailboxView from;
  std::vector<MailboxView> to, cc, bcc;
  Timestamp date{};
  std::string snippet, body_plain;
  std::optional<std::string> body_html;
  std::vector<std::string> labels;
  bool has_attachments = false;
  std::vector<AttachmentView> attachments;

  static auto fields() {
    using schema::field;
    return std::tuple{field("id", &MessageView::id),
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
                      field("attachments", &MessageView::attachments)};
  }
};

MessageView view(model::Message message);

}  // namespace gmail_mcp::tools
