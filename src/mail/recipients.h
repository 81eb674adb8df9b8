#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::mail {

/// Of one message, however it leaves: sent, forwarded, as a reply or as a draft, by whichever
/// backend. Gmail's limit for external recipients.
inline constexpr std::size_t max_recipients = 500;

/// Everybody who gets a message, each once whatever the case: bare addresses as they are written
/// (what stands before the @ is its server's business, RFC 5321 §2.4), in the order they are named.
/// Linear, and of a list without end no more is kept than shows that it is too long.
class Recipients {
 public:
  /// Nothing happens for "".
  void add(std::string_view email);

  /// too_large when there are more than `max_recipients`.
  Result<std::vector<std::string>> finish() &&;

 private:
  std::unordered_set<std::string> known_;
  std::vector<std::string> list_;
};

/// Whether mail to both reaches one mailbox: in any case and with any "+tag"; at gmail.com, which
/// is googlemail.com too, also with dots anywhere in the name. Not at the domains of Workspace,
/// where a dot makes another person (https://support.google.com/mail/answer/7436150).
bool is_same_mailbox(std::string_view a, std::string_view b);

/// What is said of more than `max_recipients`.
Error too_many_recipients();

}  // namespace gmail_mcp::mail
