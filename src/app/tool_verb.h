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
  std::vector<std::string_view> keys;  // what stands there, in a row, of what there is
  std::string_view absent = {};        // when there is nothing
};

/// A verb that calls a tool and shows its answer: as a table or in sentences, or with --json, where
/// that is among its options, as it is.
struct ToolVerb {
  std::string_view path, help;  // as of Verb
  std::string_view tool;
  std::vector<Option> options = {};
  /// Adds the arguments that are asked for rather than typed.
  void (*ask)(const Words&, boost::json::object& arguments) = nullptr;
  std::string_view list = {};  // the answer's list that the table shows
  std::vector<Column> columns = {};
  std::string_view none = {};  // what is said instead of an empty table
  /// Without a table: says what the answer says. The exit status.
  int (*tell)(const boost::json::object& answer) = nullptr;
};

Verb verb_of(ToolVerb row);

/// A list of objects as a table on stdout.
void print_table(const std::vector<Column>& columns, const boost::json::array& list);

/// Calls a tool as the operator, in a program that is open.
Task<operation::Outcome> run_tool(Program& program, const operation::Operation& tool,
                                  boost::json::object arguments);

/// The whole outcome as JSON: on stdout when it is good. The exit status.
int print_outcome(const operation::Outcome& outcome);
/// A failure as every verb reports it. The exit status.
int report_outcome(const operation::Outcome& outcome);
/// A member that is a string; "" otherwise.
std::string text_of(const boost::json::object& object, std::string_view key);

}  // namespace gmail_mcp::app
