// The public surface, locked: an intended change is a reviewed difference in tests/golden/.
// UPDATE_GOLDEN=1 rewrites the files.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>

#include "prompts/catalog.h"
#include "resources/catalog.h"
#include "surface/golden_files_test.h"
#include "tools/catalog.h"

namespace gmail_mcp::surface {
namespace {

// One line for each member and entry, so that a difference is short.
void write_lines(std::string& out, const boost::json::value& value, std::size_t indent) {
  const std::string pad(indent + 2, ' ');
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += "{\n";
    for (const auto& [key, member] : *object) {
      out += pad + boost::json::serialize(key) + ": ";
      write_lines(out, member, indent + 2);
      out += &member == &(object->end() - 1)->value() ? "\n" : ",\n";
    }
    out += std::string(indent, ' ') + "}";
  } else if (const auto* list = value.if_array(); list != nullptr && !list->empty()) {
    out += "[\n";
    for (const auto& entry : *list) {
      out += pad;
      write_lines(out, entry, indent + 2);
      out += &entry == &list->back() ? "\n" : ",\n";
    }
    out += std::string(indent, ' ') + "]";
  } else {
    out += boost::json::serialize(value);
  }
}

void expect_golden(const std::string& name, const boost::json::value& actual) {
  std::string text;
  write_lines(text, actual, 0);
  text += '\n';
  const auto path = project_folder() / "tests/golden" / name;
  if (is_updating()) write_file(path, text);
  EXPECT_TRUE(text_of(path) == text) << name << how_to_update;
}

TEST(Golden, tools_are_what_was_promised) {
  boost::json::array all;
  for (const auto& tool : tools::catalog()) {
    boost::json::object entry;
    entry["name"] = tool.info.name;
    entry["title"] = tool.info.title;
    entry["description"] = tool.info.description;
    entry["toolset"] = operation::to_string(tool.info.toolset);
    entry["input_schema"] = tool.input_schema;
    entry["output_schema"] = tool.output_schema;
    all.push_back(std::move(entry));
  }
  expect_golden("tools.json", all);
}

TEST(Golden, resources_and_prompts_are_what_was_promised) {
  boost::json::object all;
  auto& listed = all["resources"].emplace_array();
  for (const auto& one : resources::catalog()) {
    boost::json::object entry;
    entry["uri"] = one.uri;
    entry["name"] = one.info.name;
    entry["mime_type"] = one.mime_type;
    listed.push_back(std::move(entry));
  }
  auto& prompts = all["prompts"].emplace_array();
  for (const auto& one : prompts::catalog()) {
    boost::json::object entry;
    entry["name"] = one.name;
    auto& names = entry["parameters"].emplace_array();
    for (const auto& parameter : one.parameters) names.emplace_back(parameter.name);
    prompts.push_back(std::move(entry));
  }
  expect_golden("resources_and_prompts.json", all);
}

}  // namespace
}  // namespace gmail_mcp::surface
