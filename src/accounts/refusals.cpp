#include "accounts/refusals.h"

#include <utility>

namespace gmail_mcp::accounts {

namespace {

std::string why_unusable(const model::Connection& connection) {
  switch (connection.status) {
    case model::ConnectionStatus::pending: return "This Gmail account is not connected yet.";
    case model::ConnectionStatus::disconnected:
    case model::ConnectionStatus::removing: return "This Gmail account is disconnected.";
    case model::ConnectionStatus::active:
    case model::ConnectionStatus::reconnect_required: break;
  }
  return std::string{model::facts_of(connection.kind).refused};
}

}  // namespace

Error connection_not_found() {
  return Error{Errc::not_found, "Connection not found.",
               "Call gmail_list_connections to see the connections you may use."};
}

Error no_app_passwords() {
  return Error{Errc::misconfigured, "Accounts with App Passwords are not offered by this server.",
               "Connect the account with Google: gmail_get_auth_url."};
}

Error undecryptable(std::string_view what) {
  return Error{Errc::misconfigured,
               "The stored " + std::string{what} +
                   " cannot be decrypted with the configured encryption key.",
               "Add the key it was encrypted with to previous_encryption_keys; the account itself "
               "is still connected."};
}

Error reconnect_error(const model::Connection& connection) {
  return Error{Errc::reconnect_required, why_unusable(connection),
               "The person must connect the account again."};
}

}  // namespace gmail_mcp::accounts
