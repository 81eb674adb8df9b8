#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/program.h"
#include "app/verb.h"
#include "operation/run.h"

namespace gmail_mcp::app {

struct Column {
  std::string_view title;
  std::vector<std::string_view> keys;  // the members shown there; missing ones are left out
  std::string_view absent = {};        // shown when all are missing
};

/// A verb that calls a tool and shows its answer as a table or in sentences; unchanged with --json,
/// if that is among its options.
struct ToolVerb {
  std::string_view path, help;  // as in Verb
  std::string_view tool;
  std::vector<Option> options = {};
  /// Adds the arguments that the person is asked for.
  void (*ask)(const Words&, boost::json::object& arguments) = nullptr;
  std::string_view list = {};  // the answer's list that the table shows
  std::vector<Column> columns = {};
  std::string_view none = {};  // shown instead of an empty table
  /// Without a table: prints the answer in sentences. Returns the exit status.
  int (*tell)(const boost::json::object& answer) = nullptr;
};

Verb verb_of(ToolVerb row);

/// A list of objects as a table on stdout.
void print_table(const std::vector<Column>& columns, const boost::json::array& list);

/// Calls a tool as the operator, in an open program.
Task<operation::Outcome> run_tool(Program& program, const operation::Operation& tool,
                                  boost::json::object arguments);

/// Prints the whole outcome as JSON, on stdout if it is good. Returns the exit status.
int print_outcome(const operation::Outcome& outcome);
/// Reports a failure, in the same way for every verb. Returns the exit status.
int report_outcome(const operation::Outcome& outcome);
/// A member that is a string; "" otherwise.
std::string text_of(const boost::json::object& object, std::string_view key);

}  // namespace gmail_mcp::app
