#pragma once

#include <string>
#include <string_view>

#include "base/meter.h"

namespace gmail_mcp::accounts {

/// Counts for /metrics how people connect their mailboxes: the links issued, and how each attempt
/// ended. One loop.
class ConnectTally {
 public:
  /// Borrows the meter. The most important counters exist from the start with zero, so that a first
  /// failure shows as a step.
  explicit ConnectTally(Meter& meter);

  void link_issued();
  /// An outcome is "ok", the code of an error or another constant of ours.
  void oauth_ended(std::string_view outcome);
  void app_password_tried(std::string_view outcome);

 private:
  Counter& oauth(std::string_view outcome);
  Counter& app_password(std::string_view outcome);

  Meter& meter_;
  Counter& links_;
};

}  // namespace gmail_mcp::accounts
