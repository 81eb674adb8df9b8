#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mime/address.h"

namespace gmail_mcp::mime {

void PrintTo(const Address& address, std::ostream* out) {
  *out << "{" << address.name << " | " << address.email << "}";
}

namespace {

using List = std::vector<Address>;

TEST(AddressList, names_and_addresses_are_told_apart) {
  EXPECT_EQ(
      parse_addresses("ann@example.org, Ann Lee <ann@example.org>, <bob@example.org>"),
      (List{{"", "ann@example.org"}, {"Ann Lee", "ann@example.org"}, {"", "bob@example.org"}}));
}

TEST(AddressList, commas_and_quotation_marks_inside_a_quoted_name_are_part_of_it) {
  EXPECT_EQ(parse_addresses(R"("Lee, Ann" <ann@x.org>, "Bob \"B\" \\ Ray" <bob@x.org>)"),
            (List{{"Lee, Ann", "ann@x.org"}, {R"(Bob "B" \ Ray)", "bob@x.org"}}));
}

TEST(AddressList, encoded_names_are_decoded_and_addresses_are_not) {
  EXPECT_EQ(parse_addresses("=?utf-8?Q?J=C3=B6rg?= =?utf-8?Q?_M?= <j@x.org>, "
                            "\"=?utf-8?B?w4Q=?=\" <a@x.org>, =?utf-8?q?Lee,_Ann?= <l@x.org>"),
            (List{{"Jörg M", "j@x.org"}, {"Ä", "a@x.org"}, {"Lee, Ann", "l@x.org"}}));
}

TEST(AddressList, a_comment_is_a_name_only_when_there_is_no_other) {
  EXPECT_EQ(parse_addresses("ann@x.org (Ann (the first) Lee), Bob (home) <bob@x.org>"),
            (List{{"Ann (the first) Lee", "ann@x.org"}, {"Bob", "bob@x.org"}}));
}

TEST(AddressList, groups_are_their_members) {
  EXPECT_EQ(parse_addresses("Friends: ann@x.org, Bob <bob@x.org>;, carl@x.org"),
            (List{{"", "ann@x.org"}, {"Bob", "bob@x.org"}, {"", "carl@x.org"}}));
  EXPECT_EQ(parse_addresses("undisclosed-recipients:;"), List{});
}

TEST(AddressList, obsolete_routes_and_blanks_are_dropped) {
  EXPECT_EQ(parse_addresses("Ann <@relay.org,@b.org:ann@x.org>, bob @ x.org, < carl@x.org >"),
            (List{{"Ann", "ann@x.org"}, {"", "bob@x.org"}, {"", "carl@x.org"}}));
}

TEST(AddressList, folds_in_a_list_are_undone) {
  EXPECT_EQ(parse_addresses("Ann\r\n Lee <ann@x.org>,\r\n\tbob@x.org"),
            (List{{"Ann Lee", "ann@x.org"}, {"", "bob@x.org"}}));
}

TEST(AddressList, a_quoted_local_part_keeps_its_quotation_marks) {
  EXPECT_EQ(parse_addresses(R"("ann lee"@x.org, <"a,b"@x.org>)"),
            (List{{"", "\"ann lee\"@x.org"}, {"", "\"a,b\"@x.org"}}));
}

TEST(AddressList, an_address_literal_is_no_group) {
  EXPECT_EQ(parse_addresses("ann@[IPv6:2001:db8::1], bob@[192.0.2.1]"),
            (List{{"", "ann@[IPv6:2001:db8::1]"}, {"", "bob@[192.0.2.1]"}}));
}

TEST(AddressList, a_bare_comma_in_a_name_is_forgiven) {
  EXPECT_EQ(parse_addresses("Lee, Ann <ann@x.org>; Ray, Bob, Jr. <bob@x.org>"),
            (List{{"Lee, Ann", "ann@x.org"}, {"Ray, Bob, Jr.", "bob@x.org"}}));
}

TEST(AddressList, common_mistakes_still_give_the_address) {
  EXPECT_EQ(parse_addresses("Ann Lee ann@x.org"), (List{{"Ann Lee", "ann@x.org"}}));
  EXPECT_EQ(parse_addresses("mailto:ann@x.org"), (List{{"", "ann@x.org"}}));
  EXPECT_EQ(parse_addresses("Ann <<ann@x.org>>"), (List{{"Ann", "ann@x.org"}}));
  EXPECT_EQ(parse_addresses("Ann <ann@x.org, bob@x.org"),
            (List{{"Ann", "ann@x.org"}, {"", "bob@x.org"}}));
  EXPECT_EQ(parse_addresses("\"Ann <ann@x.org>"), (List{{"Ann", "ann@x.org"}}));
  EXPECT_EQ(parse_addresses("ann@x.org <bob@x.org>"), (List{{"ann@x.org", "bob@x.org"}}));
  EXPECT_EQ(parse_addresses("Ann <ann@x.org> Bob <bob@x.org>"),
            (List{{"Ann", "ann@x.org"}, {"Bob", "bob@x.org"}}));
  EXPECT_EQ(parse_addresses("<ann@x.org> <bob@x.org>"),
            (List{{"", "ann@x.org"}, {"", "bob@x.org"}}));
  EXPECT_EQ(parse_addresses("<ann@x.org> Ann"), (List{{"Ann", "ann@x.org"}}));
  EXPECT_EQ(parse_addresses(",, ann@x.org ,"), (List{{"", "ann@x.org"}}));
}

TEST(AddressList, what_has_no_domain_is_kept) {
  EXPECT_EQ(parse_addresses("root, Ann Lee, =?utf-8?q?=C3=84?="),
            (List{{"", "root"}, {"Ann Lee", ""}, {"Ä", ""}}));
}

TEST(AddressList, an_empty_header_has_no_addresses) {
  for (const auto* raw : {"", " ", ",", ";", "<>", "()", "\r\n "}) {
    for (const auto& address : parse_addresses(raw)) EXPECT_EQ(address, (Address{})) << raw;
  }
}

TEST(AddressList, no_control_character_survives) {
  for (const auto& [name, email] :
       parse_addresses("\"A\x01\r\nB\" <a\x02@x.org>, =?utf-8?q?=0D=0AX?= <b@x.org>")) {
    EXPECT_EQ((name + email).find_first_of("\r\n\x01\x02"), std::string::npos);
  }
}

TEST(AddressList, hostile_lists_are_read_in_linear_time) {
  for (const auto* piece :
       {"a:", "(,", "\"\\", "<", "<\"", "a b,", "=?a?q?", "[", "@", "((", "a@", " @"}) {
    std::string bomb;
    while (bomb.size() < 500'000) bomb += piece;
    EXPECT_LE(parse_addresses(bomb).size(), 10'000U) << piece;
  }
}

TEST(AddressList, blanks_within_quotes_belong_to_the_address) {
  const auto list = parse_addresses("Ann < \"ann lee\" @shop.example >, \"bob b\"@shop.example");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].email, "\"ann lee\"@shop.example");
  EXPECT_EQ(list[1].email, "\"bob b\"@shop.example");
}

}  // namespace
}  // namespace gmail_mcp::mime
