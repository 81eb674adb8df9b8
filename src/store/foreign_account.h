#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/connection.h"
#include "store/connections.h"

namespace gmail_mcp::store {

/// An account as another program's database has it. Nothing in it has been checked.
struct ForeignAccount {
  std::string id;
  std::string user;
  std::string address;
  model::ConnectionKind kind = model::ConnectionKind::oauth;
  std::vector<std::string> scopes;  // the requested ones
  std::string display_name;
  Ciphertexts ciphertexts;
  std::optional<Timestamp> token_expires_at;
  bool is_active = true;
};

}  // namespace gmail_mcp::store
