#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/task.h"
#include "mail/mailbox.h"
#include "model/connection.h"
#include "store/archive.h"

namespace gmail_mcp::operation {

/// To whom an account writes for the first time, by its sent mail. Remembers those to whom it has
/// written. One loop.
class FirstRecipients {
 public:
  explicit FirstRecipients(store::Archives& archive) : archive_{archive} {}

  /// Those of `people` to whom the account never wrote, as far as can be known with one search for
  /// each of ten; the others count as new. Its own addresses are not among them. Throws only when
  /// the account has to be connected again.
  Task<std::vector<std::string>> among(const model::Connection& connection, mail::Mailbox& mailbox,
                                       std::vector<std::string> people);
  /// They are new no more.
  void remember(const model::ConnectionId& connection, const std::vector<std::string>& people);

  /// Sentences about them for a person: that they are new, in whose mail such an address stands,
  /// and which contact it resembles. Failures leave sentences out.
  Task<std::vector<std::string>> warnings(model::Access access, const model::Connection& connection,
                                          mail::Mailbox& mailbox, std::vector<std::string> people);

 private:
  Task<bool> was_written_to(mail::Mailbox& mailbox, std::string address);

  store::Archives& archive_;
  std::unordered_set<std::string> known_;  // connection and address
};

/// Whether a person could take one address for the other: one or two letters differ, or those that
/// look alike. Time: the product of their lengths; long ones are never alike.
bool is_look_alike(std::string_view a, std::string_view b);

}  // namespace gmail_mcp::operation
