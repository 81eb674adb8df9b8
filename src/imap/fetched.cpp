#include "imap/fetched.h"

#include <algorithm>

#include "base/text.h"
#include "imap/folder.h"

namespace gmail_mcp::imap {

const std::string* Fetched::section(std::string_view name) const {
  const auto at = std::find_if(sections.begin(), sections.end(), [&](const Section& section) {
    return equals_ignoring_case(section.name, name);
  });
  return at == sections.end() ? nullptr : &at->bytes;
}

bool Fetched::has_flag(std::string_view flag) const {
  return flags && std::any_of(flags->begin(), flags->end(), [&](const std::string& one) {
           return equals_ignoring_case(one, flag);
         });
}

const Folder* find(const std::vector<Folder>& folders, SpecialUse use) {
  const auto at = std::find_if(folders.begin(), folders.end(), [&](const Folder& folder) {
    return folder.use == use && folder.can_select;
  });
  return at == folders.end() ? nullptr : &*at;
}

}  // namespace gmail_mcp::imap
