#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "setup/load.h"

/// The command line is a table: a verb is a row (app/verbs/all.h), in a file of its own. A verb
/// that only shows the answer of a tool is a shorter row: app/tool_verb.h.
namespace gmail_mcp::app {

/// An option or a positional argument of a verb.
struct Option {
  std::string_view spelling;  // "-u,--user-id"; without a dash it is positional: "id"
  std::string_view help;
  /// What its value is for: an argument of the verb's tool, or else the setting with this path.
  /// Empty: the verb itself reads it.
  std::string_view sets = {};
  std::string_view flag = {};                  // its value if it is an option that takes none
  std::string_view fallback = {};              // its value when it is not given
  std::vector<std::string_view> choices = {};  // the allowed values; empty: any
  bool is_required = false;

  /// The last of its spellings, by which `Words` knows it.
  std::string name() const { return std::string{spelling.substr(spelling.rfind(',') + 1)}; }
};

inline Option flag(std::string_view spelling, std::string_view help, std::string_view sets = {},
                   std::string_view to = "true") {
  return {.spelling = spelling, .help = help, .sets = sets, .flag = to};
}
inline Option value(std::string_view spelling, std::string_view help, std::string_view sets = {}) {
  return {.spelling = spelling, .help = help, .sets = sets};
}
/// One of these; the first when it is not given.
inline Option choice(std::string_view spelling, std::string_view help,
                     std::vector<std::string_view> of) {
  return {.spelling = spelling, .help = help, .fallback = of.front(), .choices = of};
}
inline Option required(std::string_view spelling, std::string_view help,
                       std::string_view sets = {}) {
  return {.spelling = spelling, .help = help, .sets = sets, .is_required = true};
}

/// What was typed after the verb.
struct Words {
  std::map<std::string, std::string, std::less<>> values;  // by the option's name: "--user-id"
  std::vector<std::string> rest;                           // for a verb that takes the rest
  setup::Sources
      sources;  // the environment, --config, --env-file and the settings among the options

  bool has(std::string_view option) const { return values.contains(option); }
  /// The option's value, or its fallback, or "".
  std::string text(std::string_view option) const {
    const auto found = values.find(option);
    return found == values.end() ? std::string{} : found->second;
  }
};

struct Verb {
  std::string_view path;  // "connections list"; "connections" alone groups those that follow
  std::string_view help;
  std::vector<Option> options = {};
  /// Runs it, with results on stdout and everything else on stderr. Returns the exit status: 0
  /// good, 1 a failure that was reported. An Error that it throws is reported too. Empty: a group.
  std::function<int(const Words&)> run = {};
  std::string_view tool = {};  // the tool whose answer it shows (app/tool_verb.h); empty: none
  bool takes_rest = false;     // from the first other word on, --help too
  bool reads_settings = true;  // has --config and --env-file
};

/// A table on stdout; the first row is its head.
void print_rows(const std::vector<std::vector<std::string>>& rows);

/// Prints one error on stderr. Returns the exit status, 1.
int report(const Error& error);

}  // namespace gmail_mcp::app
