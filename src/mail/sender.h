#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "mail/mailbox.h"
#include "mime/address.h"

namespace gmail_mcp::mail {

/// The name and address from which a message is sent.
struct Sender {
  mime::Address from;
  std::optional<mime::Address> reply_to;  // as the owner set it for that address
  std::vector<std::string> own;           // all known addresses of the account, its main one first

  /// Whether mail to it reaches the account, in any spelling.
  bool is_me(std::string_view email) const;
};

/// The caller's wishes for the sender.
struct SenderWish {
  std::optional<mime::Address> from;  // none: the account's own address
  std::string name;                   // shown with it; empty: the one set for the address
  std::string account_name;           // used when no other name is known
};

/// Chooses among Mailbox::sender_addresses. If these cannot be fetched, only the account's own
/// address is known, and another `from` fails with the error of the fetch. invalid_argument for an
/// address that is not among them or not confirmed.
Task<Sender> choose_sender(Mailbox& mailbox, SenderWish wish);

}  // namespace gmail_mcp::mail
