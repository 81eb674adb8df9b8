// Mail goes out by SMTP; Gmail keeps it in Sent by itself, where it is looked for afterwards.
#include <algorithm>
#include <array>
#include <utility>

#include "base/offload.h"
#include "base/text.h"
#include "mail/imap_smtp/envelope.h"
#include "mail/imap_smtp/imap_smtp_mailbox.h"
#include "mail/imap_smtp/labels.h"
#include "mail/imap_smtp/outline.h"
#include "mail/imap_smtp/plain_search.h"
#include "mail/label_rules.h"
#include "mime/header.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;
using std::chrono::milliseconds;

// Gmail indexes what it sent within a second or two; nobody waits longer than that for an id.
constexpr std::array<milliseconds, 3> until_indexed{milliseconds{200}, milliseconds{500},
                                                    milliseconds{1'000}};
constexpr std::size_t most_looked_at = 200;

// For X-GM-RAW, which would take other words for operators.
std::string bare_id(std::string_view message_id) {
  if (message_id.starts_with('<')) message_id.remove_prefix(1);
  if (message_id.ends_with('>')) message_id.remove_suffix(1);
  const bool is_plain = std::all_of(message_id.begin(), message_id.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '(' && c != ')' && c != '{' &&
           c != '}' && c != '\\' && c != 0x7f;
  });
  return is_plain ? std::string{message_id} : std::string{};
}

model::Sent sent_of(const model::Message& message) {
  model::Sent sent;
  sent.message_id = message.id;
  sent.thread_id = message.thread_id;
  return sent;
}

}  // namespace

Task<std::vector<std::string>> ImapSmtpMailbox::read_recipients(const std::string& rfc822) {
  auto work = [&rfc822] { return recipients_of(rfc822); };
  auto recipients = co_await offload(shared_.work_pool, rfc822.size(), work);
  co_return std::move(recipients).value();
}

Task<std::string> ImapSmtpMailbox::read_message_id(const std::string& rfc822) {
  auto work = [&rfc822] { return message_id_of(rfc822); };
  co_return co_await offload(shared_.work_pool, rfc822.size(), work);
}

Task<std::vector<model::SenderAddress>> ImapSmtpMailbox::sender_addresses() {
  co_return only_own_address(account_.address);
}

Task<void> ImapSmtpMailbox::submit(std::vector<std::string> to, std::string rfc822,
                                   std::function<void()> handed_over) {
  auto hide = [&rfc822] {
    remove_bcc(rfc822);
    return true;
  };
  co_await offload(shared_.work_pool, rfc822.size(), hide);
  smtp::Login login;
  login.address = account_.address;
  login.password = co_await account_.password->password();
  smtp::Letter letter;
  letter.from = account_.address;
  letter.to = std::move(to);
  letter.bytes = std::move(rfc822);
  letter.handed_over = std::move(handed_over);
  const auto used = login.password;
  bool is_refused = false;
  try {
    co_await shared_.submission.submit(std::move(login), std::move(letter));
  } catch (const Error& error) {
    is_refused = error.code == Errc::reconnect_required;
    if (!is_refused) throw;
  }
  if (!is_refused) co_return;
  auto error = co_await account_.password->refused(used);
  throw Error{std::move(error)};
}

Task<model::Sent> ImapSmtpMailbox::send(Outgoing mail) {
  auto message_id = co_await read_message_id(mail.rfc822);
  co_await submit(std::move(mail.envelope_to), std::move(mail.rfc822), std::move(mail.handed_over));
  co_return co_await find_soon(std::move(message_id));
}

// The letter is out: whatever goes wrong here only costs the ids.
Task<model::Sent> ImapSmtpMailbox::find_soon(std::string message_id) {
  std::optional<model::Sent> found;
  for (std::size_t i = 0; i <= until_indexed.size() && !found; ++i) {
    if (i > 0) co_await shared_.clock.sleep(until_indexed[i - 1]);
    try {
      const auto work = [&](Client& client) -> Task<std::optional<model::Sent>> {
        co_await places(client);
        co_return co_await sent_by_id(client, message_id);
      };
      found = co_await with<std::optional<model::Sent>>(work);
    } catch (const Error&) {
      break;
    }
    // Only Gmail keeps by itself what was handed in.
    if (!capabilities_.labels) break;
  }
  co_return found ? std::move(*found) : model::Sent{};
}

Task<std::optional<model::Sent>> ImapSmtpMailbox::sent_by_id(Client& client,
                                                             std::string message_id) {
  const auto id = bare_id(message_id);
  const auto known = co_await places(client);
  auto place = known->find(SpecialUse::all);
  if (!place || !client.is_gmail()) place = known->find(SpecialUse::sent);
  if (id.empty() || !place) co_return std::nullopt;
  imap::Search search;
  if (client.is_gmail()) {
    search.gmail("rfc822msgid:" + id);
  } else {
    search.text("HEADER Message-ID", id);
  }
  auto uids = co_await search_in(client, place->folder, std::move(search), Mode::read);
  auto few = uids.take_highest(most_looked_at);
  const auto all = co_await read(client, std::move(*place), std::move(few), Depth::minimal, 0);
  for (const auto& one : all) {
    // Somebody may have sent us a message with this id, or it lies there as a draft.
    if (has_label(one.message, "SENT") && !has_label(one.message, "DRAFT")) {
      co_return sent_of(one.message);
    }
  }
  co_return std::nullopt;
}

Task<std::optional<model::Sent>> ImapSmtpMailbox::sent_by_mark(Client& client, std::string send_id,
                                                               Timestamp since) {
  const auto known = co_await places(client);
  auto place = known->find(SpecialUse::sent);
  if (send_id.empty() || !place) co_return std::nullopt;
  // Gmail does not search by headers of others; SINCE knows days in the server's own zone.
  imap::Search search;
  search.keys("SINCE " +
              imap_date(std::chrono::floor<std::chrono::days>(since) - std::chrono::days{1}));
  auto uids = co_await search_in(client, place->folder, std::move(search), Mode::read);
  auto latest = uids.take_highest(most_looked_at);
  imap::FetchItems items;
  items.sections = {"HEADER"};
  const auto headers = co_await client.fetch(std::move(latest), std::move(items));
  std::size_t bytes = 0;
  for (const auto& one : headers) bytes += bytes_of(one);
  auto work = [&] {
    imap::UidSet found;
    for (const auto& one : headers) {
      const auto* header = one.section("HEADER");
      if (header == nullptr || one.uid == 0) continue;
      const auto root = mime::read_message(*header);
      if (root && mime::header(*root, "X-Gmail-MCP-Send") == send_id) found.add(one.uid);
    }
    return found;
  };
  auto marked = co_await offload(shared_.work_pool, bytes, work);
  const auto all = co_await read(client, std::move(*place), std::move(marked), Depth::minimal, 0);
  for (const auto& one : all) {
    // Servers keep seconds.
    if (one.message.date + std::chrono::seconds{1} > since) co_return sent_of(one.message);
  }
  co_return std::nullopt;
}

Task<std::optional<model::Sent>> ImapSmtpMailbox::find_sent(std::string rfc822_message_id,
                                                            std::string send_id, Timestamp since) {
  const auto work = [&](Client& client) -> Task<std::optional<model::Sent>> {
    auto found = co_await sent_by_id(client, rfc822_message_id);
    if (!found) found = co_await sent_by_mark(client, send_id, since);
    co_return found;
  };
  co_return co_await with<std::optional<model::Sent>>(work);
}

}  // namespace gmail_mcp::mail
