#include "mail/system_labels.h"

#include <algorithm>

#include "base/text.h"
#include "mail/mailbox.h"

namespace gmail_mcp::mail {

std::span<const SystemLabel> system_labels() {
  using enum SystemLabel::Change;
  using Use = imap::SpecialUse;
  static constexpr SystemLabel all[] = {
      {"INBOX", label, "\\Inbox", Use::inbox, "", "in:inbox"},
      {"UNREAD", flag, "", Use::none, "\\Seen", ""},
      {"STARRED", flag, "\\Starred", Use::flagged, "\\Flagged", ""},
      {"IMPORTANT", label, "\\Important", Use::important, "", "is:important"},
      {"SENT", never, "\\Sent", Use::sent, "", "in:sent"},
      {"DRAFT", never, "\\Draft", Use::drafts, "\\Draft", "in:drafts"},
      {"SPAM", folder, "\\Spam", Use::junk, "", ""},
      {"TRASH", folder, "\\Trash", Use::trash, "", ""},
      {"CATEGORY_PERSONAL", never, "", Use::none, "", "category:primary"},
      {"CATEGORY_SOCIAL", never, "", Use::none, "", "category:social"},
      {"CATEGORY_PROMOTIONS", never, "", Use::none, "", "category:promotions"},
      {"CATEGORY_UPDATES", never, "", Use::none, "", "category:updates"},
      {"CATEGORY_FORUMS", never, "", Use::none, "", "category:forums"},
  };
  return all;
}

const SystemLabel* system_label(std::string_view id) {
  const auto all = system_labels();
  const auto found = std::ranges::find(all, id, &SystemLabel::id);
  return found == all.end() ? nullptr : &*found;
}

std::string_view system_label_id(std::string_view name) {
  for (const auto& one : system_labels()) {
    if (equals_ignoring_case(one.id, name)) return one.id;
  }
  return {};
}

}  // namespace gmail_mcp::mail
