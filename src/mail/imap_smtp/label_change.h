#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "imap/folder.h"
#include "mail/imap_smtp/places.h"

namespace gmail_mcp::mail {

/// Labels to add and to remove, in IMAP's terms: flags, X-GM-LABELS and moves between folders.
struct LabelChange {
  std::vector<std::string> add_flags, remove_flags;
  std::vector<std::string> add_labels, remove_labels;  // X-GM-LABELS
  std::optional<imap::SpecialUse> into;                // SPAM or TRASH is added
  bool leaves_spam = false, leaves_trash = false;
  bool into_inbox = false, leaves_inbox = false;

  /// Where a message in a folder used for `from` is moved; nullopt: it stays.
  std::optional<imap::SpecialUse> target(imap::SpecialUse from) const;
  bool only_moves() const;
  /// Whether it removes the label that the folder itself stands for.
  bool removes_label_of(const Place& place) const;
};

/// invalid_argument for a label that does not exist or that cannot be set; `unsupported` for
/// changes that need Gmail's labels on other servers. Pure.
Result<LabelChange> plan_change(const std::vector<std::string>& add,
                                const std::vector<std::string>& remove, const Places& places,
                                bool is_gmail);

}  // namespace gmail_mcp::mail
