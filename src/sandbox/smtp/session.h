#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "sandbox/mail_faults.h"
#include "sandbox/mail_house.h"
#include "sandbox/wire.h"

namespace gmail_mcp::sandbox::smtp {

/// The largest mail Gmail takes, as its EHLO says.
inline constexpr std::size_t max_mail = 35'882'577;

/// One connection to the simulated smtp.gmail.com (RFC 5321, RFC 6409), from its greeting to its
/// end.
class Session {
 public:
  Session(MailHouse& house, Wire& wire);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Throws Error{unavailable} when the peer leaves.
  Task<void> serve();

 private:
  // The whole answer: "250 2.1.0 OK sandbox - gsmtp".
  using Reply = std::string;

  Task<void> handle(std::string line);
  Task<Reply> perform(const std::string& verb, const std::string& argument);

  Reply hello(bool extended) const;
  Reply mail(std::string_view argument);
  Reply recipient(std::string_view argument);
  Task<Reply> data();
  Task<Reply> chunk(const std::string& argument);
  Task<Reply> take_over();
  Task<Reply> authenticate(const std::string& argument);
  Task<Reply> sign_in_by_login(std::string email_answer);
  Task<Reply> sign_in(std::string email, std::string secret, bool is_bearer);
  Task<std::string> ask(std::string_view challenge);
  Task<Reply> start_tls();
  void forget_mail();

  MailHouse& house_;
  Wire& wire_;
  bool encrypted_;
  Account* account_ = nullptr;
  bool has_sender_ = false;
  bool utf8_ = false;
  std::vector<std::string> recipients_;
  std::string bytes_;  // of the mail being received
  bool done_ = false;
  MailFaults faults_;
};

}  // namespace gmail_mcp::sandbox::smtp
