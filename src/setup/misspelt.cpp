#include "setup/misspelt.h"

#include <algorithm>
#include <cstddef>

namespace gmail_mcp::setup {

namespace {

constexpr std::size_t most_slips = 2;

// How many letters have to be changed, inserted or removed (Levenshtein).
std::size_t slips_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string meant_by(std::string_view name, const std::vector<std::string>& known) {
  std::string nearest;
  std::size_t least = most_slips + 1;
  for (const auto& one : known) {
    if (one.size() > name.size() + most_slips || name.size() > one.size() + most_slips) continue;
    const auto slips = slips_between(name, one);
    if (slips >= least) continue;
    least = slips;
    nearest = one;
  }
  return nearest;
}

}  // namespace gmail_mcp::setup
