#include "store/sql/search_words.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <utf8proc.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

namespace gmail_mcp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  SearchWords reader{text};
  while (const auto word = reader.next()) words.emplace_back(*word);
  return words;
}

std::string query_of(std::string_view text) {
  const auto query = parse_search(text);
  EXPECT_TRUE(query) << text;
  return tsquery_of(*query).value_or("nothing");
}

TEST(SearchWords, are_those_between_signs_in_lower_case_and_without_accents) {
  EXPECT_THAT(
      words_in("Mail jane.doe@brightline.example, Q4-2026 (it's DUE)!"),
      ElementsAre("mail", "jane", "doe", "brightline", "example", "q4", "2026", "it", "s", "due"));
  EXPECT_THAT(
      words_in("Crème BRÛLÉE Ångström İstanbul Straße ΣΑΣ σας Жук ỗ"),
      ElementsAre("creme", "brulee", "angstrom", "istanbul", "straße", "σασ", "σασ", "жук", "o"));
  EXPECT_THAT(words_in("cafe\u0301 \u0301x 1\u00BD €5 <b>&amp;</b> ʼn"),
              ElementsAre("cafe", "x", "1½", "5", "b", "amp", "b", "ʼn"));
  EXPECT_THAT(words_in(""), IsEmpty());
  EXPECT_THAT(words_in(" … \xFF\xC3"), IsEmpty());
  EXPECT_THAT(words_in(std::string_view{"a\0b", 3}), ElementsAre("a", "b"));
}

// Every character, between two letters: FTS5 finds one word or two.
TEST(SearchWords, are_those_of_fts5_but_for_rare_scripts) {
  sqlite3* opened = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &opened), SQLITE_OK);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database{opened, sqlite3_close};
  ASSERT_EQ(sqlite3_exec(opened,
                         "CREATE VIRTUAL TABLE t USING fts5(x, content='', "
                         "tokenize='unicode61 remove_diacritics 2');"
                         "CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_stmt* add = nullptr;
  ASSERT_EQ(
      sqlite3_prepare_v2(opened, "INSERT INTO t (rowid, x) VALUES (?1, ?2)", -1, &add, nullptr),
      SQLITE_OK);
  const auto text_of = [](utf8proc_int32_t code) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = utf8proc_encode_char(code, bytes.data());
    return "q" +
           std::string{reinterpret_cast<const char*>(bytes.data()),
                       static_cast<std::size_t>(size)} +
           "q";
  };
  constexpr utf8proc_int32_t last = 0x1FBFF;  // beyond are ideographs and private characters
  for (utf8proc_int32_t code = 1; code <= last; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    // Thousands of them are alike.
    const bool is_one_of_many = code >= 0x3400 && code < 0xD800 && code % 16 != 0;
    if (is_one_of_many) continue;
    const auto text = text_of(code);
    sqlite3_bind_int(add, 1, code);
    sqlite3_bind_text(add, 2, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    ASSERT_EQ(sqlite3_step(add), SQLITE_DONE);
    sqlite3_reset(add);
  }
  sqlite3_finalize(add);
  sqlite3_stmt* look = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(opened, "SELECT doc, term FROM v ORDER BY doc, offset", -1, &look,
                               nullptr),
            SQLITE_OK);
  std::map<utf8proc_int32_t, std::vector<std::string>> theirs;
  while (sqlite3_step(look) == SQLITE_ROW) {
    theirs[sqlite3_column_int(look, 0)].emplace_back(
        reinterpret_cast<const char*>(sqlite3_column_text(look, 1)));
  }
  sqlite3_finalize(look);
  std::string different;
  int count = 0;
  int of_mail = 0;
  for (const auto& [code, words] : theirs) {
    if (words_in(text_of(code)) == words) continue;
    ++count;
    const bool is_of_mail =
        code < 0x370 || (code >= 0x400 && code < 0x530) || (code >= 0x5D0 && code < 0x5EB) ||
        (code >= 0x1E00 && code < 0x2C00) || (code >= 0x3000 && code < 0xA000) ||
        (code >= 0xAC00 && code < 0xD7A4) || (code >= 0x1F000 && code < 0x1FC00);
    if (!is_of_mail) continue;
    ++of_mail;
    different += fmt::format(" {:X}", code);
  }
  EXPECT_LE(of_mail, 20) << different;
  EXPECT_LE(count, 2500) << "what Unicode has gained since 6.1";
}

TEST(SearchWords, of_a_message_are_a_tsvector_with_the_account_and_the_subject_apart) {
  EXPECT_EQ(tsvector_of(7, "Big Offer", "An offer. 会议"),
            "':big':1 ':offer':2 'an':4 'big':1 'offer':2,5 '~7' '会':6 '议':7");
  EXPECT_EQ(tsvector_of(7, "", ""), "'~7'");
}

TEST(SearchWords, of_a_long_message_are_cut_and_it_says_so) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += fmt::format("w{:07} ", i);
  const auto cut = tsvector_of(1, "subject", text);
  EXPECT_THAT(cut, HasSubstr("'+'"));
  EXPECT_THAT(cut, HasSubstr("'w0000001':4"));
  EXPECT_THAT(cut, HasSubstr("'w0040000'"));
  EXPECT_THAT(cut, Not(HasSubstr("'w0200000'")));
  EXPECT_LT(cut.size(), 2'000'000U);
  std::string same;
  for (int i = 0; i < 300; ++i) same += "same ";
  EXPECT_THAT(tsvector_of(1, "", same), HasSubstr("'+'"));
  EXPECT_THAT(tsvector_of(1, "", same.substr(0, std::size_t{255} * 5)), Not(HasSubstr("'+'")));
  EXPECT_EQ(words_in(std::string(5'000, 'x'))[0].size(), 2'000U);
}

TEST(SearchWords, of_a_query_are_a_tsquery) {
  EXPECT_EQ(query_of("offer"), "'offer':*");
  EXPECT_EQ(query_of("\"offer\" -big"), "'offer'\n& !('big')");
  EXPECT_EQ(query_of("subject:offer 4711"), "':offer':*\n& '4711'");
  EXPECT_EQ(query_of("\"big offer\""), "(('big' <-> 'offer') | ('+' & 'big' & 'offer'))");
  EXPECT_EQ(query_of("it's"), "(('it' <-> 's') | ('+' & 'it' & 's'))");
  EXPECT_EQ(query_of("… offer -…"), "'offer':*");
  EXPECT_EQ(query_of("…"), "");
  EXPECT_EQ(query_of("from:ann"), "nothing");
  EXPECT_EQ(query_of("from:ann -…"), "nothing");
  EXPECT_EQ(query_of("from:ann -big -\"an offer\""),
            "'big' | (('an' <-> 'offer') | ('+' & 'an' & 'offer'))");
}

}  // namespace
}  // namespace gmail_mcp::store
