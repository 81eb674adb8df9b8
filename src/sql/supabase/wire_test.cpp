#include "sql/supabase/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::sql::supabase {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr Sql find{"users.find", "SELECT 1"};

std::string body_of(std::vector<Value> parameters) {
  Statement statement{find};
  statement.parameters = std::move(parameters);
  const std::vector<Statement> statements{statement};
  return request_of(statements);
}

TEST(SupabaseRequest, names_each_statement_with_its_digest_and_sends_all_parameters_as_text) {
  std::vector<Value> parameters{Value{"a\"b\\\n"}, Value{}, Value{std::int64_t{9007199254740993}},
                                Value{true}, Value{0.1}};
  EXPECT_EQ(body_of(std::move(parameters)),
            R"({"calls":[{"name":"users.find","digest":"199e7bca63ea84f2","parameters":)"
            R"(["a\"b\\\n",null,"9007199254740993","1","0.1"]}]})");
}

TEST(SupabaseRequest, says_when_ids_that_are_none_must_be_passed_over) {
  const std::vector<Statement> one{Statement{find}};
  EXPECT_THAT(request_of(one, Care::passes_over_no_ids), EndsWith(R"(]}],"careful":true})"));
}

TEST(SupabaseRequest, puts_several_into_one_list) {
  const std::vector<Statement> two{Statement{find}, Statement{find, "x"}};
  EXPECT_THAT(request_of(two), HasSubstr(R"("parameters":[]},{"name":)"));
}

TEST(SupabaseRequest, holds_nothing_that_a_text_of_postgresql_cannot_hold) {
  std::vector<Value> parameters{Value{std::string{"a\0b", 3}}, Value{"\xFF!"}};
  EXPECT_THAT(body_of(std::move(parameters)), HasSubstr("[\"a\xEF\xBF\xBD"
                                                        "b\",\"\xEF\xBF\xBD!\"]"));
}

TEST(SupabaseAnswer, gives_the_columns_in_their_order_with_their_types) {
  const auto answers = answers_in(
      R"([[{"f1":"text","f2":9007199254740993,"f3":true,"f4":null,"f5":1.5,"f6":{"b":[1],"a":""}}],[]])",
      2);
  ASSERT_TRUE(answers);
  ASSERT_THAT(*answers, SizeIs(2));
  const Row& row = (*answers)[0][0];
  ASSERT_THAT(row, SizeIs(6));
  EXPECT_EQ(row[0].text(), "text");
  EXPECT_EQ(row[1].integer(), 9007199254740993);
  EXPECT_TRUE(row[2].boolean());
  EXPECT_TRUE(row[3].is_null());
  EXPECT_EQ(row[4].real(), 1.5);
  EXPECT_EQ(row[5].text(), R"({"b":[1],"a":""})") << "json is its text";
  EXPECT_THAT((*answers)[1], IsEmpty());
}

TEST(SupabaseAnswer, has_times_that_can_be_read_with_microseconds_and_an_offset) {
  const auto answers = answers_in(R"([[{"f1":"2026-11-29T18:40:00.123456+00:00"}]])", 1);
  EXPECT_EQ(to_iso8601((*answers)[0][0][0].time()), "2026-11-29T18:40:00.123Z");
}

TEST(SupabaseAnswer, that_is_something_else_is_unavailable) {
  for (const auto* body : {"", "<html>", "{}", "[]", "[1]", "[[1]]", "[[{}],[]]", "null"}) {
    const auto answers = answers_in(body, 1);
    ASSERT_FALSE(answers) << body;
    EXPECT_EQ(answers.error().code, Errc::unavailable) << body;
  }
}

struct Case {
  int status;
  const char* body;
  Errc code;
  Refusal::Next next;
  const char* says;  // in the sentence or the hint
};

