#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

/// What people type, judged before anybody is asked. Pure.
namespace gmail_mcp::accounts {

/// The address without blanks around it; invalid_argument for what is no address.
Result<std::string> typed_address(std::string_view text);

/// The App Password without the blanks Google shows it with; invalid_argument for what cannot be
/// one on any server. Errors do not repeat it.
Result<Secret> typed_password(const Secret& text);

/// Google's App Passwords are 16 lower case letters; an ordinary password hardly ever is.
bool looks_like_app_password(const Secret& password);

/// invalid_argument for a name that cannot stand in a From field.
Result<std::string> typed_name(std::string_view text);

}  // namespace gmail_mcp::accounts
