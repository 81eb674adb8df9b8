#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "imap/uid_set.h"

namespace gmail_mcp::mail {

/// How far one folder has been followed.
struct FolderPlace {
  std::string name;
  std::uint32_t uid_validity = 0;
  imap::Uid next = 1;         // this UID and all above are new
  std::uint64_t modseq = 0;   // later changes are news; 0: the folder does not have it
  std::uint64_t known = 0;    // number of messages below `next` at the last look
  imap::Uid below = 0;        // the first walk continues below this; 0: it is over
  imap::Uid check = 0;        // the same for a walk that only checks what is still there
  std::uint32_t at_once = 0;  // messages requested together, if more end the connection; 0: any
  imap::UidSet missing;       // exist, but the server has not returned them yet
  imap::Uid again = 0;        // requesting these again continues below this; 0: not now
  std::uint32_t losses = 0;   // connections lost at opening it since it was last opened
  Timestamp shut;             // when opening it was found to end the connection
  Timestamp mute;             // the same for its STATUS: it is opened instead

  bool operator==(const FolderPlace&) const = default;
};

/// The progress in following an IMAP mailbox, as it is stored. A value.
struct FeedCursor {
  bool is_gmail = false;
  bool has_gone = false;    // something was removed that is not identified yet
  Timestamp checked;        // when a walk last checked what is still there
  bool is_walking = false;  // in a walk, after which what it did not see is removed
  bool was_spared = false;  // the last such walk could not see everything, so nothing was removed
  Timestamp retried;        // when missing messages were last requested
  Timestamp one_by_one;     // when asking for the STATUS of all in one command ended the connection
  std::vector<FolderPlace> folders;

  FolderPlace* find(std::string_view folder);

  std::string to_text() const;
  /// nullopt for anything that this program did not write. Under an earlier version mail may have
  /// been lost and removed mail kept, so for its cursor a walk is due at once.
  static std::optional<FeedCursor> parse(std::string_view text);

  bool operator==(const FeedCursor&) const = default;
};

}  // namespace gmail_mcp::mail
