#include "app/sandbox_mode.h"

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "crypto/fernet.h"

namespace gmail_mcp::app {

namespace {

namespace files = std::filesystem;

std::string key_file_of(const std::string& database) { return database + ".sandbox-key"; }

Secret read_or_make_key(const std::string& file) {
  if (std::ifstream in{file}; in) {
    std::string text;
    std::getline(in, text);
    return Secret{std::string{trim(text)}};
  }
  auto key = crypto::KeyRing::generate();
  if (const auto folder = files::path{file}.parent_path(); !folder.empty()) {
    std::error_code exists;
    files::create_directories(folder, exists);
  }
  std::ofstream out{file};
  files::permissions(file, files::perms::owner_read | files::perms::owner_write);
  out << key.reveal() << '\n';
  if (!out.flush()) {
    throw Error{Errc::misconfigured, "The key file of the sandbox cannot be written.",
                "Check that " + file + " may be created."};
  }
  return key;
}

}  // namespace

std::string sandbox_database(const setup::Loaded& loaded) {
  const auto& path = loaded.settings.storage.sqlite.path;
  if (path != setup::SqliteSettings{}.path) return path;
  return (loaded.own_folder.empty() ? "." : loaded.own_folder) + "/sandbox.db";
}

std::unique_ptr<SandboxProgram> enter_sandbox(setup::Loaded& loaded, int log_descriptor, Log& log) {
  auto& settings = loaded.settings;
  const auto database = sandbox_database(loaded);
  const auto key_file = key_file_of(database);
  if (database != ":memory:" && files::exists(database) && !files::exists(key_file)) {
    throw Error{Errc::misconfigured, "The database is not one of the sandbox.",
                "It may hold real connections. Give the sandbox a file of its own with "
                "GMAIL_MCP_STORAGE_SQLITE_PATH."};
  }
  settings.encryption_key =
      database == ":memory:" ? crypto::KeyRing::generate() : read_or_make_key(key_file);
  settings.previous_encryption_keys.clear();
  settings.storage.type = setup::StorageType::sqlite;
  settings.storage.sqlite.path = database;

  // Its connections are kept in a database, so its tokens must outlive its memory.
  const auto keys = crypto::KeyRing::parse(settings.all_keys()).value();
  auto google =
      std::make_unique<SandboxProgram>(settings.log, keys.derive("sandbox grants"), log_descriptor);
  const auto& place = google->place();
  settings.google.client_id = place.client_id;
  settings.google.client_secret = Secret{place.client_secret};
  settings.google.auth_url = place.url + "/o/oauth2/v2/auth";
  settings.google.token_url = place.url + "/token";
  settings.google.revoke_url = place.url + "/revoke";
  settings.google.userinfo_url = place.url + "/v1/userinfo";
  settings.google.api_url = place.url;
  settings.google.ca_file.clear();
  settings.google.proxy.clear();
  settings.mail.imap_host = place.host;
  settings.mail.imap_port = place.imap_port;
  settings.mail.imap_tls = setup::MailEncryption::none;
  settings.mail.smtp_host = place.host;
  settings.mail.smtp_port = place.smtp_port;
  settings.mail.smtp_tls = setup::MailEncryption::none;
  settings.mail.ca_file.clear();
  log.info("sandbox_entered", {{"database", database}});
  return google;
}

void refuse_sandbox_database(const setup::Settings& settings) {
  const auto where = settings.storage.where();
  const auto file = where ? store::local_file(*where) : std::nullopt;
  if (!file || !files::exists(key_file_of(*file))) return;
  throw Error{Errc::misconfigured, "The database belongs to the sandbox.",
              "Start with --sandbox, or set GMAIL_MCP_STORAGE_SQLITE_PATH to another file."};
}

}  // namespace gmail_mcp::app
