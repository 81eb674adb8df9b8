#include "sql/supabase/kept_statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(KeptStatement, is_cut_where_its_parameters_are) {
  const auto kept = kept_statement("DELETE FROM t WHERE a = ?1 AND b = ?12 AND c = ?1");
  EXPECT_THAT(kept.pieces, ElementsAre("DELETE FROM t WHERE a = ", " AND b = ", " AND c = ", ""));
  EXPECT_THAT(kept.slots, ElementsAre(1, 12, 1));
  EXPECT_FALSE(kept.has_rows);
}

TEST(KeptStatement, takes_nothing_for_a_parameter_that_is_quoted_or_in_a_comment) {
  const auto kept =
      kept_statement("UPDATE t SET a = 'it''s ?1', \"b?2\" = ? -- ?3\n WHERE /* ?4 */ c = ?5");
  EXPECT_THAT(kept.slots, ElementsAre(5));
  EXPECT_THAT(kept_statement("UPDATE t SET a = 'open ?1").slots, IsEmpty());
}

TEST(KeptStatement, answers_with_rows_when_it_is_a_query_or_returns_them) {
  const auto has_rows = [](const char* text) { return kept_statement(text).has_rows; };
  EXPECT_TRUE(has_rows("SELECT 1"));
  EXPECT_TRUE(has_rows("INSERT INTO t VALUES (?1) RETURNING id"));
  EXPECT_TRUE(has_rows("WITH x AS (DELETE FROM t RETURNING id) SELECT id FROM x"));
  EXPECT_TRUE(has_rows("WITH x AS (SELECT 1) UPDATE t SET a = 1 RETURNING a"));
  EXPECT_FALSE(has_rows("INSERT INTO t SELECT ?1"));
  EXPECT_FALSE(has_rows("WITH x AS (DELETE FROM t RETURNING id) INSERT INTO u SELECT id FROM x"));
  EXPECT_FALSE(has_rows("UPDATE t SET a = (SELECT 1)"));
  EXPECT_FALSE(has_rows("SET LOCAL enable_seqscan = off"));
}

TEST(KeptStatement, with_rows_is_asked_for_one_array_of_them) {
  const auto kept = kept_statement("SELECT a FROM t WHERE b = ?1");
  ASSERT_THAT(kept.pieces, SizeIs(2));
  EXPECT_EQ(kept.pieces[0], "WITH gmail_mcp_rows AS (SELECT a FROM t WHERE b = ");
  EXPECT_THAT(kept.pieces[1], StartsWith(") SELECT coalesce(json_agg("));
}

TEST(KeptStatement, with_a_with_of_its_own_goes_on_from_there) {
  const auto kept = kept_statement("WITH x AS (DELETE FROM t RETURNING id) SELECT id FROM x");
  EXPECT_THAT(kept.pieces[0], StartsWith("WITH x AS (DELETE FROM t RETURNING id), gmail_mcp_rows "
                                         "AS (SELECT id FROM x) SELECT coalesce("));
}

}  // namespace
}  // namespace gmail_mcp::sql
