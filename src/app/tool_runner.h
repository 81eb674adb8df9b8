#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "app/house.h"
#include "operation/run.h"

/// How a verb of the command line calls a tool, and shows what came of it.
namespace gmail_mcp::app {

/// Calls a tool as the operator, in a house that is open.
Task<operation::Outcome> run_tool(House& house, const operation::Operation& tool,
                                  boost::json::object arguments);
/// Opens the house, calls the tool, closes the house.
Task<operation::Outcome> open_and_run(House& house, std::string name,
                                      boost::json::object arguments);
/// Runs one tool in a house of its own. Throws what prevents that.
operation::Outcome in_house(setup::Loaded loaded, const std::string& name,
                            boost::json::object arguments, Clock& clock, Log& log);

/// The whole outcome as JSON: on stdout when it is good. The exit status.
int print_outcome(const operation::Outcome& outcome);
/// A failure as every verb reports it. The exit status.
int report_outcome(const operation::Outcome& outcome);
/// A member that is a string; "" otherwise.
std::string text_of(const boost::json::object& object, const char* key);
/// A table on stdout.
void print_rows(const std::vector<std::vector<std::string>>& rows);

}  // namespace gmail_mcp::app
