#pragma once

#include <string>

namespace gmail_mcp::google {

/// Google's addresses. Each can be overridden by settings (`google.auth_url` …): tests, the
/// sandbox, private service connect.
struct Endpoints {
  std::string auth_url = "https://accounts.google.com/o/oauth2/v2/auth";
  std::string token_url = "https://oauth2.googleapis.com/token";
  std::string revoke_url = "https://oauth2.googleapis.com/revoke";
  std::string userinfo_url = "https://openidconnect.googleapis.com/v1/userinfo";
  std::string api_url = "https://gmail.googleapis.com";  // without a trailing slash

  bool operator==(const Endpoints&) const = default;
};

}  // namespace gmail_mcp::google
