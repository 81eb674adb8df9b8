#include "schema/fields.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"

namespace gmail_mcp::schema {
namespace {

enum class Colour { red, green };
const std::vector<std::string_view>& enum_names(Colour) {
  static const std::vector<std::string_view> names{"red", "green"};
  return names;
}

struct Inner {
  std::string name;
  std::optional<int> size;

  static auto fields() {
    return Fields{required("name", &Inner::name, "What it is called").range(1, 8),
                  field("size", &Inner::size)};
  }
};

struct Sample {
  std::string query;
  int limit = 25;
  bool deep = false;
  Colour colour = Colour::green;
  std::vector<std::string> to;
  std::vector<Inner> parts;
  std::optional<std::string> cursor;
  Secret password;
  std::optional<Colour> shade;
  std::optional<int> whole;
  std::optional<Inner> part;

  static auto fields() {
    return Fields{
        required("query", &Sample::query, "What to look for").alias("q"),
        field("limit", &Sample::limit, "How many").range(1, 100),
        field("deep", &Sample::deep),
        field("colour", &Sample::colour),
        field("to", &Sample::to).one_or_many().at_most(9),
        field("parts", &Sample::parts),
        field("cursor", &Sample::cursor, "Goes on there"),
        field("password", &Sample::password).omit_empty(),
        field("shade", &Sample::shade),
        field("whole", &Sample::whole).omit_empty(),
        field("part", &Sample::part),
    };
  }
};

Result<Sample> read(std::string_view text) { return from_json<Sample>(json::parse(text)); }

TEST(Schema, a_struct_is_read_and_written_by_its_own_description) {
  const auto sample = read(R"({"query":"x","limit":3,"deep":true,"colour":"red",
      "to":["a","b"],"parts":[{"name":"p","size":4}],"cursor":"c"})");
  ASSERT_TRUE(sample.has_value()) << sample.error().message;
  EXPECT_EQ(json::serialize(to_json(*sample)),
            R"({"query":"x","limit":3,"deep":true,"colour":"red","to":["a","b"],)"
            R"("parts":[{"name":"p","size":4}],"cursor":"c","shade":null,"part":null})");
}

TEST(Schema, bytes_that_are_no_text_do_not_spoil_the_answer) {
  Sample sample;
  sample.query = "application/x-\xff\xfe; caf\xc3\xa9";
  sample.to = {"\xc3", "\xed\xa0\x80"};
  const auto text = to_json_text(sample);
  EXPECT_TRUE(is_valid_utf8(text));
  const auto object = json::parse(text).as_object();
  EXPECT_EQ(object.at("query").as_string(), "application/x-\uFFFD\uFFFD; café");
  EXPECT_EQ(object.at("to").as_array()[0].as_string(), "\uFFFD");
}

TEST(Schema, what_is_not_given_keeps_its_default) {
  const auto sample = read(R"({"q":"x","limit":null})");
  ASSERT_TRUE(sample.has_value());
  EXPECT_EQ(sample->limit, 25);
  EXPECT_EQ(sample->colour, Colour::green);
}

TEST(Schema, numbers_booleans_and_lists_may_come_as_text) {
  const auto sample = read(R"({"query":"x","limit":"7","deep":"yes","to":"[\"a\",\"b\"]"})");
  ASSERT_TRUE(sample.has_value()) << sample.error().message;
  EXPECT_EQ(sample->limit, 7);
  EXPECT_TRUE(sample->deep);
  EXPECT_EQ(sample->to.size(), 2U);
  EXPECT_EQ(read(R"({"query":"x","to":"one@example.org"})")->to.size(), 1U);
}

TEST(Schema, a_whole_number_where_text_is_declared_is_its_text) {
  EXPECT_EQ(read(R"({"query":2026})")->query, "2026");
  EXPECT_EQ(read(R"({"query":-5})")->query, "-5");
  EXPECT_EQ(read(R"({"query":18446744073709551615})")->query, "18446744073709551615");
  EXPECT_EQ(read(R"({"query":"x","to":[1,"b"]})")->to, (std::vector<std::string>{"1", "b"}));
  EXPECT_EQ(read(R"({"query":"x","to":7})")->to, std::vector<std::string>{"7"});
  EXPECT_EQ(read(R"({"query":"x","password":42})")->password.reveal(), "42");
  EXPECT_EQ(read(R"({"query":"x","parts":[{"name":123456789}]})").error().message,
            "parts[0].name must have at most 8 bytes");
  for (const auto* other : {"1.5", "1e30", "true", "{}", "[]"}) {
    EXPECT_EQ(read(std::string{R"({"query":)"} + other + "}").error().message,
              "query must be a string");
  }
}

TEST(Schema, each_fault_names_the_field_and_the_remedy) {
  EXPECT_EQ(read(R"({})").error().message, "query is required");
  EXPECT_EQ(read(R"({"query":"x","limit":101})").error().message,
            "limit must be between 1 and 100");
  EXPECT_EQ(read(R"({"query":true})").error().message, "query must be a string");
  EXPECT_EQ(read(R"({"query":"x","colour":"blue"})").error().message,
            "colour must be one of: red, green");
  EXPECT_EQ(read(R"({"query":"x","parts":[{"name":"p"},{"name":""}]})").error().message,
            "parts[1].name must not be empty");
  EXPECT_EQ(read(R"({"query":"x","limits":1})").error().message,
            "limits is not known; known are: query, limit, deep, colour, to, parts, cursor, "
            "password, shade, whole, part");
  EXPECT_EQ(read(R"({"query":"x","q":"y"})").error().message, "query is given twice");
  EXPECT_EQ(read(R"({"query":"x","limit":1.5})").error().message, "limit must be a whole number");
  EXPECT_EQ(read(R"([])").error().message, "must be an object");
}

TEST(Schema, a_secret_never_comes_out_again) {
  const auto sample = read(R"({"query":"x","password":"hunter2"})");
  ASSERT_TRUE(sample.has_value());
  EXPECT_EQ(sample->password.reveal(), "hunter2");
  EXPECT_EQ(json::serialize(to_json(*sample)).find("hunter2"), std::string::npos);
}

TEST(Schema, the_json_schema_of_arguments_is_closed_and_tells_bounds_and_defaults) {
  const auto text = json::serialize(input_schema(describe<Sample>()));
  EXPECT_NE(text.find(R"("limit":{"type":"integer","minimum":1,"maximum":100,)"
                      R"("description":"How many","default":25})"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("required":["query"],"additionalProperties":false)"), std::string::npos);
  EXPECT_EQ(text.find("\"q\""), std::string::npos) << "aliases are decoded, never shown";
}

TEST(Schema, each_type_is_one_word) {
  const auto input = input_schema(describe<Sample>());
  EXPECT_EQ(json::serialize(input.at("properties").at("to")),
            R"({"type":"array","items":{"type":"string"},"maxItems":9})");
  const auto output = output_schema(describe<Sample>(), 1).at("properties").as_object();
  EXPECT_EQ(json::serialize(output.at("cursor")),
            R"({"anyOf":[{"type":"string"},{"type":"null"}],"description":"Goes on there"})");
  EXPECT_EQ(json::serialize(output.at("shade")),
            R"({"anyOf":[{"type":"string","enum":["red","green"]},{"type":"null"}]})");
  EXPECT_EQ(json::serialize(output.at("whole")), R"({"type":"integer"})")
      << "it is left out rather than null";
  EXPECT_EQ(json::serialize(output.at("part").at("anyOf").at(1)), R"({"type":"null"})");
}

}  // namespace
}  // namespace gmail_mcp::schema
