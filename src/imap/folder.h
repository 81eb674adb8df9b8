#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "imap/uid_set.h"

namespace gmail_mcp::imap {

/// What a folder is for (RFC 6154), because Gmail's folder names are in the person's language.
enum class SpecialUse { none, inbox, all, drafts, flagged, important, junk, sent, trash, archive };

/// The answer to STATUS (RFC 3501 §6.3.10) for a folder; missing values are 0.
struct FolderStatus {
  std::uint32_t messages = 0;
  std::uint32_t unseen = 0;
  std::uint32_t uid_validity = 0;
  Uid uid_next = 0;
  std::uint64_t highest_modseq = 0;

  bool operator==(const FolderStatus&) const = default;
};

struct Folder {
  std::string name;    // UTF-8
  char delimiter = 0;  // between levels of the name; 0: there are none
  SpecialUse use = SpecialUse::none;
  bool can_select = true;
  std::optional<FolderStatus> status;  // if asked for and sent
};

/// nullptr if there is none.
const Folder* find(const std::vector<Folder>& folders, SpecialUse use);

/// The folder that is open on a connection. Kept up to date with what the server sends.
struct Selected {
  std::string name;
  bool is_read_only = false;
  std::uint32_t exists = 0;
  std::uint32_t uid_validity = 0;
  Uid uid_next = 0;                  // when it was selected; 0: not sent
  std::uint64_t highest_modseq = 0;  // the same; 0: the folder has none
  std::vector<std::string> permanent_flags;
};

/// COPYUID (RFC 4315 §3): the new UID of each message. Empty when the server does not send it.
struct Copied {
  std::uint32_t uid_validity = 0;  // of the destination
  std::vector<std::pair<Uid, Uid>> uids;
};

/// APPENDUID (RFC 4315 §3).
struct Appended {
  std::uint32_t uid_validity = 0;
  Uid uid = 0;
};

}  // namespace gmail_mcp::imap
