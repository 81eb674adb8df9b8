#pragma once

#include <iosfwd>
#include <variant>
#include <vector>

#include "app/verb.h"

namespace gmail_mcp::app {

struct CommandLine {
  Verb verb;
  Words words;
};

/// Parses argv by the table. A number is the exit status after help or --version, already printed,
/// or 2 for bad usage, which is written to `complaints`: without any unexpected word that is not an
/// option, because it may be a secret.
std::variant<CommandLine, int> parse_command_line(int argc, char** argv,
                                                  const std::vector<Verb>& verbs,
                                                  std::ostream& complaints);

}  // namespace gmail_mcp::app
