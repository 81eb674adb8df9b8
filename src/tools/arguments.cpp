#include "tools/arguments.h"

#include <algorithm>

namespace gmail_mcp::tools {

void check_id(std::string_view argument, std::string_view id) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  const bool good = !id.empty() && id.size() <= 256 && id != "." && id != ".." &&
                    std::all_of(id.begin(), id.end(), fits);
  if (good) return;
  throw Error{Errc::invalid_argument, "The argument " + std::string{argument} + " is not an id.",
              "Ids are letters, digits, '_', '.' and '-', as other tools return them."};
}

}  // namespace gmail_mcp::tools
