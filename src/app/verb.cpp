#include "app/verb.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace gmail_mcp::app {

void print_rows(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      std::cout << (last ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]));
    }
    std::cout << '\n';
  }
}

int report(const Error& error) {
  std::cerr << "gmail-mcp: " << error.message << '\n';
  if (!error.hint.empty()) std::cerr << "  " << error.hint << '\n';
  return 1;
}

}  // namespace gmail_mcp::app
