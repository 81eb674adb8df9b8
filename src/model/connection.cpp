#include "model/connection.h"

namespace gmail_mcp::model {

std::optional<ConnectionId> parse_connection_id(std::string text) {
  const bool has_dashes = text.size() == 36;
  if (!has_dashes && text.size() != 32) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = has_dashes && (i == 8 || i == 13 || i == 18 || i == 23);
    const auto allowed = is_dash ? std::string_view{"-"} : "0123456789abcdefABCDEF";
    if (allowed.find(text[i]) == allowed.npos) return std::nullopt;
  }
  return ConnectionId{std::move(text)};
}

std::string_view to_string(ConnectionKind kind) {
  switch (kind) {
    case ConnectionKind::oauth: return "oauth";
    case ConnectionKind::app_password: return "app_password";
  }
  return "";
}

std::string_view to_string(ConnectionStatus status) {
  switch (status) {
    case ConnectionStatus::active: return "active";
    case ConnectionStatus::pending: return "pending";
    case ConnectionStatus::reconnect_required: return "reconnect_required";
    case ConnectionStatus::disconnected: return "disconnected";
    case ConnectionStatus::removing: return "removing";
  }
  return "";
}

std::string_view to_string(MailboxState state) {
  switch (state) {
    case MailboxState::untried: return "untried";
    case MailboxState::working: return "working";
    case MailboxState::failing: return "failing";
  }
  return "";
}

std::span<const std::string_view> connection_states() {
  static constexpr std::string_view words[] = {
      "working", "failing", "untried", "pending", "reconnect_required", "disconnected"};
  return words;
}

MailboxState Connection::mailbox_state() const {
  if (last_error_at && (!last_ok_at || *last_ok_at <= *last_error_at)) {
    return MailboxState::failing;
  }
  return last_ok_at ? MailboxState::working : MailboxState::untried;
}

std::string_view Connection::state() const {
  return is_active() ? to_string(mailbox_state()) : to_string(status);
}

std::optional<ConnectionKind> connection_kind(std::string_view text) {
  for (const auto kind : {ConnectionKind::oauth, ConnectionKind::app_password}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

std::optional<ConnectionStatus> connection_status(std::string_view text) {
  for (const auto status :
       {ConnectionStatus::active, ConnectionStatus::pending, ConnectionStatus::reconnect_required,
        ConnectionStatus::disconnected, ConnectionStatus::removing}) {
    if (to_string(status) == text) return status;
  }
  return std::nullopt;
}

}  // namespace gmail_mcp::model
