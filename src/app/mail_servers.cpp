#include "app/mail_servers.h"

#include <chrono>
#include <utility>

namespace gmail_mcp::app {

namespace {

// The time that a person in front of a page, or an HTTP client, will wait.
constexpr std::chrono::seconds patience{25};

template <class Encryption>
Encryption encryption_of(setup::MailEncryption encryption) {
  switch (encryption) {
    case setup::MailEncryption::implicit: return Encryption::implicit;
    case setup::MailEncryption::starttls: return Encryption::starttls;
    case setup::MailEncryption::none: return Encryption::none;
  }
  return Encryption::implicit;
}

Task<void> sign_in_to_imap(imap::Server server, std::shared_ptr<const net::TlsContext> tls,
                           imap::Login login) {
  auto client = co_await imap::Client::connect(std::move(server), std::move(tls));
  co_await client->login(std::move(login));
  co_await client->logout();
}

}  // namespace

imap::Server imap_server(const setup::MailSettings& settings) {
  imap::Server server;
  server.host = settings.imap_host;
  server.port = settings.imap_port;
  server.encryption = encryption_of<imap::Encryption>(settings.imap_tls);
  server.ca_file = settings.ca_file;
  return server;
}

smtp::Server smtp_server(const setup::MailSettings& settings) {
  smtp::Server server;
  server.host = settings.smtp_host;
  server.port = settings.smtp_port;
  server.encryption = encryption_of<smtp::Encryption>(settings.smtp_tls);
  // On this port TLS never begins with the first byte (RFC 8314 §7.3).
  const bool is_submission = settings.smtp_port == 587;
  if (is_submission && server.encryption == smtp::Encryption::implicit) {
    server.encryption = smtp::Encryption::starttls;
  }
  server.ca_file = settings.ca_file;
  return server;
}

PasswordCheck::PasswordCheck(const setup::MailSettings& settings)
    : imap_{imap_server(settings)},
      authorities_{settings.ca_file},
      submission_{smtp_server(settings)} {}

Task<void> PasswordCheck::verify(std::string address, Secret password) {
  imap::Login reader;
  reader.address = address;
  reader.secret = password;
  auto tls = authorities_.context();
  auto reading = with_deadline(patience, sign_in_to_imap(imap_, std::move(tls), std::move(reader)));
  co_await std::move(reading);
  smtp::Login sender;
  sender.address = std::move(address);
  sender.password = std::move(password);
  auto sending = with_deadline(patience, submission_.verify(std::move(sender)));
  co_await std::move(sending);
}

}  // namespace gmail_mcp::app
