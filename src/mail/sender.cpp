#include "mail/sender.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "mail/recipients.h"
#include "mime/header.h"

namespace gmail_mcp::mail {

namespace {

using model::SenderAddress;

// If only the name is missing, the message is sent without it.
constexpr std::chrono::milliseconds longest_wait_for_a_name{5'000};
constexpr std::size_t most_named_addresses = 10;
constexpr std::size_t longest_set_name = 200;

// A name from Gmail's settings must not make a message impossible to write.
std::string usable_name(std::string_view name) {
  return mime::decode_words(utf8_prefix(name, longest_set_name));
}

Error not_among(const std::vector<SenderAddress>& addresses) {
  std::vector<std::string> named;
  for (const auto& one : addresses) {
    if (one.is_confirmed && named.size() < most_named_addresses) named.push_back(one.email);
  }
  return {Errc::invalid_argument, "In from: the account may not send under that address.",
          "Leave it out, or use one of: " + join(named, ", ") + "."};
}

const SenderAddress* find_address(const std::vector<SenderAddress>& addresses,
                                  std::string_view email) {
  const auto found = std::find_if(addresses.begin(), addresses.end(), [&](const auto& one) {
    return equals_ignoring_case(one.email, email);
  });
  return found == addresses.end() ? nullptr : &*found;
}

}  // namespace

bool Sender::is_me(std::string_view email) const {
  return std::any_of(own.begin(), own.end(),
                     [&](const std::string& one) { return is_same_mailbox(one, email); });
}

Task<Sender> choose_sender(Mailbox& mailbox, SenderWish wish) {
  std::vector<SenderAddress> addresses;
  std::optional<Error> unknown;
  try {
    if (wish.from) {
      addresses = co_await mailbox.sender_addresses();
    } else {
      addresses = co_await with_deadline(longest_wait_for_a_name, mailbox.sender_addresses());
    }
  } catch (const Error& failure) {
    unknown = failure;
  }
  if (find_address(addresses, mailbox.address()) == nullptr) {
    addresses.insert(addresses.begin(), only_own_address(mailbox.address()).front());
  }
  const auto& wanted = wish.from ? wish.from->email : mailbox.address();
  const auto* chosen = find_address(addresses, wanted);
  if (chosen == nullptr) {
    if (unknown) throw Error{*std::move(unknown)};
    throw not_among(addresses);
  }
  if (!chosen->is_confirmed) {
    throw Error{Errc::invalid_argument, "In from: that address was never confirmed to Gmail.",
                "Its owner opens the link in the confirmation message of Gmail, or asks for it "
                "anew in Gmail's settings under Accounts."};
  }

  Sender sender;
  for (const auto& one : addresses) sender.own.push_back(one.email);
  // For an address without a name Gmail's own pages use the account's name.
  const auto own_name = wish.account_name.empty() ? usable_name(addresses.front().name)
                                                  : std::move(wish.account_name);
  auto set_name = chosen->is_own ? own_name : usable_name(chosen->name);
  if (set_name.empty()) set_name = own_name;
  sender.from.email = chosen->is_own ? mailbox.address() : chosen->email;
  sender.from.name = !wish.name.empty()                      ? std::move(wish.name)
                     : wish.from && !wish.from->name.empty() ? std::move(wish.from->name)
                                                             : std::move(set_name);
  auto answers = mime::parse_one_address(chosen->reply_to);
  if (answers && !equals_ignoring_case(answers->email, sender.from.email)) {
    sender.reply_to = std::move(*answers);
  }
  co_return sender;
}

}  // namespace gmail_mcp::mail
