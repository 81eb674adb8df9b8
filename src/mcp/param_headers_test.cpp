#include "mcp/param_headers.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace gmail_mcp::mcp {
namespace {

json::object object(std::string_view text) { return json::parse(text).as_object(); }

// "ok" or what is wrong.
std::string check(std::string_view schema, std::string_view arguments, http::Headers headers) {
  const auto failure =
      check_param_headers(param_headers(object(schema)).value(), object(arguments), headers);
  return failure ? failure->message : "ok";
}

constexpr std::string_view region =
    R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}})";
constexpr std::string_view nested = R"({"type":"object","properties":{"where":{"type":"object",
    "properties":{"shard":{"type":"integer","x-mcp-header":"Shard"},
                  "dry":{"type":"boolean","x-mcp-header":"Dry"}}}}})";

TEST(ParamHeaders, RepeatTheArgument) {
  EXPECT_EQ(check(region, R"({"region":"eu"})", {{"mcp-param-region", "eu"}}), "ok");
  EXPECT_EQ(check(region, R"({"region":"eu"})", {{"Mcp-Param-Region", " eu "}}), "ok");
  EXPECT_EQ(check(region, R"({"region":"\u00e4"})", {{"Mcp-Param-Region", "=?base64?w6Q=?="}}),
            "ok");
  EXPECT_EQ(check(region, R"({"region":"eu"})", {{"Mcp-Param-Region", "EU"}}),
            "Mcp-Param-Region does not say what the argument says.");
  EXPECT_EQ(check(region, R"({"region":"eu"})", {{"Mcp-Param-Region", "=?base64?w6Q?="}}),
            "Mcp-Param-Region is not well encoded.");
  EXPECT_EQ(check(region, R"({"region":"eu"})", {}), "Mcp-Param-Region is missing.");
  EXPECT_EQ(
      check(region, R"({"region":"a"})", {{"Mcp-Param-Region", "a"}, {"Mcp-Param-Region", "b"}}),
      "Mcp-Param-Region is sent more than once.");
}

TEST(ParamHeaders, AreAbsentWithTheArgument) {
  EXPECT_EQ(check(region, "{}", {}), "ok");
  EXPECT_EQ(check(region, R"({"region":null})", {}), "ok");
  EXPECT_EQ(check(region, "{}", {{"Mcp-Param-Region", "eu"}}),
            "Mcp-Param-Region repeats an argument that is not there.");
}

TEST(ParamHeaders, ReachIntoObjectsAndCompareNumbersAsNumbers) {
  EXPECT_EQ(check(nested, R"({"where":{"shard":42,"dry":true}})",
                  {{"Mcp-Param-Shard", "42"}, {"Mcp-Param-Dry", "true"}}),
            "ok");
  EXPECT_EQ(check(nested, R"({"where":{"shard":42}})", {{"Mcp-Param-Shard", "42.0"}}), "ok");
  EXPECT_EQ(check(nested, R"({"where":{"shard":42}})", {{"Mcp-Param-Shard", "4.2e1"}}), "ok");
  EXPECT_NE(check(nested, R"({"where":{"shard":42}})", {{"Mcp-Param-Shard", "42x"}}), "ok");
  EXPECT_NE(check(nested, R"({"where":{"shard":9007199254740993}})",
                  {{"Mcp-Param-Shard", "9007199254740992"}}),
            "ok");
  EXPECT_NE(check(nested, R"({"where":{"dry":true}})", {{"Mcp-Param-Dry", "True"}}), "ok");
  EXPECT_EQ(check(nested, R"({"where":7})", {}), "ok");
}

TEST(ParamHeaders, AnAnnotationClientsDoNotAcceptIsTheProgrammersError) {
  for (const auto* schema : {
           R"({"properties":{"a":{"type":"number","x-mcp-header":"A"}}})",
           R"({"properties":{"a":{"type":"string","x-mcp-header":"A b"}}})",
           R"({"properties":{"a":{"type":"string","x-mcp-header":""}}})",
           R"({"properties":{"a":{"type":"string","x-mcp-header":7}}})",
           R"({"properties":{"a":{"items":{"type":"string","x-mcp-header":"A"}}}})",
           R"({"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]})",
           R"({"properties":{"a":{"type":"string","x-mcp-header":"X"},
                             "b":{"type":"string","x-mcp-header":"x"}}})",
       }) {
    const auto rules = param_headers(object(schema));
    ASSERT_FALSE(rules.has_value()) << schema;
    EXPECT_EQ(rules.error().code, Errc::misconfigured);
  }
  EXPECT_TRUE(param_headers(object(R"({"properties":{"x-mcp-header":{"type":"string"}}})")));
}

}  // namespace
}  // namespace gmail_mcp::mcp
