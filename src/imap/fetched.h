#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "imap/body_part.h"
#include "imap/uid_set.h"

namespace gmail_mcp::imap {

/// A requested piece of a message's text.
struct Section {
  std::string name;                     // "" the whole message, "HEADER", "1.2", "2.MIME"
  std::optional<std::uint64_t> offset;  // of a partial fetch
  std::string bytes;
};

/// What a server sends about one message. Servers leave out what they do not know and add
/// unrequested attributes, so any attribute may be missing.
struct Fetched {
  std::uint32_t sequence = 0;
  Uid uid = 0;                                    // 0: not sent
  std::optional<std::vector<std::string>> flags;  // "\\Seen", in the server's case
  std::optional<Timestamp> internal_date;
  std::optional<std::uint64_t> size;              // RFC822.SIZE
  std::optional<std::uint64_t> modseq;            // RFC 7162
  std::optional<std::uint64_t> gmail_message_id;  // X-GM-MSGID
  std::optional<std::uint64_t> gmail_thread_id;   // X-GM-THRID
  /// X-GM-LABELS: "\\Inbox" and the like with one backslash, names in UTF-8. The folder's own
  /// label is not among them.
  std::optional<std::vector<std::string>> gmail_labels;
  std::optional<BodyPart> structure;
  std::vector<Section> sections;

  /// nullptr if it was not sent (or sent as NIL).
  const std::string* section(std::string_view name) const;
  bool has_flag(
      std::string_view flag) const;  // upper or lower case; false when flags were not sent
};

/// What to ask for. Text is always fetched with PEEK: nothing here sets \Seen.
struct FetchItems {
  bool flags = false;
  bool internal_date = false;
  bool size = false;
  bool modseq = false;  // only asked for when the server has CONDSTORE
  bool structure = false;
  bool gmail_ids = false;             // message and thread id, if the server has X-GM-EXT-1
  bool gmail_labels = false;          // the same
  std::vector<std::string> sections;  // as in Section::name

  /// Only messages that changed after this MODSEQ (RFC 7162 §3.1.4.1; needs CONDSTORE). 0: all.
  std::uint64_t changed_since = 0;
  /// Only this window of each section.
  struct Window {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  std::optional<Window> window;
};

/// Gets messages one by one as they arrive. If it throws, the connection ends.
using FetchSink = std::function<void(Fetched)>;

}  // namespace gmail_mcp::imap
