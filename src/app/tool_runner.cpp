#include "app/tool_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <iostream>

#include "app/commands.h"
#include "app/sandbox_mode.h"

namespace gmail_mcp::app {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

model::Caller operator_caller(const setup::Settings& settings) {
  model::Caller caller;
  caller.kind = model::CallerKind::operator_;
  caller.credential = "command line";
  caller.default_user = model::ExternalUserId{settings.user};
  return caller;
}

}  // namespace

Task<operation::Outcome> run_tool(House& house, const operation::Operation& tool,
                                  json::object arguments) {
  operation::Origin origin;
  origin.surface = "cli";
  origin.is_local = true;
  origin.request_id = operation::new_request_id();
  auto outcome = co_await operation::run(house.services(), tool, operator_caller(house.settings()),
                                         std::move(origin), arguments);
  outcome.receipt.delivered();  // nobody hangs up on the command line
  co_return outcome;
}

Task<operation::Outcome> open_and_run(House& house, std::string name, json::object arguments) {
  co_await house.open();
  const auto* tool = house.catalog().tool(name);
  auto outcome = co_await run_tool(house, *tool, std::move(arguments));
  co_await house.close(std::chrono::seconds{10});
  co_return outcome;
}

operation::Outcome in_house(setup::Loaded loaded, const std::string& name, json::object arguments,
                            Clock& clock, Log& log) {
  refuse_sandbox_database(loaded.settings);
  asio::io_context loop{1};
  House house{loop, std::move(loaded), clock, log};
  return run_to_end(loop, open_and_run(house, name, std::move(arguments)));
}

int print_outcome(const operation::Outcome& outcome) {
  auto& stream = outcome.ok ? std::cout : std::cerr;
  stream << outcome.body << '\n';
  return outcome.ok ? 0 : 1;
}

int report_outcome(const operation::Outcome& outcome) {
  const auto body = outcome.object();
  const auto text = [&](const char* key) {
    const auto* value = body.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
  };
  return report(Error{outcome.code, text("error"), text("hint")});
}

std::string text_of(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

void print_rows(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      std::cout << (last ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]));
    }
    std::cout << '\n';
  }
}

int report(const Error& error) {
  std::cerr << "gmail-mcp: " << error.message << '\n';
  if (!error.hint.empty()) std::cerr << "  " << error.hint << '\n';
  return 1;
}

}  // namespace gmail_mcp::app
