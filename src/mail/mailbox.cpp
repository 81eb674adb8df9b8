#include "mail/mailbox.h"

#include <utility>

namespace gmail_mcp::mail {

std::vector<model::SenderAddress> only_own_address(std::string address) {
  std::vector<model::SenderAddress> all(1);
  all.front().email = std::move(address);
  all.front().is_own = true;
  return all;
}

}  // namespace gmail_mcp::mail
