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
  imap::Uid next = 1;        // this and all above are new
  std::uint64_t modseq = 0;  // what changed after it is news; 0: the folder does not tell
  std::uint64_t known = 0;   // messages below `next` when it was last looked at
  imap::Uid below = 0;  // the walk over what was there at first goes on below this; 0: it is over
  imap::Uid check = 0;  // the same for a walk that only asks what is still there
  std::uint32_t at_once = 0;  // messages asked for together, where more cost the connection; 0: any
  imap::UidSet missing;       // there, and still to be brought: the server did not give them
  imap::Uid again = 0;        // asking for those again goes on below this; 0: not now
  std::uint32_t losses = 0;   // connections that opening it has cost since it was last opened
  Timestamp shut;             // when it was found out that opening it costs the connection
  Timestamp mute;             // the same of asking for its STATUS: it is opened instead

  bool operator==(const FolderPlace&) const = default;
};

/// Where following an IMAP mailbox stands, as it is stored. A value.
struct FeedCursor {
  bool is_gmail = false;
  bool has_gone = false;    // something was removed that nobody has looked for yet
  Timestamp checked;        // when a walk last asked what is still there
  bool is_walking = false;  // in a walk after which what it did not see is removed
  bool was_spared = false;  // the last such walk could not see all, so that nothing was removed
  Timestamp retried;        // when what is missing was last asked for
  Timestamp one_by_one;     // when asking for the STATUS of all in one command cost the connection
  std::vector<FolderPlace> folders;

  FolderPlace* find(std::string_view folder);

  std::string to_text() const;
  /// nullopt for what this program did not write. What an earlier version wrote may have lost mail
  /// and kept what was removed: it comes with a walk that is due at once.
  static std::optional<FeedCursor> parse(std::string_view text);

  bool operator==(const FeedCursor&) const = default;
};

}  // namespace gmail_mcp::mail
