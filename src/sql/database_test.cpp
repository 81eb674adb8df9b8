#include "sql/database.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "sql/compose.h"

namespace gmail_mcp::sql {
namespace {

Timestamp moment(std::string_view text) { return parse_iso8601(text).value(); }

TEST(Value, a_time_is_text_with_milliseconds_so_that_text_order_is_time_order) {
  EXPECT_EQ(Value{moment("2026-01-02T03:04:05Z")}.text(), "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(Value{moment("2026-11-30T23:59:59.087Z")}.text(), "2026-11-30T23:59:59.087Z");
  EXPECT_EQ(Value{moment("1969-12-31T23:59:59.999Z")}.text(), "1969-12-31T23:59:59.999Z");
  EXPECT_LT(Value{moment("2026-01-02T03:04:05Z")}.text(),
            Value{moment("2026-01-02T03:04:05.001Z")}.text());
}

TEST(Value, a_time_reads_back_in_every_form_that_databases_write) {
  const auto time = moment("2026-11-21T19:37:52.735Z");
  for (const auto* text : {"2026-11-21T19:37:52.735529", "2026-11-21 19:37:52.735529+00",
                           "2026-11-21T19:37:52.735Z", "2026-11-21 20:37:52.735+01:00"}) {
    EXPECT_EQ(Value{text}.time(), time) << text;
  }
  EXPECT_EQ(Value{"2026-11-21 19:37:52"}.time(), moment("2026-11-21T19:37:52Z"));
  EXPECT_THROW(Value{"yesterday"}.time(), Error);
}

TEST(Value, null_is_what_an_empty_optional_becomes) {
  EXPECT_TRUE(Value{std::optional<std::string>{}}.is_null());
  EXPECT_TRUE(Value{nullptr}.is_null());
  EXPECT_EQ(Value{std::optional<std::string>{"x"}}.text(), "x");
  EXPECT_EQ(Value{}.optional_text(), std::nullopt);
  EXPECT_EQ(Value{}.optional_time(), std::nullopt);
}

TEST(Value, a_column_of_another_type_is_our_bug) {
  try {
    Value{"text"}.integer();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::internal);
    EXPECT_EQ(error.detail, "expected an integer, found text");
  }
  EXPECT_THROW(Value{1}.text(), Error);
  EXPECT_EQ(Value{2}.real(), 2.0);
  EXPECT_TRUE(Value{true}.boolean());
}

constexpr char columns[] = "id, email";
constexpr auto find_user = compose("SELECT ", columns, " FROM users WHERE id = ?1");

TEST(Statement, may_be_composed_of_literals_while_compiling) {
  const Statement statement{find_user, "7"};
  EXPECT_STREQ(statement.sql.text(), "SELECT id, email FROM users WHERE id = ?1");
  ASSERT_EQ(statement.parameters.size(), 1U);
  EXPECT_EQ(statement.parameters[0].text(), "7");
}

}  // namespace
}  // namespace gmail_mcp::sql
