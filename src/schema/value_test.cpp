#include "schema/value.h"

#include <gtest/gtest.h>

namespace gmail_mcp::schema {

// A struct that does not know the schema.
struct Seen {
  bool is_inline = false;
  std::optional<bool> is_sure;
  std::vector<std::string> words;
};

template <>
struct FieldsOf<Seen> {
  static auto fields() {
    return Fields{field("inline", &Seen::is_inline).omit_empty(),
                  field("is_sure", &Seen::is_sure).omit_empty(), field("words", &Seen::words)};
  }
};

namespace {

TEST(SchemaValue, a_struct_is_described_beside_its_declaration) {
  EXPECT_EQ(to_json_text(Seen{}), R"({"words":[]})");
  EXPECT_EQ(to_json_text(std::vector<Seen>{{true, false, {"a"}}}),
            R"([{"inline":true,"is_sure":false,"words":["a"]}])")
      << "a no that may be missing is told";
}

TEST(SchemaValue, its_length_is_known_before_it_is_written) {
  const Value value{Seen{true, false, std::vector<std::string>(1'000, std::string(100, 'x'))}};
  const auto text = value.text();
  EXPECT_GE(value.bytes(), text.size());
  EXPECT_LT(value.bytes(), text.size() + text.size() / 10);
}

TEST(SchemaValue, a_member_is_found_by_name_and_type) {
  Value value{Seen{true, {}, {"a"}}};
  ASSERT_NE(value.member<bool>("inline"), nullptr);
  EXPECT_TRUE(*value.member<bool>("inline"));
  EXPECT_EQ(value.member<int>("inline"), nullptr);
  EXPECT_EQ(value.member<bool>("outline"), nullptr);
  value.leave_out("words");
  EXPECT_EQ(value.text(), R"({"inline":true})");
}

}  // namespace
}  // namespace gmail_mcp::schema