TEST(SupabaseRefusal, becomes_what_the_caller_should_do_next) {
  using Next = Refusal::Next;
  const std::vector<Case> cases{
      {400, R"({"code":"GM001"})", Errc::misconfigured, Next::fail, "migrate --print"},
      {404, R"({"code":"PGRST202"})", Errc::misconfigured, Next::fail, "gmail_mcp_run"},
      {404, R"({"code":"42P01"})", Errc::misconfigured, Next::fail, "migrate --print"},
      {401, R"({"message":"No API key found in request"})", Errc::misconfigured, Next::fail,
       "GMAIL_MCP_STORAGE_SUPABASE_KEY"},
      {401, R"({"code":"PGRST301"})", Errc::misconfigured, Next::fail,
       "GMAIL_MCP_STORAGE_SUPABASE_KEY"},
      {401, R"({"code":"PGRST303"})", Errc::misconfigured, Next::fail,
       "GMAIL_MCP_STORAGE_SUPABASE_KEY"},
      {401, R"({"code":"42501"})", Errc::misconfigured, Next::fail, "publishable"},
      {403, R"({"code":"42501"})", Errc::misconfigured, Next::fail, "publishable"},
      {406, R"({"code":"PGRST106"})", Errc::misconfigured, Next::fail, "exposed schemas"},
      {409, R"({"code":"23505"})", Errc::conflict, Next::fail, "exists already"},
      {409, R"({"code":"23503"})", Errc::conflict, Next::fail, "removed meanwhile"},
      {500, R"({"code":"40001"})", Errc::unavailable, Next::repeat, "moment"},
      {500, R"({"code":"40P01"})", Errc::unavailable, Next::repeat, "moment"},
      {400, R"({"code":"22P02"})", Errc::internal, Next::with_care, ""},
      {500, R"({"code":"57014"})", Errc::unavailable, Next::fail, "longer"},
      {405, R"({"code":"25006"})", Errc::misconfigured, Next::fail, "read-only"},
      {500, R"({"code":"54000"})", Errc::too_large, Next::fail, ""},
      {503, R"({"code":"PGRST002"})", Errc::unavailable, Next::wait, "moment"},
      {503, R"({"code":"57P01"})", Errc::unavailable, Next::wait, "moment"},
      {520, "<html>cloudflare</html>", Errc::unavailable, Next::wait, "moment"},
      {502, "<html>bad gateway</html>", Errc::unavailable, Next::fail, "moment"},
      {540, "", Errc::unavailable, Next::fail, "paused"},
      {429, "", Errc::unavailable, Next::fail, "moment"},
      {413, "", Errc::too_large, Next::fail, ""},
      {404, "<html>not here</html>", Errc::misconfigured, Next::fail,
       "GMAIL_MCP_STORAGE_SUPABASE_URL"},
      {302, "", Errc::unavailable, Next::fail, "GMAIL_MCP_STORAGE_SUPABASE_URL"},
      {400, R"({"code":"23502","message":"null value"})", Errc::internal, Next::fail, "refused"},
  };
  for (const auto& one : cases) {
    const auto refusal = refusal_of(one.status, {}, one.body);
    EXPECT_EQ(refusal.error.code, one.code) << one.body;
    EXPECT_EQ(refusal.next, one.next) << one.body;
    EXPECT_THAT(refusal.error.message + refusal.error.hint, HasSubstr(one.says)) << one.body;
  }
}

TEST(SupabaseRefusal, repeats_nothing_of_what_the_server_says) {
  const auto refusal = refusal_of(
      409, {}, R"({"code":"23505","message":"canary","details":"canary","hint":"canary"})");
  const auto all = refusal.error.message + refusal.error.hint + refusal.error.detail;
  EXPECT_THAT(all, Not(HasSubstr("canary")));
  EXPECT_EQ(refusal.error.detail, "HTTP 409 23505");
  EXPECT_EQ(refusal_of(400, {}, R"({"code":"canary@x.com"})").error.detail, "HTTP 400 ");
}

TEST(SupabaseRefusal, is_certain_only_when_the_database_has_spoken) {
  EXPECT_TRUE(refusal_of(504, {}, "<html>").may_be_done);
  EXPECT_TRUE(refusal_of(520, {}, "").may_be_done);
  EXPECT_TRUE(refusal_of(503, {}, R"({"code":"PGRST001"})").may_be_done);
  EXPECT_FALSE(refusal_of(504, {}, R"({"code":"PGRST003"})").may_be_done);
  EXPECT_FALSE(refusal_of(500, {}, R"({"code":"57014"})").may_be_done);
  EXPECT_FALSE(refusal_of(401, {}, "").may_be_done);
}

TEST(SupabaseRefusal, passes_on_how_long_to_wait) {
  const http::Headers headers{{"Retry-After", "7"}};
  EXPECT_EQ(refusal_of(503, headers, "").error.retry_after, std::chrono::seconds{7});
}

}  // namespace
}  // namespace gmail_mcp::sql::supabase
