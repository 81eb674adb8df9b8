#include "app/backends.h"

#include <utility>

#include "accounts/refusals.h"
#include "mail/gmail_rest/history_feed.h"
#include "mail/imap_smtp/imap_feed.h"

namespace gmail_mcp::app {

namespace {

mail::Backend gmail_rest(const BackendParts& parts) {
  const auto access = model::Access::system("a mailbox");
  mail::Backend row;
  row.open_mailbox = [parts, access](const model::Connection& connection) {
    Shareholder reader{&parts.answers, connection.external_user_id.str()};
    return mail::open_gmail_rest(parts.gmail, parts.vault.source(access, connection.id),
                                 connection.gmail_address, connection.scopes, std::move(reader));
  };
  row.open_feed = [parts, access](const model::Connection& connection, mail::FeedUse /*use*/) {
    return mail::open_history_feed(parts.gmail, parts.vault.source(access, connection.id),
                                   connection.gmail_address, connection.scopes, parts.reach);
  };
  return row;
}

mail::Backend imap_smtp(const BackendParts& parts) {
  const auto access = model::Access::system("a mailbox");
  const auto password_of = [parts, access](const model::Connection& connection) {
    if (parts.passwords == nullptr) throw accounts::no_app_passwords();
    return parts.passwords->source(access, connection.id);
  };
  mail::Backend row;
  row.open_mailbox = [parts, password_of](const model::Connection& connection) {
    Shareholder reader{&parts.answers, connection.external_user_id.str()};
    return mail::open_imap_smtp(parts.imap_smtp, password_of(connection), connection.gmail_address,
                                std::move(reader));
  };
  row.open_feed = [parts, password_of](const model::Connection& connection, mail::FeedUse use) {
    mail::ImapAccount account{.address = connection.gmail_address,
                              .password = password_of(connection)};
    const mail::ImapFeeds shared{.sessions = parts.imap_smtp.sessions,
                                 .clock = parts.imap_smtp.clock,
                                 .work_pool = parts.imap_smtp.work_pool};
    return mail::open_imap_feed(shared, std::move(account), use);
  };
  return row;
}

}  // namespace

mail::Backends backends(const BackendParts& parts) {
  return {{model::ConnectionKind::oauth, gmail_rest(parts)},
          {model::ConnectionKind::app_password, imap_smtp(parts)}};
}

}  // namespace gmail_mcp::app
