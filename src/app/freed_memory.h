#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/task.h"
#include "http/client.h"

namespace gmail_mcp::app {

/// Gives the kernel back what was freed within glibc's heap. Without this a heap stays as large as
/// it ever was: it shrinks at its end only, where something that is remembered may lie. One thread.
class FreedMemory {
 public:
  /// If the process holds some megabytes more than it uses and than could not be given back the
  /// last time: pages that are used in part. True if it did so, which takes some milliseconds.
  bool give_back();

 private:
  std::size_t stays_ = 0;
};

/// Lets `client` rest and does so every few seconds, until cancelled. Borrows both.
Task<void> keep_giving_back_freed_memory(Clock& clock, http::Client& client);

}  // namespace gmail_mcp::app
