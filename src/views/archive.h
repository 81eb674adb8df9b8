#pragma once

#include <optional>
#include <string>

#include "model/archive.h"
#include "operation/archived_reading.h"
#include "schema/fields.h"
#include "views/message.h"

// Views of the local archive.
namespace gmail_mcp::schema {

template <>
struct FieldsOf<model::Contact> {
  static auto fields() {
    using model::Contact;
    return Fields{field("email", &Contact::email), field("name", &Contact::name),
                  field("message_count", &Contact::message_count),
                  field("first_seen", &Contact::first_seen),
                  field("last_seen", &Contact::last_seen)};
  }
};

template <>
struct FieldsOf<model::Conversation> {
  static auto fields() {
    using model::Conversation;
    return Fields{field("thread_id", &Conversation::thread_id),
                  field("subject", &Conversation::subject),
                  field("participants", &Conversation::participants),
                  field("message_count", &Conversation::message_count),
                  field("unread_count", &Conversation::unread_count),
                  field("last_message_at", &Conversation::last_message_at),
                  field("snippet", &Conversation::snippet)};
  }
};

}  // namespace gmail_mcp::schema

namespace gmail_mcp::views {

/// A message with its `direction`: "received" or "sent". Its texts are bounded: see
/// operation::ArchivedReading.
struct ArchivedMessage : Message {
  std::string direction;
  std::optional<bool> html_left_out;

  static auto fields() {
    return schema::Fields<ArchivedMessage>{Message::fields()} +
           schema::Fields{
               schema::field("direction", &ArchivedMessage::direction),
               schema::field("html_left_out", &ArchivedMessage::html_left_out).omit_empty()};
  }
};

ArchivedMessage of(operation::ArchivedReading reading);

}  // namespace gmail_mcp::views
