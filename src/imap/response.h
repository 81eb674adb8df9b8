#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "imap/fetched.h"
#include "imap/folder.h"
#include "imap/frame.h"
#include "imap/uid_set.h"

namespace gmail_mcp::imap {

/// What a server sends (RFC 3501 §7), one struct for each kind.

/// OK, NO, BAD, BYE or PREAUTH: the end of a command, or a message that concerns the whole
/// connection.
struct StatusResponse {
  enum class Condition { ok, no, bad, bye, preauth };
  std::string tag;  // "" when it does not end a command
  Condition condition = Condition::ok;
  std::string code;      // "AUTHENTICATIONFAILED", upper case; "" if none
  std::string argument;  // what follows the code inside the brackets
  std::string text;      // for people; never shown to our users

  bool is_ok() const { return condition == Condition::ok; }
};

/// `+`: continue with the literal or the dialogue.
struct Continuation {
  std::string text;
};

struct CapabilityList {
  std::vector<std::string> names;  // upper case
};

struct EnabledList {
  std::vector<std::string> names;  // upper case
};

/// `attributes`: in lower case, besides what `folder` says of them.
struct FolderListing {
  Folder folder;
};

struct FolderNumbers {
  std::string name;
  FolderStatus status;
};

/// SEARCH, or ESEARCH (RFC 4731) with the tag of its command.
struct SearchResult {
  std::optional<std::string> tag;
  UidSet found;
};

struct Exists {
  std::uint32_t messages = 0;
};

struct Expunged {
  std::uint32_t sequence = 0;
};

struct FlagList {
  std::vector<std::string> flags;
};

/// Responses we do not use, well-formed or not: ID, NAMESPACE, QUOTA, RECENT …
struct Ignored {};

using Response =
    std::variant<StatusResponse, Continuation, CapabilityList, EnabledList, FolderListing,
                 FolderNumbers, SearchResult, Exists, Expunged, FlagList, Fetched, Ignored>;

/// Reads one response. Takes the frame's literals. Anything unreadable is an Error, because from
/// there on we cannot know what the server means.
Result<Response> read_response(Frame frame);

/// "A B C", as in CAPABILITY, in upper case.
std::vector<std::string> read_words(std::string_view text);
/// The arguments of a COPYUID code; nullopt if they make no sense together.
std::optional<Copied> read_copied(std::string_view argument);
std::optional<Appended> read_appended(std::string_view argument);

}  // namespace gmail_mcp::imap
