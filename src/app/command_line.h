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

/// Parses argv by the table. A number: the exit status after help or --version, already printed, or
/// 2 for bad usage, which is told to `complaints`. A word that nobody expected is not repeated
/// there unless it is an option: it may be a secret.
std::variant<CommandLine, int> parse_command_line(int argc, char** argv,
                                                  const std::vector<Verb>& verbs,
                                                  std::ostream& complaints);

}  // namespace gmail_mcp::app
