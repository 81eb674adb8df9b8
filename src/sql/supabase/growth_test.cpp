// What a Supabase project answers holds texts of mails: four times as much must be four times the
// work.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "base/testing/growth.h"
#include "sql/supabase/kept_statement.h"
#include "sql/supabase/wire.h"

namespace gmail_mcp::sql::supabase {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

TEST(SupabaseGrowth, Answers) {
  for (const auto& [before, unit, after] :
       {std::tuple{"[[", R"({"f1":1,"f2":"a"},)", R"({"f1":1}]])"},
        std::tuple{R"([[{"f1":")", "\\u00e9", R"("}]])"},
        std::tuple{R"([[{"f1":")", "a", R"("}]])"}, std::tuple{R"([[{"f1":[)", "1,", "1]}]]"},
        std::tuple{"[", "[],", "[]]"}}) {
    const std::string head{before};
    const std::string tail{after};
    const std::string body{unit};
    expect_linear(
        head + body, growing_text, [&](std::size_t n) { return head + repeated(body, n) + tail; },
        [](const std::string& text) {
          answers_in(text, 1).has_value();
          refusal_of(400, {}, text);
        });
  }
}

TEST(SupabaseGrowth, Requests) {
  static constexpr Sql statement{"test.statement", "SELECT ?1"};
  for (const auto* unit : {"a", "\"", "\xFF", "\xC3", "\n"}) {
    expect_linear(
        unit, growing_text, [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& text) {
          const std::vector<Statement> statements{Statement{statement, text}};
          request_of(statements);
        });
  }
}

TEST(SupabaseGrowth, Statements) {
  for (const auto* unit : {"?1 ", "'", "\"", "(", "WITH ", "SELECT ", "--", "/*", "a"}) {
    expect_linear(
        unit, growing_text, [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& text) { kept_statement(text); });
  }
}

}  // namespace
}  // namespace gmail_mcp::sql::supabase
