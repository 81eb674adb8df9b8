#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/faults.h"
#include "sandbox/mailbox.h"

namespace gmail_mcp::sandbox::imap {

/// The key of the folder that holds everything but spam and trash; every other folder's key is the
/// id of its label.
inline constexpr std::string_view all_mail = "ALL";

/// A folder as LIST shows it.
struct ListedFolder {
  std::string name;      // UTF-8
  std::string key;       // "" where there is nothing to select
  std::string_view use;  // "\\Sent" …: RFC 6154; "" for none
  bool has_children = false;

  bool is_selectable() const { return !key.empty(); }
};

/// All folders, by name within their level; labels as the mailbox has them now.
std::vector<ListedFolder> list_folders(const Mailbox& mailbox, const MailSwitches& switches);

/// In UTF-8; INBOX in any case. nullptr if there is none.
const ListedFolder* find_folder(const std::vector<ListedFolder>& folders, std::string_view name);

/// RFC 3501 §6.3.8: "*" matches anything, "%" anything but "/".
bool matches_pattern(std::string_view name, std::string_view pattern);

}  // namespace gmail_mcp::sandbox::imap
