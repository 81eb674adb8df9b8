#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::mail {

/// The most recipients of one message, whether it is sent, forwarded, a reply or a draft, on any
/// backend. Gmail's limit for external recipients.
inline constexpr std::size_t max_recipients = 500;

/// All recipients of a message, each once regardless of case: bare addresses as they are written
/// (only the receiving server interprets the part before the @, RFC 5321 §2.4), in the order in
/// which they are named. Linear; of an endless list only enough is kept to show that it is too
/// long.
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

/// Whether mail to both reaches the same mailbox, regardless of case and "+tag"; at gmail.com and
/// googlemail.com, which are the same, also regardless of dots in the name. Not at the domains of
/// Workspace, where a dot makes another person (https://support.google.com/mail/answer/7436150).
bool is_same_mailbox(std::string_view a, std::string_view b);

/// The error for more than `max_recipients`.
Error too_many_recipients();

}  // namespace gmail_mcp::mail
