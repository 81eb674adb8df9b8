#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"

namespace gmail_mcp::store {

/// Named locks between processes, held for a time by the database's clock.
class Leases {
 public:
  virtual ~Leases() = default;

  /// Takes or renews; false while another holder's lease lasts.
  virtual Task<bool> take(std::string name, std::string holder, std::chrono::seconds duration) = 0;
  virtual Task<void> release(std::string name, std::string holder) = 0;

  /// The same for thousands at the price of a few transactions. Each name is taken or not by
  /// itself; those taken or renewed are returned, in no order. Bulk work.
  virtual Task<std::vector<std::string>> take_all(std::vector<std::string> names,
                                                  std::string holder,
                                                  std::chrono::seconds duration) = 0;
  virtual Task<void> release_all(std::vector<std::string> names, std::string holder) = 0;

  virtual Task<std::optional<std::string>> holder(std::string name) = 0;
  /// Releases what holders have that ended without doing so, of the names that begin with `prefix`:
  /// nobody has to wait for them.
  virtual Task<void> release_of_ended(std::string prefix,
                                      std::function<bool(const std::string&)> has_ended) = 0;
};

}  // namespace gmail_mcp::store
