#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "sandbox/mailbox.h"

namespace gmail_mcp::sandbox {

/// Another address that a person may send from, as in Gmail's setting "Send mail as".
struct SendAs {
  std::string email;
  std::string name;
  std::string reply_to;
  bool is_accepted = true;  // its owner has confirmed it
};

/// A person with a simulated Google account.
struct Account {
  Account(std::string address, std::string full_name, Clock& clock);

  /// Whether it may send from that address.
  bool may_send_as(std::string_view address) const;

  std::string email;
  std::string name;
  std::string sub;  // Google's permanent key of the account: 21 digits
  Mailbox mailbox;
  std::vector<SendAs> send_as;  // besides its own
};

/// Everybody who has an account here, and the post between them. One thread.
class World {
 public:
  explicit World(Clock& clock) : clock_{clock} {}

  Account& add_account(std::string email, std::string name);
  /// Without regard to case; nullptr if there is nobody.
  Account* find(std::string_view email);
  /// Whose mail goes to that address: an account's own or one that it writes under.
  Account* owner_of(std::string_view address);
  /// Throws Errc::not_found.
  Mailbox& mailbox(std::string_view email);
  const std::vector<std::unique_ptr<Account>>& accounts() const { return accounts_; }
  Clock& clock() const { return clock_; }

  /// A mail arrives from outside, as bytes; the account's copy gets the header lines that Gmail
  /// adds on delivery. Answers the message's id.
  Result<std::string> deliver(std::string_view email, std::string_view raw,
                              std::vector<std::string> labels = {"INBOX", "UNREAD"},
                              std::optional<Timestamp> at = {});

  /// Sends as Gmail does: completes the headers, keeps a copy with SENT, delivers to everybody here
  /// among To, Cc and Bcc (whom nobody else gets to see). `thread_id` may be "".
  Result<const StoredMessage*> send(Account& sender, std::string raw, std::string thread_id);

  /// The same for a mail handed in by SMTP: it goes to those on its envelope (addresses), whoever
  /// the header names. An address twice is one recipient.
  Result<const StoredMessage*> submit(Account& sender, std::string raw,
                                      const std::vector<std::string>& recipients);

 private:
  // `raw` with what Gmail adds and corrects in what its people send.
  std::string completed(const Account& sender, std::string raw) const;
  Result<const StoredMessage*> post(Account& sender, const std::string& raw, std::string thread_id,
                                    const std::vector<std::string>& recipients);

  Clock& clock_;
  std::vector<std::unique_ptr<Account>> accounts_;
};

}  // namespace gmail_mcp::sandbox
