#include "sandbox/mail_faults.h"

namespace gmail_mcp::sandbox {

Task<std::optional<std::string>> MailFaults::play(std::string event, std::string email,
                                                  std::string folder) {
  const auto fault = house_.faults.next(event, "", email, folder);
  if (!fault) co_return std::nullopt;
  ++house_.counters.faults;
  if (fault->delay.count() > 0) {
    co_await wire_.flush();
    co_await house_.clock.sleep(fault->delay);
  }
  if (fault->hold == Hold::before) {
    co_await wire_.flush();
    co_await house_.faults.hold(event);
  }
  if (fault->hold == Hold::after) kept_back_ = event;
  const bool hangs = fault->cut == Cut::hang;
  if (hangs) {
    co_await wire_.flush();
    co_await wire_.wait_for_the_end();
  }
  if (hangs || fault->cut == Cut::before_response) {
    throw Error{Errc::unavailable, "The server hangs up."};
  }
  cut_ = fault->cut;
  if (!fault->reply.empty()) co_return fault->reply;
  if (!fault->reason.empty()) co_return refusal_(fault->reason);
  co_return std::nullopt;
}

Task<void> MailFaults::keep_back() {
  if (kept_back_.empty()) co_return;
  auto event = std::exchange(kept_back_, {});
  co_await wire_.flush();
  co_await house_.faults.hold(std::move(event));
}

}  // namespace gmail_mcp::sandbox
