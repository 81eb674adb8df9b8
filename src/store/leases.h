#pragma once

#include <chrono>
#include <string>

#include "base/task.h"

namespace gmail_mcp::store {

/// Named locks between processes, held for a time by the database's clock.
class Leases {
 public:
  virtual ~Leases() = default;

  /// Takes or renews; false while another holder's lease lasts.
  virtual Task<bool> take(std::string name, std::string holder, std::chrono::seconds duration) = 0;
  virtual Task<void> release(std::string name, std::string holder) = 0;
};

}  // namespace gmail_mcp::store
