#include "mime/header.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "mime/encoded_word.h"

namespace gmail_mcp::mime {
namespace {

TEST(MimeHeader, plain_text_stays_as_it_is) {
  EXPECT_EQ(decode_words("Hello  world"), "Hello  world");
}

TEST(MimeHeader, encoded_words_become_text) {
  EXPECT_EQ(decode_words("=?UTF-8?B?R3LDvMOfZQ==?= aus =?iso-8859-1?q?K=F6ln?="), "Grüße aus Köln");
  EXPECT_EQ(decode_words("=?utf-8*de?Q?Gr=C3=BC=C3=9Fe_2?="), "Grüße 2");
  EXPECT_EQ(decode_words("=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?="), "日本語");
  EXPECT_EQ(decode_words("=?gb18030?B?1tDOxA==?="), "中文");
}

TEST(MimeHeader, blanks_between_encoded_words_are_no_text) {
  EXPECT_EQ(decode_words("=?utf-8?q?a?= =?utf-8?q?b?="), "ab");
  EXPECT_EQ(decode_words("=?utf-8?q?a?=\r\n =?iso-8859-1?q?b?="), "ab");
  EXPECT_EQ(decode_words("=?utf-8?q?a?= b =?utf-8?q?c?="), "a b c");
}

TEST(MimeHeader, a_character_cut_between_two_words_is_put_together) {
  EXPECT_EQ(decode_words("=?utf-8?B?w7w=?= =?utf-8?B?w58=?="), "üß");
  EXPECT_EQ(decode_words("=?utf-8?Q?x=C3?=\r\n =?utf-8?Q?=BCy?="), "xüy");
  EXPECT_EQ(decode_words("=?utf-8?Q?x=C3?= =?UTF-8?B?vHk=?="), "xüy");
}

TEST(MimeHeader, folds_are_undone) {
  EXPECT_EQ(decode_words("one\r\n two\n\tthree"), "one two three");
}

TEST(MimeHeader, words_where_they_must_not_be_are_read_all_the_same) {
  EXPECT_EQ(decode_words("\"=?utf-8?q?J=C3=B6rg?=\""), "\"Jörg\"");
  EXPECT_EQ(decode_words("Re:=?utf-8?q?J=C3=B6rg?=!"), "Re:Jörg!");
  EXPECT_EQ(decode_words("=?utf-8?Q?two words?="), "two words");
  EXPECT_EQ(decode_words("=?utf-8?B?YQ?="), "a");
}

TEST(MimeHeader, raw_bytes_are_guessed) {
  EXPECT_EQ(decode_words("Gr\xFC\xDF"
                         "e"),
            "Grüße");
  EXPECT_EQ(decode_words("Grüße"), "Grüße");
  EXPECT_EQ(decode_words("=?x-nonsense?q?=FC?="), "ü");
}

TEST(MimeHeader, what_is_not_quite_an_encoded_word_stays) {
  for (const auto* text : {"=?", "=?utf-8", "=?utf-8?", "=?utf-8?x?a?=", "=??q?a?=", "=?utf-8?q?a",
                           "=?utf 8?q?a?=", "a=?=b?="}) {
    EXPECT_EQ(decode_words(text), text);
  }
}

TEST(MimeHeader, no_control_character_survives) {
  EXPECT_EQ(decode_words("a\tb\x01"), "a b ");
  EXPECT_EQ(decode_words("=?utf-8?q?a=0D=0ABcc:_b?="), "a  Bcc: b");
  EXPECT_EQ(decode_words(std::string_view{"a\0b", 3}), "ab");
}

TEST(MimeHeader, a_header_full_of_openings_is_read_in_linear_time) {
  std::string bomb;
  for (int i = 0; i < 400'000; ++i) bomb += "=?a?q?x";
  EXPECT_EQ(decode_words(bomb).size(), bomb.size());
}

TEST(MimeHeader, encoding_and_decoding_words_gives_the_text_back) {
  const std::string mostly_ascii =
      "Rechnung für Müller & Söhne: 100 € (=?brutto?=), long enough to cut";
  const std::string japanese = "日本語の件名はとても長いので折り返さなければなりません。😀😀😀";
  for (const auto& text : {mostly_ascii, japanese, std::string{"a"}, std::string(300, '=')}) {
    const auto words = encode_words(text);
    EXPECT_EQ(decode_words(join(words, "\r\n ")), text);
    for (const auto& word : words) EXPECT_LE(word.size(), 60U);
  }
}

TEST(MimeHeader, message_ids_are_found_in_order) {
  EXPECT_EQ(parse_message_ids("<a@b>\r\n <c@d>\t<e.f+g@[127.0.0.1]>"),
            (std::vector<std::string>{"<a@b>", "<c@d>", "<e.f+g@[127.0.0.1]>"}));
  EXPECT_EQ(parse_message_ids("Ann's message of Monday <a@b>"),
            (std::vector<std::string>{"<a@b>"}));
  EXPECT_TRUE(parse_message_ids("").empty());
  EXPECT_TRUE(parse_message_ids("<>, none").empty());
}

TEST(MimeHeader, a_message_id_without_brackets_gets_them) {
  EXPECT_EQ(parse_message_ids(" a@b "), (std::vector<std::string>{"<a@b>"}));
}

TEST(MimeHeader, blanks_within_a_message_id_belong_to_it) {
  EXPECT_EQ(parse_message_ids("<a b@c> <d  e@f>"),
            (std::vector<std::string>{"<a b@c>", "<d  e@f>"}));
  EXPECT_TRUE(parse_message_ids("<   >").empty());
}

TEST(MimeHeader, a_broken_message_id_is_left_out_or_mended) {
  EXPECT_EQ(parse_message_ids("<a\r\n @b> <c@d"), (std::vector<std::string>{"<a@b>"}));
  EXPECT_EQ(parse_message_ids("<a <b@c>"), (std::vector<std::string>{"<b@c>"}));
  EXPECT_TRUE(parse_message_ids("a@b>").empty());
  EXPECT_TRUE(parse_message_ids("<ä@b>").empty());
  EXPECT_TRUE(parse_message_ids("<a\x01@b>").empty());
  EXPECT_TRUE(parse_message_ids("<" + std::string(2000, 'a') + ">").empty());
}

TEST(MimeHeader, of_very_many_message_ids_the_last_are_kept) {
  std::string raw;
  for (int i = 0; i < 5000; ++i) raw += "<" + std::to_string(i) + "@x>";
  const auto ids = parse_message_ids(raw);
  EXPECT_EQ(ids.size(), 1000U);
  EXPECT_EQ(ids.back(), "<4999@x>");
}

std::string iso_date(std::string_view raw) {
  const auto date = parse_date(raw);
  return date ? to_iso8601(*date) : "none";
}

TEST(MimeHeader, dates_are_moments_in_utc) {
  EXPECT_EQ(iso_date("Thu, 01 Jan 2026 12:30:00 +0200"), "2026-01-01T10:30:00Z");
  EXPECT_EQ(iso_date("1 Jan 2026 12:30 GMT"), "2026-01-01T12:30:00Z");
  EXPECT_EQ(iso_date("Thu, 1 Jan 2026 12:30:00 -0000 (comment)"), "2026-01-01T12:30:00Z");
  EXPECT_EQ(iso_date("Thu, 1 Jan 2026\r\n 12:30:00 EST"), "2026-01-01T17:30:00Z");
  EXPECT_EQ(iso_date("Mon, 5 Jan 98 08:00:00 +0000"), "1998-01-05T08:00:00Z");
}

TEST(MimeHeader, a_leap_second_is_a_moment) {
  EXPECT_EQ(iso_date("Sat, 31 Dec 2016 23:59:60 +0000"), "2017-01-01T00:00:00Z");
  EXPECT_EQ(iso_date("Sat, 31 Dec 2016 18:59:60 -0500 (EST)"), "2017-01-01T00:00:00Z");
}

TEST(MimeHeader, obsolete_and_sloppy_dates_are_moments) {
  EXPECT_EQ(iso_date("Fri (day), 31 (x (y)) Dec 99 23 : 59 : 58 +0000"), "1999-12-31T23:59:58Z");
  EXPECT_EQ(iso_date("31 Dec 72 12:00:00 GMT"), "1972-12-31T12:00:00Z");
  EXPECT_EQ(iso_date("31 Dec 49 12:00:00 GMT"), "2049-12-31T12:00:00Z");
  EXPECT_EQ(iso_date("31 Dec 116 12:00:00 GMT"), "2016-12-31T12:00:00Z");
  EXPECT_EQ(iso_date("Sat,31 Dec 2016 23:59:59+0100"), "2016-12-31T22:59:59Z");
  EXPECT_EQ(iso_date("Sat, 31 Dec 2016 23:59:59 +01:00"), "2016-12-31T22:59:59Z");
  EXPECT_EQ(iso_date("Sat, 31 Dec 2016 23:59:59 GMT+0100"), "2016-12-31T22:59:59Z");
  EXPECT_EQ(iso_date("Sat, 31 Dec 2016 23:59:59.250 +0000"), "2016-12-31T23:59:59Z");
  EXPECT_EQ(iso_date("31-Dec-2016 23:59:59 +0100"), "2016-12-31T22:59:59Z");
  EXPECT_EQ(iso_date("Sat Dec 31 23:59:59 2016"), "2016-12-31T23:59:59Z");
}

TEST(MimeHeader, what_is_no_date_is_none) {
  for (const auto* raw : {"", "yesterday", "Thu, 99 Foo 2026", "::::", "+0000"}) {
    EXPECT_EQ(iso_date(raw), "none") << raw;
  }
  EXPECT_EQ(iso_date(std::string(100'000, '1')), "none");
}

}  // namespace
}  // namespace gmail_mcp::mime
