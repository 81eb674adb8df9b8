#pragma once

#include <optional>
#include <string>

#include "base/task.h"
#include "sandbox/mail_house.h"
#include "sandbox/wire.h"

namespace gmail_mcp::sandbox {

/// The faults of one IMAP or SMTP connection: asked before each command, they delay it, hold it,
/// cut the connection or answer in its place. Borrows both arguments.
class MailFaults {
 public:
  /// `refusal` names what the server says for a fault's reason.
  MailFaults(MailHouse& house, Wire& wire, std::string (*refusal)(std::string_view))
      : house_{house}, wire_{wire}, refusal_{refusal} {}

  /// Forgets where the last command was to be cut.
  void begin() { cut_ = Cut::none; }
  /// nullopt: do what was asked. Otherwise the answer. Throws Error{unavailable} when the
  /// connection is to end with nothing done.
  Task<std::optional<std::string>> play(std::string event, std::string email, std::string folder);
  /// Where the answer has to be cut.
  Cut cut() const { return cut_; }
  /// Holds the answer back here, when a fault says so.
  Task<void> keep_back();

 private:
  MailHouse& house_;
  Wire& wire_;
  std::string (*refusal_)(std::string_view);
  Cut cut_ = Cut::none;
  std::string kept_back_;  // the event whose answer is to be held back; "": none
};

}  // namespace gmail_mcp::sandbox
