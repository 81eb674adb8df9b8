#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/delivery_report.h"
#include "model/message.h"
#include "schema/fields.h"

/// What callers see, the same in tools and resources. A value that is shown as the model has it is
/// only described here; for all others `of` makes the view.
namespace gmail_mcp::views {

/// A person named in a header. `is_unsure`: it may be only a part of a name.
struct Person {
  std::string name;
  std::string email;
  std::optional<bool> is_unsure = {};

  static auto fields() {
    return schema::Fields{schema::field("name", &Person::name),
                          schema::field("email", &Person::email),
                          schema::field("is_unsure", &Person::is_unsure).omit_empty()};
  }
};

struct Sender : Person {
  std::optional<bool> name_is_misleading = {};

  static auto fields() {
    return schema::Fields<Sender>{Person::fields()} +
           schema::Fields{
               schema::field("name_is_misleading", &Sender::name_is_misleading).omit_empty()};
  }
};

}  // namespace gmail_mcp::views

namespace gmail_mcp::schema {

template <>
struct FieldsOf<model::Address> {
  static auto fields() {
    return Fields{field("name", &model::Address::name), field("email", &model::Address::email)};
  }
};

template <>
struct FieldsOf<model::AttachmentInfo> {
  static auto fields() {
    using Info = model::AttachmentInfo;
    return Fields{field("id", &Info::id),
                  field("filename", &Info::filename),
                  field("mime_type", &Info::mime_type),
                  field("size", &Info::size),
                  field("inline", &Info::is_inline).omit_empty(),
                  field("content_id", &Info::content_id).omit_empty()};
  }
};

template <>
struct FieldsOf<model::DeliveryReport::Recipient> {
  static auto fields() {
    using Recipient = model::DeliveryReport::Recipient;
    return Fields{field("email", &Recipient::email), field("action", &Recipient::action),
                  field("status", &Recipient::status), field("reason", &Recipient::reason)};
  }
};

template <>
struct FieldsOf<model::DeliveryReport> {
  static auto fields() {
    using model::DeliveryReport;
    return Fields{field("recipients", &DeliveryReport::recipients),
                  field("subject", &DeliveryReport::subject),
                  field("message_id", &DeliveryReport::message_id)};
  }
};

template <>
struct FieldsOf<model::Omitted> {
  static auto fields() {
    return Fields{field("id", &model::Omitted::id), field("reason", &model::Omitted::reason)};
  }
};

}  // namespace gmail_mcp::schema

namespace gmail_mcp::views {

/// A message as every tool shows it: the first 14 keys always; `reply_to` if answers do not go to
/// `from`; the others if a body was read.
struct Message {
  std::string id, thread_id, subject;
  Sender from;
  std::vector<model::Address> to, cc, bcc;
  std::vector<Person> reply_to;
  Timestamp date{};
  std::string snippet, body_plain;
  std::optional<std::string> body_html;
  std::vector<std::string> labels;
  bool has_attachments = false;
  std::vector<model::AttachmentInfo> attachments;

  // What was done to a body that was read, so that nothing is left out without a note.
  std::optional<bool> truncated;
  std::optional<std::string> body_cursor, raw;
  std::string body_source;
  std::optional<std::int64_t> hidden_chars, quoted_lines_folded;
  std::optional<model::DeliveryReport> delivery_report;  // if the message is one

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &Message::id),
                          field("thread_id", &Message::thread_id),
                          field("subject", &Message::subject),
                          field("from", &Message::from),
                          field("to", &Message::to),
                          field("cc", &Message::cc),
                          field("bcc", &Message::bcc),
                          field("date", &Message::date),
                          field("snippet", &Message::snippet),
                          field("body_plain", &Message::body_plain),
                          field("body_html", &Message::body_html),
                          field("labels", &Message::labels),
                          field("has_attachments", &Message::has_attachments),
                          field("attachments", &Message::attachments),
                          field("reply_to", &Message::reply_to).omit_empty(),
                          field("raw", &Message::raw).omit_empty(),
                          field("body_source", &Message::body_source).omit_empty(),
                          field("truncated", &Message::truncated).omit_empty(),
                          field("body_cursor", &Message::body_cursor).omit_empty(),
                          field("quoted_lines_folded", &Message::quoted_lines_folded).omit_empty(),
                          field("hidden_chars", &Message::hidden_chars).omit_empty(),
                          field("delivery_report", &Message::delivery_report).omit_empty()};
  }
};

Message of(model::Message message);

}  // namespace gmail_mcp::views
