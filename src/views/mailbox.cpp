#include "views/mailbox.h"

#include <utility>

namespace gmail_mcp::views {

Label of(model::Label label) {
  Label out;
  out.id = label.id.str();
  out.name = std::move(label.name);
  out.type = label.is_system ? "system" : "user";
  out.message_count = label.messages_total;
  out.unread_count = label.messages_unread;
  out.color = std::move(label.background_color);
  return out;
}

Standing standing_of(const model::Connection& connection) {
  Standing out;
  out.user_id = connection.external_user_id.str();
  out.kind = to_string(connection.kind);
  out.status = to_string(connection.status);
  out.state = connection.state();
  out.is_active = connection.is_active();
  out.created_at = connection.created_at;
  out.last_ok = connection.last_ok_at;
  out.last_error = connection.last_error;
  out.last_error_at = connection.last_error_at;
  return out;
}

Connection of(model::Connection connection) {
  Connection out;
  static_cast<Standing&>(out) = standing_of(connection);
  out.id = connection.id.str();
  out.gmail_address = std::move(connection.gmail_address);
  out.scopes = std::move(connection.scopes);
  out.last_used_at = connection.last_used_at;
  return out;
}

}  // namespace gmail_mcp::views
