#include "store/sql/statements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace gmail_mcp::store {
namespace {

const std::array<const Dialect*, 3> dialects{&sqlite_dialect(), &postgres_dialect(),
                                             &supabase_dialect()};

std::set<std::string> names_in_the_lists() {
  std::set<std::string> names;
  for (const auto* dialect : dialects) {
    for (const auto& one : all_statements(*dialect)) names.emplace(one.name());
  }
  return names;
}

TEST(Statements, every_one_has_a_name_and_no_two_have_the_same) {
  for (const auto* dialect : dialects) {
    std::set<std::string> seen;
    for (const auto& one : all_statements(*dialect)) {
      EXPECT_STRNE(one.name(), "") << one.text();
      EXPECT_TRUE(seen.insert(one.name()).second) << one.name() << " is there twice";
    }
  }
}

// A constant that is missing in its file's list would be found only when it is asked.
TEST(Statements, every_named_one_of_the_sources_is_in_the_list_of_its_part) {
  const std::regex naming{R"re((?:Sql \w+\{|named\()\s*"([a-z_]+\.[a-z_0-9]+)")re"};
  const auto listed = names_in_the_lists();
  std::size_t found = 0;
  for (const auto& file : std::filesystem::directory_iterator{"src/store/sql"}) {
    const auto name = file.path().filename().string();
    if (!name.ends_with(".cpp") || name.ends_with("_test.cpp")) continue;
    std::ifstream stream{file.path()};
    const std::string text{std::istreambuf_iterator<char>{stream}, {}};
    for (std::sregex_iterator it{text.begin(), text.end(), naming}, end; it != end; ++it) {
      ++found;
      EXPECT_TRUE(listed.contains((*it)[1])) << (*it)[1] << " of " << name;
    }
  }
  EXPECT_GT(found, 90U);
}

// Whether the change that begins there has a condition of its own, not only one of a query within.
bool has_condition(std::string_view text, std::size_t begin) {
  int depth = 0;
  for (std::size_t at = begin; at < text.size(); ++at) {
    if (text[at] == '(') ++depth;
    if (text[at] == ')') --depth;
    if (depth < 0 || text[at] == ';') return false;
    if (depth == 0 && text.substr(at, 6) == "WHERE ") return true;
  }
  return false;
}

// Supabase loads the extension safeupdate for its REST interface, which refuses others.
TEST(Statements, of_postgresql_change_only_rows_that_a_condition_names) {
  std::vector<std::string> texts;
  for (const auto& one : all_statements(supabase_dialect())) texts.emplace_back(one.text());
  for (const auto& step : supabase_dialect().migrations) {
    for (const auto& one : step.statements) {
      if (std::string_view{one.text()}.find("FUNCTION") != std::string_view::npos) {
        texts.emplace_back(one.text());
      }
    }
  }
  const std::regex change{R"re((DO |FOR |FOR NO KEY )?\b(UPDATE (?!OF )|DELETE FROM )\w+)re"};
  std::size_t found = 0;
  for (const auto& text : texts) {
    for (std::sregex_iterator it{text.begin(), text.end(), change}, end; it != end; ++it) {
      if ((*it)[1].matched) continue;  // of a row that is known
      ++found;
      EXPECT_TRUE(has_condition(text, static_cast<std::size_t>(it->position()))) << text;
    }
  }
  EXPECT_GT(found, 30U);
}

TEST(Statements, a_changed_text_has_another_digest) {
  constexpr sql::Sql one{"users.find", "SELECT 1"};
  constexpr sql::Sql other{"users.find", "SELECT 2"};
  static_assert(one.digest() != other.digest());
  static_assert(one.digest() == sql::Sql{"SELECT 1"}.digest());
  static_assert(sql::Sql{""}.digest() == 0xcbf29ce484222325U &&
                sql::Sql{"a"}.digest() == 0xaf63dc4c8601ec8cU);
}

}  // namespace
}  // namespace gmail_mcp::store
