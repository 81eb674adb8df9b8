#include "setup/new_config.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "crypto/fernet.h"

namespace gmail_mcp::setup {

namespace {

namespace files = std::filesystem;

// As a YAML scalar in single quotes, where only the quote itself is special.
std::string yaml_text(std::string_view text) {
  const bool is_plain = std::all_of(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) >= ' '; });
  if (!is_plain || text.size() > 2048) {
    throw Error{Errc::invalid_argument, "A value is too long or contains control characters.",
                "Give each value on one line."};
  }
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

std::string value_or(std::string_view value, std::string_view placeholder) {
  return yaml_text(value.empty() ? placeholder : value);
}

std::string text_of(const NewConfig& wanted, const Secret& key) {
  std::string text =
      "# gmail-mcp configuration. Holds secrets: keep it 0600 and out of version control.\n";
  if (!key.empty()) {
    text += fmt::format("encryption_key: {}\n", yaml_text(key.reveal()));
  } else {
    text +=
        "# encryption_key: set GMAIL_MCP_ENCRYPTION_KEY, or put a key of gmail-mcp keygen here\n";
  }
  text +=
      fmt::format("google:\n  client_id: {}\n  client_secret: {}\n  redirect_uri: {}\n  scopes:\n",
                  value_or(wanted.google_client_id, "YOUR_CLIENT_ID"),
                  value_or(wanted.google_client_secret.reveal(), "YOUR_CLIENT_SECRET"),
                  yaml_text(wanted.redirect_uri));
  for (const auto& scope : GoogleSettings{}.scopes) text += fmt::format("    - {}\n", scope);
  text += fmt::format("storage:\n  type: {}\n", wanted.database_type);
  if (wanted.database_type == "supabase") {
    text += fmt::format("  supabase:\n    url: {}\n    key: {}\n",
                        value_or(wanted.supabase_url, "YOUR_SUPABASE_URL"),
                        value_or(wanted.supabase_key.reveal(), "YOUR_SUPABASE_KEY"));
  } else if (wanted.database_type == "postgres") {
    text += fmt::format("  postgres:\n    url: {}\n", yaml_text("YOUR_POSTGRES_URL"));
  } else {
    text += fmt::format("  sqlite:\n    path: {}\n",
                        value_or(wanted.sqlite_path, SqliteSettings{}.path));
  }
  const Settings defaults;
  text += fmt::format("oauth_state_ttl_seconds: {}\ntoken_refresh_buffer_seconds: {}\n",
                      defaults.oauth_state_ttl_seconds, defaults.token_refresh_buffer_seconds);
  return text;
}

std::vector<std::string> steps_of_storage(const NewConfig& wanted) {
  std::vector<std::string> steps;
  if (wanted.database_type == "supabase") {
    if (wanted.supabase_url.empty() || wanted.supabase_key.empty()) {
      steps.emplace_back(
          "Put your Supabase project's URL and its service role or secret key (Settings > API "
          "Keys) into storage.supabase.url and storage.supabase.key.");
    }
    steps.emplace_back(
        "Run what `gmail-mcp migrate` prints in the SQL editor of your Supabase project.");
  } else if (wanted.database_type == "postgres") {
    steps.emplace_back(
        "Put the URL of a PostgreSQL database of its own, encoded in UTF-8, into "
        "storage.postgres.url: its tables are made at the first start.");
  } else {
    steps.emplace_back("Nothing to do for SQLite: the database is created at the first start.");
  }
  return steps;
}

std::vector<std::string> steps_after(const NewConfig& wanted, bool has_new_key) {
  std::vector<std::string> steps;
  if (wanted.google_client_id.empty() || wanted.google_client_secret.empty()) {
    steps.emplace_back(
        "In Google Cloud Console enable the Gmail API and create an OAuth client of type Web "
        "application with the redirect URI " +
        wanted.redirect_uri + ".");
    steps.emplace_back(
        "Put its client ID and secret into google.client_id and google.client_secret.");
  }
  for (auto& step : steps_of_storage(wanted)) steps.push_back(std::move(step));
  if (has_new_key) {
    steps.emplace_back(
        "Keep a copy of encryption_key in a safe place: stored tokens open with it alone.");
  }
  steps.emplace_back("Keep the file out of version control: add it to .gitignore.");
  steps.emplace_back("Start the server again; gmail_check_setup then says what is still missing.");
  return steps;
}

// Readable only by its owner; never replaces a file or follows a link.
void write_new_file(const std::string& path, std::string_view text) {
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0 && errno == EEXIST) {
    throw Error{Errc::conflict, "There is a configuration file already, and it was not changed.",
                "Edit " + path + ", or move it away first."};
  }
  if (descriptor < 0) {
    throw Error{Errc::misconfigured, "The configuration file cannot be written.",
                "Let its folder be written to, or name another file: with --output to gmail-mcp "
                "init, with GMAIL_MCP_CONFIG to the server."};
  }
  std::FILE* file = ::fdopen(descriptor, "w");
  bool is_whole = file != nullptr &&
                  std::fwrite(text.data(), 1, text.size(), file) == text.size() &&
                  std::fflush(file) == 0 && ::fsync(descriptor) == 0;
  is_whole = (file == nullptr ? ::close(descriptor) : std::fclose(file)) == 0 && is_whole;
  if (is_whole) return;
  // An incomplete configuration is useless, and would be in the way of the next attempt.
  ::unlink(path.c_str());
  throw Error{Errc::misconfigured, "The configuration file could not be written whole.",
              "Look whether the disk is full."};
}

}  // namespace

WrittenConfig write_config(const std::string& path, const NewConfig& wanted) {
  WrittenConfig written;
  std::error_code failed;
  written.path = files::absolute(path, failed).lexically_normal().string();
  const auto& wish = wanted.output_path;
  const auto asked = files::absolute(wish && !wish->empty() ? *wish : path, failed);
  if (asked.lexically_normal() != written.path) {
    throw Error{Errc::invalid_argument,
                "The argument output_path is not the path this server is configured to read.",
                "Leave it out, or start the server with --config."};
  }
  if (wanted.generate_encryption_key) written.encryption_key = crypto::KeyRing::generate();
  const auto text = text_of(wanted, written.encryption_key);
  written.next_steps = steps_after(wanted, !written.encryption_key.empty());

  files::create_directories(files::path{written.path}.parent_path(), failed);
  write_new_file(written.path, text);
  return written;
}

}  // namespace gmail_mcp::setup
