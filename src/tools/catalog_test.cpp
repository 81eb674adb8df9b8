#include "tools/catalog.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <set>

namespace gmail_mcp::tools {
namespace {

std::size_t listed_bytes(bool core_only) {
  std::size_t bytes = 0;
  for (const auto& tool : catalog()) {
    using operation::Toolset;
    const bool is_core = tool.info.toolset == Toolset::read ||
                         tool.info.toolset == Toolset::write ||
                         tool.info.toolset == Toolset::organize;
    if (core_only && !is_core) continue;
    bytes += tool.info.name.size() + tool.info.description.size() +
             boost::json::serialize(tool.input_schema).size();
  }
  return bytes;
}

TEST(ToolCatalog, names_are_unique_and_fit_every_client) {
  std::set<std::string_view> names;
  for (const auto& tool : catalog()) {
    EXPECT_TRUE(names.insert(tool.info.name).second) << tool.info.name;
    EXPECT_LE(tool.info.name.size(), 64U);
    EXPECT_EQ(tool.info.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos);
  }
}

TEST(ToolCatalog, every_tool_says_what_it_is_for) {
  for (const auto& tool : catalog()) {
    EXPECT_FALSE(tool.info.title.empty()) << tool.info.name;
    EXPECT_GT(tool.info.description.size(), 40U) << tool.info.name;
  }
}

// 9,000 and 4,500 tokens are the budgets of the whole list and of the mail tools. JSON of this kind
// has 3.5 to 4.2 bytes a token, which makes the byte bounds; the referee `schemas` counts tokens.
TEST(ToolCatalog, the_list_stays_within_what_a_model_can_afford) {
  EXPECT_LE(listed_bytes(false), 31'500U);
  EXPECT_LE(listed_bytes(true), 18'900U);
}

void expect_plain(const boost::json::value& schema, const std::string& where) {
  const auto* object = schema.if_object();
  if (object == nullptr) return;
  if (const auto* type = object->if_contains("type")) {
    ASSERT_TRUE(type->is_string()) << where;
    EXPECT_EQ(type->as_string() == "array", object->contains("items")) << where;
    EXPECT_FALSE(object->contains("anyOf")) << where;
  }
  if (const auto* choices = object->if_contains("enum")) {
    for (const auto& one : choices->as_array()) EXPECT_TRUE(one.is_string()) << where;
  }
  if (const auto* properties = object->if_contains("properties")) {
    for (const auto& [name, one] : properties->as_object()) {
      expect_plain(one, where + "." + std::string{name});
    }
  }
  if (const auto* items = object->if_contains("items")) expect_plain(*items, where + "[]");
  if (const auto* either = object->if_contains("anyOf")) {
    for (const auto& one : either->as_array()) expect_plain(one, where);
  }
}

// The common subset of the providers' function schemas: `type` is one word and never beside
// `anyOf`, a list declares its items, choices are texts. Gemini's Schema object
// (https://ai.google.dev/api/caching#Schema) knows nothing else, and one schema that it does not
// know makes it refuse the whole request.
TEST(ToolCatalog, every_schema_is_one_that_every_provider_takes) {
  for (const auto& tool : catalog()) {
    const std::string name{tool.info.name};
    expect_plain(tool.input_schema, name + " input");
    expect_plain(tool.output_schema, name + " output");
  }
}

TEST(ToolCatalog, output_schemas_are_one_level_deep) {
  for (const auto& tool : catalog()) {
    const auto* properties = tool.output_schema.if_contains("properties");
    ASSERT_NE(properties, nullptr) << tool.info.name;
    for (const auto& [name, schema] : properties->as_object()) {
      EXPECT_FALSE(schema.as_object().contains("properties")) << tool.info.name << "." << name;
    }
  }
}

}  // namespace
}  // namespace gmail_mcp::tools
