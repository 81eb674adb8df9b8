#include "setup/database_url.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gmail_mcp::setup {

namespace {

// The options of a URL that libpq knows (PostgreSQL 15, §34.1.2), without those that set a state of
// the session: `options`, `replication`.
constexpr std::array<std::string_view, 27> of_libpq{"application_name",
                                                    "channel_binding",
                                                    "client_encoding",
                                                    "connect_timeout",
                                                    "dbname",
                                                    "fallback_application_name",
                                                    "gssencmode",
                                                    "host",
                                                    "hostaddr",
                                                    "keepalives",
                                                    "keepalives_count",
                                                    "keepalives_idle",
                                                    "keepalives_interval",
                                                    "passfile",
                                                    "password",
                                                    "port",
                                                    "ssl_max_protocol_version",
                                                    "ssl_min_protocol_version",
                                                    "sslcert",
                                                    "sslcrl",
                                                    "sslkey",
                                                    "sslmode",
                                                    "sslpassword",
                                                    "sslrootcert",
                                                    "sslsni",
                                                    "target_session_attrs",
                                                    "user"};

bool is_of_libpq(std::string_view name) {
  return std::find(of_libpq.begin(), of_libpq.end(), name) != of_libpq.end();
}

// "ssl" of asyncpg and of JDBC.
std::string in_words_of_libpq(std::string_view option) {
  if (!option.starts_with("ssl=")) return std::string{option};
  const auto value = option.substr(option.find('=') + 1);
  if (value == "true" || value == "1") return "sslmode=require";
  if (value == "false" || value == "0") return "sslmode=disable";
  return "sslmode=" + std::string{value};
}

std::string_view without_driver(std::string_view scheme) {
  return scheme.substr(0, scheme.find('+'));
}

Error unknown_url(std::string message, std::string hint) {
  return Error{Errc::misconfigured, std::move(message), std::move(hint)};
}

}  // namespace

Result<DatabaseUrl> read_postgres_url(std::string_view text) {
  const auto colon = text.find("://");
  const auto scheme = without_driver(text.substr(0, std::min(colon, text.size())));
  if (colon == std::string_view::npos || (scheme != "postgresql" && scheme != "postgres") ||
      text.size() == colon + 3) {
    return unknown_url("The URL of the PostgreSQL database is not one.",
                       "Write GMAIL_MCP_STORAGE_POSTGRES_URL as "
                       "postgresql://user:password@host:5432/name.");
  }
  auto rest = text.substr(colon + 3);
  const auto question = rest.find('?');
  std::string url = "postgresql://" + std::string{rest.substr(0, question)};
  DatabaseUrl found{"postgres", "", Secret{}, {}};
  if (question != std::string_view::npos) {
    char before = '?';
    for (const auto& part : split(rest.substr(question + 1), '&')) {
      if (part.empty()) continue;
      const auto option = in_words_of_libpq(part);
      const auto name = option.substr(0, option.find('='));
      if (!is_of_libpq(name)) {
        found.left_out.push_back(name);
        continue;
      }
      url += before + option;
      before = '&';
    }
  }
  found.postgres_url = Secret{std::move(url)};
  return found;
}

Result<DatabaseUrl> parse_database_url(std::string_view text) {
  const auto colon = text.find("://");
  if (colon != std::string_view::npos) {
    const auto scheme = without_driver(text.substr(0, colon));
    const auto rest = text.substr(colon + 3);
    if (scheme == "sqlite" && rest.empty()) return DatabaseUrl{"sqlite", ":memory:", Secret{}, {}};
    const auto options = rest.find('?');
    const auto file = rest.substr(0, options);
    // "file:" is SQLite's own kind of URL, whose options we would lose.
    const bool is_file = file.starts_with('/') && file.size() > 1 && !file.starts_with("/file:");
    if (scheme == "sqlite" && is_file) {
      DatabaseUrl found{"sqlite", std::string{file.substr(1)}, Secret{}, {}};
      if (options != std::string_view::npos) found.left_out.emplace_back();
      return found;
    }
    if ((scheme == "postgresql" || scheme == "postgres") && !rest.empty()) {
      return read_postgres_url(text);
    }
  }
  return unknown_url("DATABASE_URL is not a database URL this program knows.",
                     "Write sqlite:///file.db, sqlite:////var/lib/file.db or "
                     "postgresql://user@host/name.");
}

}  // namespace gmail_mcp::setup
