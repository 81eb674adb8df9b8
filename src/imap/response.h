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

/// What a server says (RFC 3501 §7), one struct for each thing it can be.

/// OK, NO, BAD, BYE or PREAUTH: the end of a command, or something for everybody.
struct StatusResponse {
  enum class Condition { ok, no, bad, bye, preauth };
  std::string tag;  // "" when it answers no command
  Condition condition = Condition::ok;
  std::string code;      // "AUTHENTICATIONFAILED", upper case; "" if none
  std::string argument;  // what follows the code inside the brackets
  std::string text;      // for people; never shown to ours

  bool is_ok() const { return condition == Condition::ok; }
};

/// `+`: go on with the literal, or with the dialogue.
struct Continuation {
  std::string text;
};

struct CapabilityList {
  std::vector<std::string> names;  // upper case
};

struct EnabledList {
  std::vector<std::string> names;  // upper case
};

/// Attributes, in lower case, besides what became of them in `folder`.
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

/// Well formed or not, of no interest to us: ID, NAMESPACE, QUOTA, RECENT …
struct Ignored {};

using Response =
    std::variant<StatusResponse, Continuation, CapabilityList, EnabledList, FolderListing,
                 FolderNumbers, SearchResult, Exists, Expunged, FlagList, Fetched, Ignored>;

/// Judges one response. Takes the frame's literals. What cannot be read is an Error: we would not
/// know any more what the server means.
Result<Response> read_response(Frame frame);

/// "A B C", as in CAPABILITY, in upper case.
std::vector<std::string> read_words(std::string_view text);
/// The arguments of a COPYUID code; nullopt if they make no sense together.
std::optional<Copied> read_copied(std::string_view argument);
std::optional<Appended> read_appended(std::string_view argument);

}  // namespace gmail_mcp::imap
