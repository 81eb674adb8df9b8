#include "app/tool_verb.h"

#include <iostream>

#include "app/start.h"

namespace gmail_mcp::app {

namespace json = boost::json;

namespace {

std::string cell(const Column& column, const json::object& row) {
  std::string text;
  for (const auto key : column.keys) {
    const auto part = text_of(row, key);
    if (!text.empty() && !part.empty()) text += ' ';
    text += part;
  }
  return text.empty() ? std::string{column.absent} : text;
}

int run_row(const ToolVerb& row, const Words& words) {
  Start start{words};
  json::object arguments;
  for (const auto& option : row.options) {
    const auto given = words.text(option.name());
    if (!option.sets.empty() && !given.empty()) arguments[option.sets] = given;
  }
  if (row.ask != nullptr) row.ask(words, arguments);
  const auto outcome = in_program(start, [&](Program& program) {
    return run_tool(program, *program.catalog().tool(row.tool), std::move(arguments));
  });
  if (!outcome.ok()) return report_outcome(outcome);
  const auto answer = outcome.made()->object();
  if (words.has("--json")) {
    print_outcome(outcome);
    const auto* valid = answer.if_contains("valid");
    return valid != nullptr && *valid == false ? 1 : 0;
  }
  if (row.tell != nullptr) return row.tell(answer);
  const auto& list = answer.at(row.list).as_array();
  if (list.empty()) {
    std::cerr << row.none << '\n';
  } else {
    print_table(row.columns, list);
  }
  return 0;
}

}  // namespace

Verb verb_of(ToolVerb row) {
  auto run = [row](const Words& words) { return run_row(row, words); };
  return {.path = row.path,
          .help = row.help,
          .options = row.options,
          .run = std::move(run),
          .tool = row.tool};
}

void print_table(const std::vector<Column>& columns, const json::array& list) {
  std::vector<std::vector<std::string>> rows(1);
  for (const auto& column : columns) rows.front().emplace_back(column.title);
  for (const auto& one : list) {
    auto& row = rows.emplace_back();
    for (const auto& column : columns) row.push_back(cell(column, one.as_object()));
  }
  print_rows(rows);
}

Task<operation::Outcome> run_tool(Program& program, const operation::Operation& tool,
                                  json::object arguments) {
  model::Caller caller;
  caller.kind = model::CallerKind::operator_;
  caller.credential = "command line";
  caller.default_user = model::ExternalUserId{program.settings().user};
  operation::Origin origin;
  origin.surface = "cli";
  origin.is_local = true;
  origin.request_id = operation::new_request_id();
  auto outcome = co_await operation::run(program.services(), tool, std::move(caller),
                                         std::move(origin), arguments);
  outcome.receipt.delivered();  // on the command line the caller does not hang up
  co_return outcome;
}

int print_outcome(const operation::Outcome& outcome) {
  if (const auto* failure = outcome.failure()) {
    std::cerr << operation::json_text(*failure) << '\n';
    return 1;
  }
  std::cout << outcome.made()->text() << '\n';
  return 0;
}

int report_outcome(const operation::Outcome& outcome) { return report(outcome.failure()->error); }

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

}  // namespace gmail_mcp::app
