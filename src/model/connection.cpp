#include "model/connection.h"

#include <algorithm>

#include "base/text.h"

namespace gmail_mcp::model {

std::optional<ConnectionId> parse_connection_id(std::string text) {
  const bool has_dashes = text.size() == 36;
  if (!has_dashes && text.size() != 32) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = has_dashes && (i == 8 || i == 13 || i == 18 || i == 23);
    const auto allowed = is_dash ? std::string_view{"-"} : "0123456789abcdefABCDEF";
    if (allowed.find(text[i]) == allowed.npos) return std::nullopt;
  }
  return ConnectionId{to_lower_ascii(text)};
}

std::span<const KindFacts> connection_kinds() {
  static constexpr KindFacts rows[] = {
      {.kind = ConnectionKind::oauth,
       .name = "oauth",
       .by_consent = true,
       .credential = "permission",
       .refused = "Token refresh failed: Google no longer accepts the consent given for this "
                  "account.",
       .way_out = "Take it back at any time at myaccount.google.com/permissions."},
      {.kind = ConnectionKind::app_password,
       .name = "app_password",
       .by_consent = false,
       .credential = "App Password",
       .refused = "Google no longer accepts the App Password of this account.",
       .way_out = "End it at any time by deleting the App Password at "
                  "myaccount.google.com/apppasswords."},
  };
  return rows;
}

const KindFacts& facts_of(ConnectionKind kind) {
  const auto rows = connection_kinds();
  return *std::find_if(rows.begin(), rows.end(),
                       [kind](const KindFacts& row) { return row.kind == kind; });
}

std::string_view to_string(ConnectionKind kind) { return facts_of(kind).name; }

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
  for (const auto& row : connection_kinds()) {
    if (row.name == text) return row.kind;
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
