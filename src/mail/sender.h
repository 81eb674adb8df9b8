#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "mail/mailbox.h"
#include "mime/address.h"

namespace gmail_mcp::mail {

/// Under which name and address a message goes out.
struct Sender {
  mime::Address from;
  std::optional<mime::Address> reply_to;  // as the owner set it for that address
  std::vector<std::string> own;           // all known addresses of the account, its main one first

  /// Whether mail to it reaches the account, in whichever spelling.
  bool is_me(std::string_view email) const;
};

/// What a caller wants of it.
struct SenderWish {
  std::optional<mime::Address> from;  // none: the account's own address
  std::string name;                   // shown beside it; empty: as is set for the address
  std::string account_name;           // where no other name is known
};

/// Chooses among Mailbox::sender_addresses. Where they cannot be had, only the account's own
/// address is known: then another `from` fails as asking for them did. invalid_argument for one
/// that is not among them or that nobody has confirmed.
Task<Sender> choose_sender(Mailbox& mailbox, SenderWish wish);

}  // namespace gmail_mcp::mail
