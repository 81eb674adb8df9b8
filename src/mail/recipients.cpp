#include "mail/recipients.h"

#include <utility>

#include "base/text.h"

namespace gmail_mcp::mail {

namespace {

// The spelling of an address that stands for all equivalent ones.
std::string main_spelling(std::string_view email) {
  auto lower = to_lower_ascii(email);
  const auto at = lower.rfind('@');
  if (at == std::string::npos) return lower;
  auto name = lower.substr(0, at);
  auto domain = lower.substr(at + 1);
  // A "+" at the beginning is part of the name, not a tag.
  if (const auto plus = name.find('+', 1); plus != std::string::npos) name.resize(plus);
  if (domain == "googlemail.com") domain = "gmail.com";
  if (domain == "gmail.com") std::erase(name, '.');
  return name + '@' + domain;
}

}  // namespace

bool is_same_mailbox(std::string_view a, std::string_view b) {
  return main_spelling(a) == main_spelling(b);
}

void Recipients::add(std::string_view email) {
  if (email.empty() || list_.size() > max_recipients) return;
  if (known_.insert(to_lower_ascii(email)).second) list_.emplace_back(email);
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
