#include "mail/recipients.h"

#include <utility>

#include "base/text.h"

namespace gmail_mcp::mail {

void Recipients::add(std::string_view email) {
  if (email.empty() || list_.size() > max_recipients) return;
  auto lower = to_lower_ascii(email);
  if (known_.insert(lower).second) list_.push_back(std::move(lower));
}

Result<std::vector<std::string>> Recipients::finish() && {
  if (list_.size() > max_recipients) return too_many_recipients();
  return std::move(list_);
}

Error too_many_recipients() {
  static_assert(max_recipients == 500);
  return {Errc::too_large, "The message has more than 500 recipients.",
          "Send it in several messages."};
}

}  // namespace gmail_mcp::mail
