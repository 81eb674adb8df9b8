#pragma once

#include <string>
#include <string_view>
#include <vector>

// Which folders of IMAP a search in Gmail's language (https://support.google.com/mail/answer/7190)
// concerns. Pure and thread-safe.
namespace gmail_mcp::mail {

/// Gmail keeps spam and trash apart: over IMAP they are separate folders.
struct SearchReach {
  bool all_mail = true;
  bool spam = false;
  bool trash = false;

  bool operator==(const SearchReach&) const = default;
};

/// Where `query`, limited to `label_ids`, looks: everywhere but spam and trash unless it names them
/// (`in:spam`, `label:trash`, `in:anywhere`, the label ids SPAM and TRASH).
SearchReach reach_of(std::string_view query, const std::vector<std::string>& label_ids);

}  // namespace gmail_mcp::mail
