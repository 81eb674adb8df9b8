#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/task.h"
#include "setup/settings.h"

namespace gmail_mcp::app {

/// Replaces this process by `gmail-mcp-sandbox`, which is beside this program, with the log
/// settings and `arguments`. Returns only by an Error: misconfigured, when it is not there.
[[noreturn]] void become_sandbox(const setup::LogSettings& log, std::vector<std::string> arguments);

/// The same program as our child, on free ports of loopback. It ends with this object, and with
/// this process however that ends.
class SandboxProgram {
 public:
  struct Place {
    std::string host, url;
    std::uint16_t imap_port = 0, smtp_port = 0;
    std::string client_id, client_secret;
  };

  /// Returns when it listens. `grant_key`: the key for its tokens, so that these outlive it. Its
  /// log lines go to `log_descriptor`. Throws misconfigured when it cannot be started.
  SandboxProgram(const setup::LogSettings& log, const Secret& grant_key, int log_descriptor);
  const Place& place() const { return place_; }

  /// Returns when the child has ended, which it never does by itself. This object must outlive the
  /// task.
  Task<void> until_gone() const;

 private:
  /// Ends with its destruction, also when the rest of a start fails.
  class Child {
   public:
    Child(std::vector<std::string> words, int log_descriptor);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    int line() const { return line_; }
    std::string hear_line() const;

   private:
    int line_ = -1;  // to the child; closed, it ends
    pid_t pid_ = -1;
  };

  Child child_;
  Place place_;
};

}  // namespace gmail_mcp::app
