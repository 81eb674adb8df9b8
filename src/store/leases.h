#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
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

  /// The same for thousands of names in a few transactions. Each name is taken or not on its own;
  /// returns those taken or renewed, in no order. Bulk work.
  virtual Task<std::vector<std::string>> take_all(std::vector<std::string> names,
                                                  std::string holder,
                                                  std::chrono::seconds duration) = 0;
  virtual Task<void> release_all(std::vector<std::string> names, std::string holder) = 0;

  virtual Task<std::optional<std::string>> holder(std::string name) = 0;
  /// The holders of leases with this prefix that have not run out; each once.
  virtual Task<std::vector<std::string>> holders(std::string prefix) = 0;
  /// How many leases with this prefix each holder has, and which; also those that ran out.
  virtual Task<std::map<std::string, std::int64_t>> counts(std::string prefix) = 0;
  virtual Task<std::map<std::string, std::string>> held(std::string prefix) = 0;  // name to holder
  /// Releases the names with this prefix that belong to holders which have ended without releasing
  /// them, so that nobody has to wait for these.
  virtual Task<void> release_of_ended(std::string prefix,
                                      std::function<bool(const std::string&)> has_ended) = 0;
};

}  // namespace gmail_mcp::store
