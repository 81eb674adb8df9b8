#include "sandbox/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "crypto/digest.h"
#include "http/date.h"
#include "mime/address.h"

namespace gmail_mcp::sandbox {

namespace {

// 21 digits, as Google's account ids have, from the address alone.
std::string account_number(std::string_view email) {
  std::string digits = "1";
  for (const char byte : crypto::sha256(email)) {
    digits += static_cast<char>('0' + static_cast<unsigned char>(byte) % 10);
    if (digits.size() == 21) break;
  }
  return digits;
}

// RFC 5322 §3.3. HTTP's form of a date differs in the zone only.
std::string mail_date(Timestamp time) {
  auto text = http::format_date(time);
  return text.substr(0, text.size() - 3) + "+0000";
}

// Header lines are always added with CRLF, whatever the rest uses.
std::string with_header(std::string_view name, std::string_view value, std::string_view raw) {
  return fmt::format("{}: {}\r\n{}", name, value, raw);
}

std::vector<Address> recipients_of(const Part& mail) {
  std::vector<Address> all;
  for (const auto* field : {"To", "Cc", "Bcc"}) {
    for (auto& address : addresses(mail, field)) all.push_back(std::move(address));
  }
  return all;
}

}  // namespace

Account::Account(std::string address, std::string full_name, Clock& clock)
    : email{std::move(address)},
      name{std::move(full_name)},
      sub{account_number(email)},
      mailbox{email, clock} {}

bool Account::may_send_as(std::string_view address) const {
  return equals_ignoring_case(address, email) ||
         std::any_of(send_as.begin(), send_as.end(), [&](const SendAs& one) {
           return one.is_accepted && equals_ignoring_case(address, one.email);
         });
}

Account& World::add_account(std::string email, std::string name) {
  accounts_.push_back(
      std::make_unique<Account>(to_lower_ascii(trim(email)), std::move(name), clock_));
  return *accounts_.back();
}

Account* World::find(std::string_view email) {
  for (const auto& account : accounts_) {
    if (equals_ignoring_case(account->email, email)) return account.get();
  }
  return nullptr;
}

Account* World::owner_of(std::string_view address) {
  for (const auto& account : accounts_) {
    if (account->may_send_as(address)) return account.get();
  }
  return nullptr;
}

Mailbox& World::mailbox(std::string_view email) {
  if (auto* account = find(email)) return account->mailbox;
  throw Error{Errc::not_found, "The sandbox has no such account."};
}

Result<std::string> World::deliver(std::string_view email, std::string_view raw,
                                   std::vector<std::string> labels, std::optional<Timestamp> at) {
  auto* account = find(email);
  if (account == nullptr) return Error{Errc::not_found, "The sandbox has no such account."};
  const auto time = at.value_or(clock_.now());
  const auto senders = addresses(parse_mail(raw), "From");
  const auto sender = senders.empty() ? std::string{} : senders.front().email;
  auto delivered = with_header("Return-Path", fmt::format("<{}>", sender), raw);
  delivered = with_header(
      "Received",
      fmt::format("from mail-sandbox.example by mx.sandbox.example; {}", mail_date(time)),
      delivered);
  Arrival arrival;
  arrival.raw = with_header("Delivered-To", account->email, delivered);
  arrival.labels = std::move(labels);
  arrival.internal_date = time;
  auto message = account->mailbox.add(std::move(arrival));
  if (!message) return std::move(message).error();
  return (*message)->id;
}

Result<const StoredMessage*> World::send(Account& sender, std::string raw, std::string thread_id) {
  auto mail = parse_mail(raw);
  const auto recipients = recipients_of(mail);
  if (recipients.empty()) return Error{Errc::invalid_argument, "Recipient address required"};
  for (const auto& recipient : recipients) {
    if (recipient.email.find('@') == std::string::npos) {
      return Error{Errc::invalid_argument, "Invalid To header"};
    }
  }
  std::vector<std::string> everybody;
  for (const auto& recipient : recipients) everybody.push_back(recipient.email);
  return post(sender, completed(sender, std::move(raw)), std::move(thread_id), everybody);
}

Result<const StoredMessage*> World::submit(Account& sender, std::string raw,
                                           const std::vector<std::string>& recipients) {
  return post(sender, completed(sender, std::move(raw)), {}, recipients);
}

std::string World::completed(const Account& sender, std::string raw) const {
  const auto mail = parse_mail(raw);
  // Gmail sends only from addresses that the account owns.
  const auto from = addresses(mail, "From");
  if (from.empty() || !sender.may_send_as(from.front().email)) {
    raw = with_header("From", mime::format_address({sender.name, sender.email}),
                      without_header(raw, "From"));
  }
  if (header(mail, "Message-ID").empty()) {
    const auto unique = crypto::sha256_hex(raw + std::to_string(sender.mailbox.history_id()));
    raw =
        with_header("Message-ID", fmt::format("<CA{}@mail.gmail.com>", unique.substr(0, 40)), raw);
  }
  if (header(mail, "Date").empty()) raw = with_header("Date", mail_date(clock_.now()), raw);
  if (header(mail, "MIME-Version").empty()) raw = with_header("MIME-Version", "1.0", raw);
  return raw;
}

Result<const StoredMessage*> World::post(Account& sender, const std::string& raw,
                                         std::string thread_id,
                                         const std::vector<std::string>& recipients) {
  // One copy for each person, however often an address is named.
  std::set<Account*> here;
  for (const auto& recipient : recipients) {
    if (auto* account = owner_of(recipient)) here.insert(account);
  }
  // Mail to oneself is one message with both labels.
  Arrival copy;
  copy.raw = raw;
  copy.labels = {"SENT"};
  if (here.erase(&sender) > 0) copy.labels = {"UNREAD", "SENT", "INBOX"};
  copy.thread_id = std::move(thread_id);
  auto sent = sender.mailbox.add(std::move(copy));
  if (!sent) return sent;
  const auto public_copy = without_header(raw, "Bcc");
  for (const auto& account : accounts_) {
    if (!here.contains(account.get())) continue;
    // A full mailbox loses the mail, which a bounce would report later; the sending itself
    // succeeded.
    static_cast<void>(deliver(account->email, public_copy));
  }
  return sent;
}

}  // namespace gmail_mcp::sandbox
