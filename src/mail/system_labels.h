#pragma once

#include <span>
#include <string_view>

#include "imap/folder.h"

namespace gmail_mcp::mail {

/// One of Gmail's own labels, which every account has, and its form over IMAP and in a search
/// (https://developers.google.com/workspace/gmail/api/guides/labels,
/// https://developers.google.com/workspace/gmail/imap/imap-extensions). Empty: it has none.
struct SystemLabel {
  enum class Change {
    never,   // cannot be changed
    label,   // as a user's label, under the name `gmail_label`
    flag,    // the flag `flag`
    folder,  // the message moves to the folder used for `use`
  };

  std::string_view id;
  Change change = Change::never;                  // over IMAP
  std::string_view gmail_label = {};              // in X-GM-LABELS
  imap::SpecialUse use = imap::SpecialUse::none;  // its folder
  std::string_view flag = {};                     // the flag that is the label, or its absence
  std::string_view search = {};                   // Gmail's search for messages with it
};

/// In the order in which they are shown.
std::span<const SystemLabel> system_labels();

/// nullptr: it is a user's label.
const SystemLabel* system_label(std::string_view id);

}  // namespace gmail_mcp::mail
