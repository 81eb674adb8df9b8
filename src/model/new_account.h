#pragma once

#include <string>

#include "base/secret.h"
#include "model/user.h"

namespace gmail_mcp::model {

/// An account somebody wants to connect with a Google App Password.
struct NewAccount {
  ExternalUserId user;
  std::string email;
  Secret app_password;       // as typed: blanks are dropped
  std::string display_name;  // for From; empty keeps the one that is known
};

}  // namespace gmail_mcp::model
