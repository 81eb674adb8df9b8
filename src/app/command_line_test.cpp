#include "app/command_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "app/verbs/all.h"
#include "operation/catalog.h"
#include "setup/table.h"
#include "tools/catalog.h"

namespace gmail_mcp::app {
namespace {

std::variant<CommandLine, int> parsed(std::vector<std::string> words, std::string& complaint) {
  std::vector<char*> argv;
  for (auto& one : words) argv.push_back(one.data());
  std::ostringstream complaints;
  auto line =
      parse_command_line(static_cast<int>(argv.size()), argv.data(), all_verbs(), complaints);
  complaint = complaints.str();
  return line;
}

TEST(CommandLine, an_unknown_transport_is_refused_and_not_taken_for_stdio) {
  std::string complaint;
  const auto line = parsed({"gmail-mcp", "serve", "--transport", "smoke"}, complaint);
  ASSERT_TRUE(std::holds_alternative<int>(line));
  EXPECT_EQ(std::get<int>(line), 2);
  EXPECT_NE(complaint.find("--transport"), std::string::npos) << complaint;
}

TEST(CommandLine, an_unexpected_option_is_named_without_its_value) {
  std::string complaint;
  const auto line = parsed({"gmail-mcp", "serve", "--auth-token=hunter2", "hunter3"}, complaint);
  ASSERT_TRUE(std::holds_alternative<int>(line));
  EXPECT_NE(complaint.find("--auth-token"), std::string::npos) << complaint;
  EXPECT_EQ(complaint.find("hunter"), std::string::npos) << complaint;
}

TEST(CommandLine, what_an_option_sets_is_an_argument_of_its_tool_or_a_setting) {
  const operation::Catalog catalog{tools::catalog(), {}, {}};
  const auto& settings = setup::all_settings();
  for (const auto& verb : all_verbs()) {
    const auto* tool = catalog.tool(verb.tool);
    EXPECT_EQ(tool == nullptr, verb.tool.empty()) << verb.path;
    for (const auto& option : verb.options) {
      const bool is_argument = tool != nullptr && tool->arguments->find(option.sets) != nullptr;
      const bool is_setting =
          tool == nullptr && std::any_of(settings.begin(), settings.end(),
                                         [&](const auto& one) { return one.path == option.sets; });
      EXPECT_TRUE(option.sets.empty() || is_argument || is_setting)
          << verb.path << ' ' << option.spelling;
    }
  }
}

TEST(CommandLine, a_verb_knows_its_options_by_name_and_its_settings_by_path) {
  std::string complaint;
  const auto given = parsed({"gmail-mcp", "serve", "-t", "http", "-p", "99", "-d"}, complaint);
  ASSERT_TRUE(std::holds_alternative<CommandLine>(given)) << complaint;
  const auto& [verb, words] = std::get<CommandLine>(given);
  EXPECT_EQ(verb.path, "serve");
  EXPECT_EQ(words.text("--transport"), "http");
  EXPECT_FALSE(words.has("--sandbox"));
  const std::vector<std::pair<std::string, std::string>> settings{{"server.port", "99"},
                                                                  {"log.level", "debug"}};
  EXPECT_EQ(words.sources.flags, settings);
}

TEST(CommandLine, of_a_tool_everything_behind_its_name_is_left_alone) {
  std::string complaint;
  const auto given = parsed({"gmail-mcp", "tool", "gmail_search", "--help", "--x=1"}, complaint);
  ASSERT_TRUE(std::holds_alternative<CommandLine>(given)) << complaint;
  const auto& words = std::get<CommandLine>(given).words;
  EXPECT_EQ(words.text("name"), "gmail_search");
  EXPECT_EQ(words.rest, (std::vector<std::string>{"--help", "--x=1"}));
}

}  // namespace
}  // namespace gmail_mcp::app
