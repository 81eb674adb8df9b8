#include <iostream>

#include "app/start.h"
#include "app/tool_verb.h"
#include "app/verbs/all.h"
#include "surface/tool_line.h"
#include "tools/catalog.h"

namespace gmail_mcp::app {

namespace {

const operation::Operation& find_tool(const operation::Catalog& catalog, const std::string& name) {
  if (const auto* tool = catalog.tool(name)) return *tool;
  std::string names;
  for (const auto& one : catalog.tools()) {
    names += names.empty() ? "" : ", ";
    names += one.info.name;
  }
  throw Error{Errc::not_found, "There is no tool named " + name + ".", "There are: " + names + "."};
}

int call_tool(const Words& words) {
  Start start{words};
  const auto name = words.text("name");
  const auto& given = words.rest;
  const bool only_help = !given.empty() && (given.front() == "--help" || given.front() == "-h");
  if (name.empty() || only_help) {
    const operation::Catalog catalog{tools::catalog(), {}, {}};
    std::cout << (name.empty() ? surface::list_of_tools(catalog)
                               : surface::help_of_tool(find_tool(catalog, name)));
    return 0;
  }
  return print_outcome(in_program(start, [&](Program& program) {
    const auto& tool = find_tool(program.catalog(), name);
    return run_tool(program, tool, surface::tool_arguments(tool, given));
  }));
}

}  // namespace

Verb verbs::tool() {
  return {.path = "tool",
          .help = "Call a tool: tool NAME --argument value …; tool --help lists them",
          .options = {value("name", "Name of the tool"),
                      value("--log-format", "auto, json or human", "log.format")},
          .run = call_tool,
          .takes_rest = true};
}

}  // namespace gmail_mcp::app
