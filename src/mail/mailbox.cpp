#include "mail/mailbox.h"

#include <array>
#include <utility>

namespace gmail_mcp::mail {

std::span<const std::string_view> system_label_ids() {
  static constexpr std::array<std::string_view, 13> ids{"INBOX",
                                                        "SENT",
                                                        "DRAFT",
                                                        "TRASH",
                                                        "SPAM",
                                                        "STARRED",
                                                        "UNREAD",
                                                        "IMPORTANT",
                                                        "CATEGORY_PERSONAL",
                                                        "CATEGORY_SOCIAL",
                                                        "CATEGORY_PROMOTIONS",
                                                        "CATEGORY_UPDATES",
                                                        "CATEGORY_FORUMS"};
  return ids;
}

std::vector<model::SenderAddress> only_own_address(std::string address) {
  std::vector<model::SenderAddress> all(1);
  all.front().email = std::move(address);
  all.front().is_own = true;
  return all;
}

}  // namespace gmail_mcp::mail
