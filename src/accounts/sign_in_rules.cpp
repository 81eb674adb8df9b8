#include "accounts/sign_in_rules.h"

#include <algorithm>

#include "base/text.h"

namespace gmail_mcp::accounts {

namespace {

bool lists(const std::vector<std::string>& list, std::string_view wanted) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& one) {
    return equals_ignoring_case(trim(one), wanted);
  });
}

}  // namespace

bool SignInRules::admits(std::string_view address, std::string_view hosted_domain) const {
  if (address.empty()) return false;
  if (lists(allowed_addresses, "*") || lists(allowed_addresses, address)) return true;
  if (!hosted_domain.empty()) return lists(allowed_domains, hosted_domain);
  const auto domain = address.substr(std::min(address.rfind('@'), address.size() - 1) + 1);
  const bool is_gmail = equals_ignoring_case(domain, "gmail.com");
  return is_gmail && lists(allowed_domains, domain);
}

}  // namespace gmail_mcp::accounts
