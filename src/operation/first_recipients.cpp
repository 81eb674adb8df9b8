#include "operation/first_recipients.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/caught.h"
#include "base/text.h"
#include "mail/message_reader.h"
#include "mail/recipients.h"
#include "mime/body_source.h"
#include "mime/reader.h"
#include "operation/held_message.h"

namespace gmail_mcp::operation {

namespace {

constexpr std::size_t most_searches = 10;  // of one send
constexpr std::size_t most_explained = 5;
constexpr std::size_t most_known = 50'000;
constexpr std::size_t longest_alike = 64;
constexpr std::int64_t contacts_compared = 300;

// What Gmail's search would read as more than an address is not asked for.
bool is_plain_address(std::string_view address) {
  const auto at = address.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == address.size()) return false;
  return std::all_of(address.begin(), address.end(), [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool is_sign = c == '.' || c == '_' || c == '-' || c == '+' || c == '@';
    return is_letter || is_sign;
  });
}

std::string known_as(const model::ConnectionId& connection, std::string_view address) {
  return connection.str() + " " + to_lower_ascii(address);
}

bool is_among(const std::vector<model::Address>& list, std::string_view address) {
  return std::any_of(list.begin(), list.end(), [&](const model::Address& one) {
    return equals_ignoring_case(one.email, address);
  });
}

// One letter for those that a person may take for each other.
std::string as_it_looks(std::string_view address) {
  std::string out;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const char c = address[i];
    const char next = i + 1 < address.size() ? address[i + 1] : '\0';
    if (c == 'r' && next == 'n') {
      out += 'm';
      ++i;
    } else if (c == 'v' && next == 'v') {
      out += 'w';
      ++i;
    } else if (c == '0') {
      out += 'o';
    } else if (c == '1' || c == 'i') {
      out += 'l';
    } else if (c != '.' && c != '-' && c != '_') {
      out += c;
    }
  }
  return out;
}

// At most `most` letters must be changed, added or left out to make one of the other.
bool is_within(std::string_view a, std::string_view b, std::size_t most) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      const auto changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({changed, above + 1, row[j - 1] + 1});
      diagonal = above;
    }
  }
  return row[b.size()] <= most;
}

}  // namespace

bool is_look_alike(std::string_view a, std::string_view b) {
  if (a.size() > longest_alike || b.size() > longest_alike) return false;
  const auto one = to_lower_ascii(a);
  const auto other = to_lower_ascii(b);
  if (one == other) return false;
  if (as_it_looks(one) == as_it_looks(other)) return true;
  return one.size() >= 8 && is_within(one, other, 2);
}

void FirstRecipients::remember(const model::ConnectionId& connection,
                               const std::vector<std::string>& people) {
  if (known_.size() + people.size() > most_known) known_.clear();
  for (const auto& one : people) known_.insert(known_as(connection, one));
}

// Gmail finds words, not addresses: "to:ann@example.org" finds "ann@example.org.au" as well. So
// what was found is looked at: in the fields as they were sent, because in those that Gmail has
// decoded a part of a name can look like an address, and names are chosen by whoever wrote first.
Task<bool> FirstRecipients::was_written_to(mail::Mailbox& mailbox, std::string address) {
  if (!is_plain_address(address)) co_return false;
  mail::Query query;
  query.text = "in:sent to:" + address;  // in Gmail also Cc and Bcc
  query.max_results = 3;
  const auto page = co_await mailbox.search(std::move(query));
  std::optional<model::MessageId> unsure;
  for (const auto& message : page.messages) {
    const bool is_in_to = is_among(message.to, address);
    const bool is_in_cc = is_among(message.cc, address);
    if (is_in_to && !message.to_is_unsure) co_return true;
    if (is_in_cc && !message.cc_is_unsure) co_return true;
    if (is_in_to || is_in_cc || is_among(message.bcc, address)) unsure = message.id;
  }
  if (!unsure) co_return false;
  const auto source = co_await mailbox.source(*std::move(unsure));
  const auto root = mime::read_message(mime::header_section(source));
  if (!root) co_return false;
  const auto sent = mail::read_message(*root);
  co_return is_among(sent.to, address) || is_among(sent.cc, address) || is_among(sent.bcc, address);
}

Task<std::vector<std::string>> FirstRecipients::among(const model::Connection& connection,
                                                      mail::Mailbox& mailbox,
                                                      std::vector<std::string> people) {
  std::vector<std::string> out;
  std::unordered_set<std::string> seen;
  std::size_t searches = 0;
  for (const auto& one : people) {
    auto address = to_lower_ascii(one);
    if (!seen.insert(address).second) continue;
    if (mail::is_same_mailbox(address, mailbox.address())) continue;
    if (known_.contains(known_as(connection.id, address))) continue;
    bool is_known = false;
    if (searches < most_searches) {
      ++searches;
      auto found = co_await caught(was_written_to(mailbox, address));
      if (!found && found.error().code == Errc::reconnect_required) throw Error{found.error()};
      is_known = found && *found;
    }
    if (!is_known) {
      out.push_back(std::move(address));
      continue;
    }
    const std::vector<std::string> known{std::move(address)};
    remember(connection.id, known);
  }
  co_return out;
}

Task<std::vector<std::string>> FirstRecipients::warnings(model::Access access,
                                                         const model::Connection& connection,
                                                         mail::Mailbox& mailbox,
                                                         std::vector<std::string> people) {
  std::vector<std::string> out;
  if (people.empty()) co_return out;
  const auto contacts =
      co_await caught(archive_.contacts(access, connection.id, contacts_compared));
  std::size_t explained = 0;
  for (const auto& address : people) {
    auto shown = one_line(address, 320);
    if (++explained > most_explained) {
      out.push_back("You never wrote to " + shown + " from this account.");
      continue;
    }
    std::optional<model::Message> where;
    if (is_plain_address(address)) {
      mail::Query query;
      query.text = "\"" + address + "\" -in:sent -in:drafts";
      query.max_results = 1;
      auto found = co_await caught(mailbox.search(std::move(query)));
      if (found && !found->messages.empty()) where = std::move(found->messages.front());
    }
    if (!where) {
      out.push_back("You never wrote to " + shown +
                    " from this account, and no mail in it names this address.");
    } else if (equals_ignoring_case(where->from.email, address)) {
      out.push_back("You never wrote to " + shown +
                    " from this account; this address has written to you: \"" +
                    one_line(where->subject, 120) + "\".");
    } else {
      out.push_back("You never wrote to " + shown +
                    " from this account. The address stands in a message from " +
                    one_line(where->from.email, 320) + ": \"" + one_line(where->subject, 120) +
                    "\". Did you want to write there, or does that message want it?");
    }
    if (!contacts) continue;
    for (const auto& contact : *contacts) {
      if (!is_look_alike(contact.email, address)) continue;
      out.push_back("Look closely: " + shown + " is not " + one_line(contact.email, 320) +
                    ", whom you know.");
      break;
    }
  }
  co_return out;
}

}  // namespace gmail_mcp::operation
