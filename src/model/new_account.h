#pragma once

#include <string>

#include "base/secret.h"
#include "model/user.h"

namespace gmail_mcp::model {

/// An account to be connected with a Google App Password.
struct NewAccount {
  ExternalUserId user;
  std::string email;
  Secret app_password;       // as typed: blanks are dropped
  std::string display_name;  // for From; empty keeps the known one
};

}  // namespace gmail_mcp::model
