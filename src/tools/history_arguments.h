#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/archive.h"
#include "operation/archived_reading.h"
#include "operation/call.h"
#include "schema/fields.h"
#include "tools/arguments.h"
#include "tools/message_view.h"

// What the tools of the local archive share.
namespace gmail_mcp::tools {

template <class Args>
auto cursor_field(std::string Args::*member) {
  return schema::field("cursor", member, "next_cursor of the page before").at_most(64);
}

/// A message object with its `direction`: "received" or "sent". Its texts are bounded: see
/// operation::ArchivedReading.
struct ArchivedView : MessageView {
  std::string direction;
  std::optional<bool> html_left_out;

  static auto fields() {
    return schema::Fields<ArchivedView>{MessageView::fields()} +
           schema::Fields{
               schema::field("direction", &ArchivedView::direction),
               schema::field("html_left_out", &ArchivedView::html_left_out).omit_empty()};
  }
};

Task<std::vector<ArchivedView>> archived_views(operation::Call& call,
                                               std::vector<model::ArchivedMessage> messages);

struct ContactView {
  std::string email, name;
  std::int64_t message_count = 0;
  Timestamp first_seen{}, last_seen{};

  static auto fields() {
    using schema::field;
    return schema::Fields{field("email", &ContactView::email), field("name", &ContactView::name),
                          field("message_count", &ContactView::message_count),
                          field("first_seen", &ContactView::first_seen),
                          field("last_seen", &ContactView::last_seen)};
  }
};

struct ConversationView {
  std::string thread_id, subject;
  std::vector<MailboxView> participants;
  std::int64_t message_count = 0;
  std::int64_t unread_count = 0;
  Timestamp last_message_at{};
  std::string snippet;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("thread_id", &ConversationView::thread_id),
                          field("subject", &ConversationView::subject),
                          field("participants", &ConversationView::participants),
                          field("message_count", &ConversationView::message_count),
                          field("unread_count", &ConversationView::unread_count),
                          field("last_message_at", &ConversationView::last_message_at),
                          field("snippet", &ConversationView::snippet)};
  }
};
ConversationView view(model::Conversation conversation);

struct ArchivedPage {
  std::vector<ArchivedView> messages;
  std::optional<std::string> next_cursor;

  static auto fields() {
    return schema::Fields{schema::field("messages", &ArchivedPage::messages),
                          schema::field("next_cursor", &ArchivedPage::next_cursor)};
  }
};

}  // namespace gmail_mcp::tools
