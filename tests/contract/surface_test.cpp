// The public surface that was promised before this program existed, as data: tools with their
// arguments and result keys, resources, prompts, commands and settings are asked for by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/command_line.h"
#include "app/verbs/all.h"
#include "base/text.h"
#include "operation/catalog.h"
#include "prompts/catalog.h"
#include "resources/catalog.h"
#include "setup/table.h"
#include "tools/catalog.h"

namespace gmail_mcp {
namespace {

namespace json = boost::json;
namespace files = std::filesystem;

// Compilers may write __FILE__ relative to the build directory; from elsewhere look upwards.
files::path promised_file() {
  const auto beside = files::path{__FILE__}.parent_path() / "surface.json";
  if (files::exists(beside)) return beside;
  for (auto folder = files::current_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    if (files::exists(folder / "tests/contract/surface.json")) {
      return folder / "tests/contract/surface.json";
    }
  }
  return beside;
}

const json::object& promised() {
  static const json::object all = [] {
    std::ifstream in{promised_file()};
    std::ostringstream text;
    text << in.rdbuf();
    return json::parse(text.str()).as_object();
  }();
  return all;
}

const operation::Catalog& catalog() {
  static const operation::Catalog all{tools::catalog(), resources::catalog(), prompts::catalog()};
  return all;
}

std::vector<std::string> words(const json::value& list) {
  std::vector<std::string> out;
  for (const auto& one : list.as_array()) out.emplace_back(one.as_string());
  return out;
}

TEST(PromisedSurface, every_tool_takes_its_arguments_and_gives_its_keys) {
  const auto& all = promised().at("tools").as_object();
  ASSERT_GE(all.size(), 19U);
  for (const auto& [name, promise] : all) {
    const auto* tool = catalog().tool(name);
    ASSERT_NE(tool, nullptr) << name;
    for (const auto& argument : words(promise.at("arguments"))) {
      EXPECT_NE(tool->arguments->find(argument), nullptr) << name << " takes no " << argument;
    }
    const auto& given = tool->output_schema.at("properties").as_object();
    for (const auto& key : words(promise.at("result"))) {
      EXPECT_TRUE(given.contains(key)) << name << " gives no " << key;
    }
  }
}

TEST(PromisedSurface, failures_carry_the_keys_of_their_contract) {
  for (const auto& [name, keys] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"gmail_handle_oauth_callback", {"connection_id", "user_id", "gmail_address"}},
           {"gmail_check_connection", {"valid", "gmail_address", "scopes", "needs_reauth"}},
           {"gmail_disconnect", {"gmail_address"}}}) {
    const auto* tool = catalog().tool(name);
    ASSERT_TRUE(tool != nullptr && tool->failure_keys) << name;
    const auto given = tool->failure_keys(Errc::not_found);
    for (const auto& key : keys) EXPECT_TRUE(given.contains(key)) << name << " " << key;
  }
}

TEST(PromisedSurface, every_resource_is_there_with_its_true_type) {
  for (const auto& promise : promised().at("resources").as_array()) {
    const auto& uri = promise.at("uri").as_string();
    const auto& all = catalog().resources();
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const auto& one) { return one.uri == std::string_view{uri}; });
    ASSERT_NE(found, all.end()) << uri;
    EXPECT_EQ(found->mime_type, std::string_view{promise.at("mime_type").as_string()}) << uri;
  }
}

TEST(PromisedSurface, every_prompt_answers_to_both_spellings_and_says_something) {
  for (const auto& promise : promised().at("prompts").as_array()) {
    std::string name{promise.at("name").as_string()};
    const auto* prompt = catalog().prompt(name);
    ASSERT_NE(prompt, nullptr) << name;
    std::replace(name.begin(), name.end(), '_', '-');
    EXPECT_EQ(catalog().prompt(name), prompt);
    for (const auto& argument : words(promise.at("arguments"))) {
      EXPECT_TRUE(std::any_of(prompt->parameters.begin(), prompt->parameters.end(),
                              [&](const auto& one) { return one.name == argument; }))
          << name << " takes no " << argument;
    }
    EXPECT_GT(prompt->text({}).size(), 200U) << name;
  }
}

TEST(PromisedSurface, every_command_line_is_understood) {
  for (const auto& line : words(promised().at("commands"))) {
    auto arguments = split("gmail-mcp " + line, ' ');
    std::vector<char*> argv;
    for (auto& one : arguments) argv.push_back(one.data());
    std::ostringstream complaints;
    const auto parsed = app::parse_command_line(static_cast<int>(argv.size()), argv.data(),
                                                app::all_verbs(), complaints);
    EXPECT_TRUE(std::holds_alternative<app::CommandLine>(parsed)) << line << complaints.str();
  }
}

TEST(PromisedSurface, every_setting_has_its_key_and_its_environment_names) {
  const auto known = setup::all_settings();
  for (const auto& path : words(promised().at("settings").at("keys"))) {
    EXPECT_TRUE(std::any_of(known.begin(), known.end(), [&](const auto& one) {
      return one.path == path;
    })) << path;
  }
  for (auto name : words(promised().at("settings").at("environment"))) {
    // Double underscores between levels are read as well as single ones.
    for (auto at = name.find("__"); at != std::string::npos; at = name.find("__")) {
      name.erase(at, 1);
    }
    EXPECT_TRUE(std::any_of(known.begin(), known.end(), [&](const auto& one) {
      return std::find(one.environment.begin(), one.environment.end(), name) !=
             one.environment.end();
    })) << name;
  }
}

}  // namespace
}  // namespace gmail_mcp
