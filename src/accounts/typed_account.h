#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

/// Checks what people type, before any server is asked. Pure.
namespace gmail_mcp::accounts {

/// The address without blanks around it; invalid_argument if it is not an address.
Result<std::string> typed_address(std::string_view text);

/// The App Password without the blanks with which Google shows it; invalid_argument for anything
/// that cannot be a password on any server. Errors do not repeat it.
Result<Secret> typed_password(const Secret& text);

/// Google's App Passwords are 16 lower-case letters; ordinary passwords hardly ever are.
bool looks_like_app_password(const Secret& password);

/// invalid_argument for a name that cannot stand in a From field.
Result<std::string> typed_name(std::string_view text);

}  // namespace gmail_mcp::accounts
