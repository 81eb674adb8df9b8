#include "schema/json_text.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace gmail_mcp::schema {
namespace {

using Kind = JsonFault::Kind;

// The text as it was read, or why it was refused.
std::string json_reading(std::string_view text, const JsonRules& rules = {}) {
  const auto read = read_json(text, rules);
  if (const auto* tree = std::get_if<boost::json::value>(&read)) return serialize(*tree);
  const auto& fault = std::get<JsonFault>(read);
  switch (fault.kind) {
    case Kind::malformed: return "malformed";
    case Kind::too_deep: return "too deep";
    case Kind::too_many_values: return "too many";
    case Kind::repeated_name: return "twice " + fault.name;
  }
  return "";
}

TEST(JsonText, a_name_that_stands_twice_is_refused_at_any_depth_and_named) {
  EXPECT_EQ(json_reading(R"({"a":1,"b":2})"), R"({"a":1,"b":2})");
  EXPECT_EQ(json_reading(R"({"a":1,"a":1})"), "twice a");
  EXPECT_EQ(json_reading(R"({"x":{"a":1},"a":[{"b":{}},{"b":1,"c":2,"b":3}]})"), "twice b");
  EXPECT_EQ(json_reading(R"([{"to":"a","t\u006f":"b"}])"), "twice to") << "spelled in another way";
  EXPECT_EQ(json_reading(R"({"a":{"a":{"a":1}}})"), R"({"a":{"a":{"a":1}}})");
  EXPECT_EQ(json_reading(R"({"":1,"":2})"), "twice ");
  const std::string lengthy(1000, 'k');
  EXPECT_EQ(json_reading("{\"" + lengthy + "\":1,\"" + lengthy + "\":2}"),
            "twice " + std::string(60, 'k') + "…");
}

TEST(JsonText, where_names_may_repeat_the_last_one_counts) {
  JsonRules rules;
  rules.allow_repeated_names = true;
  EXPECT_EQ(json_reading(R"({"a":1,"a":2})", rules), R"({"a":2})");
}

TEST(JsonText, values_and_depth_are_limited) {
  JsonRules rules;
  rules.values = 4;
  EXPECT_EQ(json_reading("[1,2,3]", rules), "[1,2,3]");
  EXPECT_EQ(json_reading("[1,2,3,4]", rules), "too many");
  EXPECT_EQ(json_reading("[{},{},{},{}]", rules), "too many");
  rules.depth = 2;
  EXPECT_EQ(json_reading("[[[]]]", rules), "too deep");
}

TEST(JsonText, is_one_text_in_utf8) {
  for (const auto* text : {"", "{", "{} {}", "[1,]", "nul", "\"\xff\"", "{'a':1}"}) {
    EXPECT_EQ(json_reading(text), "malformed") << text;
  }
  JsonRules rules;
  rules.allow_invalid_utf8 = true;
  EXPECT_NE(json_reading("\"\xff\"", rules), "malformed");
}

TEST(JsonText, the_escapes_of_slashes_are_dropped_and_no_others) {
  const std::vector<std::pair<std::string, std::string>> texts{
      {R"(["a/b"])", R"(["a/b"])"},
      {R"(["\/\/x\/"])", R"(["//x/"])"},
      {R"(["\\/"])", R"(["\\/"])"},   // a backslash, then a slash
      {R"(["\\\/"])", R"(["\\/"])"},  // the same
      {R"(["\n\/\"\/"])", R"(["\n/\"/"])"},
      {R"(["\u002f\/"])", R"(["\u002f/"])"},
      {R"(["\/\)", R"(["/\)"},  // not JSON, and stays invalid
  };
  for (auto [text, expected] : texts) {
    drop_slash_escapes(text);
    EXPECT_EQ(text, expected);
  }
}

}  // namespace
}  // namespace gmail_mcp::schema
