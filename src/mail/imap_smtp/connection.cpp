// Finds the connection, the folders and the message for a call of a mailbox.
#include <utility>

#include "mail/imap_smtp/imap_smtp_mailbox.h"
#include "mail/imap_smtp/labels.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::chrono::seconds keep_places{60};

}  // namespace

imap::UidSet just(imap::Uid uid) {
  imap::UidSet set;
  set.add(uid);
  return set;
}

Error no_such(std::string_view thing) {
  return {Errc::not_found, "There is no such " + std::string{thing} + ".",
          "It may have been deleted; look for it with a search."};
}

Error needs_gmail(std::string_view what) {
  return {Errc::unsupported, "This mail server is not Gmail and has no " + std::string{what} + ".",
          "Connect a Gmail account for that."};
}

ImapSmtpMailbox::ImapSmtpMailbox(const ImapSmtp& shared,
                                 std::shared_ptr<accounts::PasswordSource> password,
                                 std::string address, Shareholder reader)
    : shared_{shared},
      account_{std::move(address), std::move(password)},
      reader_{std::move(reader)} {}

ImapSmtpMailbox::~ImapSmtpMailbox() { shared_.sessions.forget(account_.address); }

Task<SessionLease> ImapSmtpMailbox::fresh() {
  // Nothing has been done yet: it may be tried again like a read.
  const auto work = [](SessionLease& lease) -> Task<SessionLease> {
    if (lease.was_used()) co_await lease->noop();
    co_return std::move(lease);
  };
  co_return co_await shared_.sessions.repeat<SessionLease>(account_, work);
}

Task<std::shared_ptr<const Places>> ImapSmtpMailbox::places(Client& client) {
  const bool is_gmail = client.is_gmail();
  capabilities_.gmail_search = capabilities_.threads = capabilities_.labels = is_gmail;
  const auto now = shared_.clock.steady_now();
  if (places_ && now < places_until_) co_return places_;
  auto folders = co_await client.folders();
  places_ = std::make_shared<const Places>(std::move(folders), is_gmail);
  places_until_ = now + keep_places;
  co_return places_;
}

Task<void> ImapSmtpMailbox::open(Client& client, std::string folder, Mode mode) {
  if (mode == Mode::read) {
    co_await client.examine(std::move(folder));
  } else {
    co_await client.select(std::move(folder));
  }
}

Task<imap::UidSet> ImapSmtpMailbox::search_in(Client& client, std::string folder,
                                              imap::Search search, Mode mode) {
  std::optional<imap::UidSet> found;
  std::vector<Task<void>> steps;
  steps.push_back(open(client, std::move(folder), mode));
  steps.push_back(detail::store_result(client.search(std::move(search)), found));
  co_await run_all(std::move(steps));
  co_return std::move(*found);
}

Task<std::optional<ImapSmtpMailbox::Located>> ImapSmtpMailbox::locate_in(Client& client,
                                                                         Place place,
                                                                         std::string id,
                                                                         Mode mode) {
  imap::Search search;
  const auto plain = parse_plain_id(id);
  if (client.is_gmail()) {
    const auto number = gmail_number(id);
    if (!number) co_return std::nullopt;
    search.keys("X-GM-MSGID " + std::to_string(*number));
  } else {
    if (!plain || plain->folder != place.folder) co_return std::nullopt;
    search.uids(just(plain->uid));
  }
  imap::UidSet uids;
  try {
    uids = co_await search_in(client, place.folder, std::move(search), mode);
  } catch (const Error& error) {
    // The folder was removed since it was listed.
    if (error.code != Errc::not_found) throw;
    co_return std::nullopt;
  }
  const auto* selected = client.selected();
  const bool is_other =
      plain && (selected == nullptr || selected->uid_validity != plain->uid_validity);
  if (uids.empty() || is_other) co_return std::nullopt;
  Located found;
  found.place = std::move(place);
  found.uid = uids.highest();
  co_return found;
}

Task<ImapSmtpMailbox::Located> ImapSmtpMailbox::locate(Client& client, std::string id, Mode mode) {
  const auto known = co_await places(client);
  std::vector<Place> where;
  if (client.is_gmail()) {
    where = known->everywhere();
  } else if (const auto plain = parse_plain_id(id)) {
    if (auto place = known->named(plain->folder)) where.push_back(std::move(*place));
  }
  for (auto& place : where) {
    auto found = co_await locate_in(client, std::move(place), id, mode);
    if (found) co_return std::move(*found);
  }
  throw no_such("message");
}

std::unique_ptr<Mailbox> open_imap_smtp(const ImapSmtp& shared,
                                        std::shared_ptr<accounts::PasswordSource> password,
                                        std::string address, Shareholder reader) {
  return std::make_unique<ImapSmtpMailbox>(shared, std::move(password), std::move(address),
                                           std::move(reader));
}

}  // namespace gmail_mcp::mail
