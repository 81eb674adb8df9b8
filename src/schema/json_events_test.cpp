#include "schema/json_events.h"

#include <gtest/gtest.h>

namespace gmail_mcp::schema {
namespace {

// Writes down what it is told.
struct Listener {
  bool begin_object() {
    told += "{ ";
    return ++objects <= most_objects;
  }
  void end_object() { told += "} "; }
  void begin_array() { told += "[ "; }
  void end_array() { told += "] "; }
  void name(std::string_view name) { told.append(name) += ": "; }
  void value(const JsonScalar& scalar) {
    if (std::holds_alternative<std::monostate>(scalar)) told += "null ";
    if (const auto* value = std::get_if<bool>(&scalar)) told += *value ? "true " : "false ";
    if (const auto* number = std::get_if<std::int64_t>(&scalar)) put("i", *number);
    if (const auto* number = std::get_if<std::uint64_t>(&scalar)) put("u", *number);
    if (const auto* number = std::get_if<double>(&scalar)) put("d", *number);
    if (const auto* text = std::get_if<std::string_view>(&scalar)) told.append(*text) += ' ';
  }
  void put(const char* kind, auto number) { told += kind + std::to_string(number) + " "; }

  std::string told;
  int objects = 0;
  int most_objects = 1000;
};

std::string told_of(std::string_view text, const JsonRules& rules = {}) {
  Listener listener;
  const auto fault = tell_json(text, rules, listener);
  if (!fault) return listener.told;
  switch (fault->kind) {
    case JsonFault::Kind::malformed: return "malformed";
    case JsonFault::Kind::too_deep: return "too deep";
    case JsonFault::Kind::too_many_values: return "too many";
    case JsonFault::Kind::repeated_name: return "repeated";
  }
  return "";
}

TEST(JsonEvents, everything_is_told_in_its_order) {
  EXPECT_EQ(told_of(R"({"a":[1,-2,18446744073709551615,0.5,"x",""],"b":{"c":null},"d":[true,{}]})"),
            "{ a: [ i1 i-2 u18446744073709551615 d0.500000 x  ] b: { c: null } d: [ true { } ] } ");
  EXPECT_EQ(told_of("\"x\""), "x ");
  EXPECT_EQ(told_of(R"({"a":1,"a":2})"), "{ a: i1 a: i2 } ") << "repeated names are told";
}

TEST(JsonEvents, texts_and_names_with_escapes_are_whole) {
  EXPECT_EQ(told_of(R"({"\u0061b\"":"\\x\n","c":"y"})"), "{ ab\": \\x\n c: y } ");
  const std::string lengthy(10'000, 'x');
  EXPECT_EQ(told_of("[\"\\n" + lengthy + "\\n" + lengthy + "\",\"z\"]"),
            "[ \n" + lengthy + "\n" + lengthy + " z ] ");
}

TEST(JsonEvents, what_read_json_refuses_is_refused_alike) {
  for (const auto* text : {"", "{", "[1", "{} {}", "[1,]", "{\"a\"}", "nul", "\"\xff\""}) {
    EXPECT_EQ(told_of(text), "malformed") << text;
  }
  EXPECT_EQ(told_of("[[[]]]", {.depth = 2}), "too deep");
  EXPECT_EQ(told_of("[[[]]]", {.depth = 3}), "[ [ [ ] ] ] ");
  EXPECT_EQ(told_of("[1,2,3]", {.values = 3}), "too many");
  EXPECT_EQ(told_of("[1,2,3]", {.values = 4}), "[ i1 i2 i3 ] ");
  EXPECT_EQ(told_of("\"\xff\"", {.allow_invalid_utf8 = true}), "\xff ");
}

TEST(JsonEvents, a_reader_stops_the_reading) {
  Listener listener;
  listener.most_objects = 2;
  const auto fault = tell_json("[{},{},{},{}", {}, listener);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, JsonFault::Kind::too_many_values);
  EXPECT_EQ(listener.told, "[ { } { } { ");
}

}  // namespace
}  // namespace gmail_mcp::schema
