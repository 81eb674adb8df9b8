#include "setup/database_url.h"

namespace gmail_mcp::setup {

Result<DatabaseUrl> parse_database_url(std::string_view text) {
  const auto colon = text.find("://");
  if (colon != std::string_view::npos) {
    auto scheme = text.substr(0, colon);
    scheme = scheme.substr(0, scheme.find('+'));
    const auto rest = text.substr(colon + 3);
    if (scheme == "sqlite" && rest.empty())
      return DatabaseUrl{"sqlite", ":memory:", Secret{}, false};
    const auto options = rest.find('?');
    const auto file = rest.substr(0, options);
    // "file:" is SQLite's own kind of URL, whose options we would lose.
    const bool is_file = file.starts_with('/') && file.size() > 1 && !file.starts_with("/file:");
    if (scheme == "sqlite" && is_file) {
      return DatabaseUrl{"sqlite", std::string{file.substr(1)}, Secret{},
                         options != std::string_view::npos};
    }
    if ((scheme == "postgresql" || scheme == "postgres") && !rest.empty()) {
      return DatabaseUrl{"postgres", "", Secret{"postgresql://" + std::string{rest}}, false};
    }
  }
  return Error{
      Errc::misconfigured, "DATABASE_URL is not a database URL this program knows.",
      "Write sqlite:///file.db, sqlite:////var/lib/file.db or postgresql://user@host/name."};
}

}  // namespace gmail_mcp::setup
