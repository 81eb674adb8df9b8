#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/connection.h"
#include "model/message.h"
#include "schema/fields.h"

// Views of a mailbox and of its connection.
namespace gmail_mcp::schema {

template <>
struct FieldsOf<model::Profile> {
  static auto fields() {
    using model::Profile;
    return Fields{field("email_address", &Profile::email_address),
                  field("messages_total", &Profile::messages_total),
                  field("threads_total", &Profile::threads_total),
                  field("history_id", &Profile::history_id)};
  }
};

}  // namespace gmail_mcp::schema

namespace gmail_mcp::views {

struct Label {
  std::string id, name, type;  // "system" or "user"
  std::optional<std::int64_t> message_count, unread_count;
  std::string color;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &Label::id),
                          field("name", &Label::name),
                          field("type", &Label::type),
                          field("message_count", &Label::message_count),
                          field("unread_count", &Label::unread_count),
                          field("color", &Label::color).omit_empty()};
  }
};

/// The owner and the state of a connection, without its id, which has several names.
struct Standing {
  std::string user_id, kind, status, state;
  bool is_active = false;
  Timestamp created_at{};
  std::optional<Timestamp> last_ok, last_error_at;
  std::string last_error;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("user_id", &Standing::user_id),
                          field("kind", &Standing::kind),
                          field("status", &Standing::status),
                          field("state", &Standing::state),
                          field("is_active", &Standing::is_active),
                          field("created_at", &Standing::created_at),
                          field("last_ok", &Standing::last_ok),
                          field("last_error", &Standing::last_error),
                          field("last_error_at", &Standing::last_error_at)};
  }
};

struct Connection : Standing {
  std::string id, gmail_address;
  std::vector<std::string> scopes;
  std::optional<Timestamp> last_used_at;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &Connection::id),
                          field("gmail_address", &Connection::gmail_address),
                          field("scopes", &Connection::scopes),
                          field("last_used_at", &Connection::last_used_at)} +
           schema::Fields<Connection>{Standing::fields()};
  }
};

Label of(model::Label label);
Standing standing_of(const model::Connection& connection);
Connection of(model::Connection connection);

}  // namespace gmail_mcp::views
