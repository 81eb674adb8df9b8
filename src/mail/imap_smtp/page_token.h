#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/uid_set.h"

namespace gmail_mcp::mail {

/// Where a list continues: in each folder below this UID. New mail does not move it.
struct PageMark {
  std::uint32_t uid_validity = 0;
  imap::Uid below = 0;  // 1: nothing is left in this folder

  bool operator==(const PageMark&) const = default;
};

/// "p1-3.120-7.88": a mark for each folder, in the order of the search.
std::string write_page_token(const std::vector<PageMark>& marks);
/// nullopt for anything not written by us.
std::optional<std::vector<PageMark>> read_page_token(std::string_view token);

}  // namespace gmail_mcp::mail
