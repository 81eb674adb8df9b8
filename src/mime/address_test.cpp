#include "mime/address.h"

#include <gtest/gtest.h>

#include <string>

namespace gmail_mcp::mime {
namespace {

std::string problem_with(std::string_view text) {
  const auto address = parse_one_address(text);
  if (address) return "accepted";
  EXPECT_EQ(address.error().code, Errc::invalid_argument);
  return address.error().message;
}

TEST(Recipient, a_bare_address_and_one_with_a_name_are_accepted) {
  EXPECT_EQ(*parse_one_address(" ann.lee+x@example.org "), (Address{"", "ann.lee+x@example.org"}));
  EXPECT_EQ(*parse_one_address("Ann Q. Lee <ann@example.org>"),
            (Address{"Ann Q. Lee", "ann@example.org"}));
  EXPECT_EQ(*parse_one_address("\"Lee, \\\"Ann\\\"\" <ann@localhost>"),
            (Address{"Lee, \"Ann\"", "ann@localhost"}));
  EXPECT_EQ(*parse_one_address("Jörg <j@x.org>"), (Address{"Jörg", "j@x.org"}));
  EXPECT_EQ(*parse_one_address("\"ann lee\"@x.org"), (Address{"", "\"ann lee\"@x.org"}));
}

TEST(Recipient, an_international_domain_becomes_ascii) {
  EXPECT_EQ(*parse_one_address("ann@bücher.example"), (Address{"", "ann@xn--bcher-kva.example"}));
}

TEST(Recipient, letters_beyond_ascii_may_stand_before_the_at_sign) {
  EXPECT_EQ(*parse_one_address("jörg@x.org"), (Address{"", "jörg@x.org"}));
  EXPECT_EQ(*parse_one_address("Jörg <jörg.müller@bücher.example>"),
            (Address{"Jörg", "jörg.müller@xn--bcher-kva.example"}));
  EXPECT_EQ(*parse_one_address("阿Q@例え.テスト"), (Address{"", "阿Q@xn--r8jz45g.xn--zckzah"}));
  for (const auto* text : {"jö rg@x.org", "jö\xC2\xA0rg@x.org", "\xE2\x80\x8B@x.org", "jö..g@x.org",
                           "\"jö\"@x.org", "jö<rg@x.org",
                           "\xEF\xBB\xBF"
                           "a@x.org"}) {
    EXPECT_NE(problem_with(text), "accepted") << text;
  }
}

TEST(Recipient, line_breaks_and_control_characters_are_refused) {
  for (const std::string text : {"ann@x.org\r\nBcc: bob@x.org", "ann@x.org\n", "a\tb@x.org",
                                 "\x7F@x.org", "Ann\r\n <ann@x.org>"}) {
    EXPECT_NE(problem_with(text).find("control characters"), std::string::npos) << text;
  }
  EXPECT_NE(problem_with(std::string_view{"ann@x.org\0", 10}).find("control"), std::string::npos);
}

TEST(Recipient, the_problem_is_named) {
  EXPECT_EQ(problem_with("ann"), "\"ann\" is not one e-mail address: it has no domain.");
  EXPECT_NE(problem_with("ann@").find("no domain"), std::string::npos);
  EXPECT_NE(problem_with("").find("empty"), std::string::npos);
  EXPECT_NE(problem_with("a@x.org, b@x.org").find("more than one"), std::string::npos);
  EXPECT_NE(problem_with("A <a@x.org>, B <b@x.org>").find("more than one"), std::string::npos);
  EXPECT_NE(problem_with("team: a@x.org;").find("more than one"), std::string::npos);
  EXPECT_NE(problem_with("mailto:a@x.org").find("groups and URLs"), std::string::npos);
  EXPECT_NE(problem_with("a b@x.org").find("blank"), std::string::npos);
  EXPECT_NE(problem_with("jo\xE2\x80\xAErg@x.org").find("unseen"), std::string::npos);
  EXPECT_NE(problem_with(std::string(300, 'a') + "@" + std::string(60, 'b')).find("320"),
            std::string::npos);
}

TEST(Recipient, malformed_addresses_are_refused) {
  for (const auto* text : {"@x.org",
                           ".a@x.org",
                           "a..b@x.org",
                           "a@x..org",
                           "a@-x.org",
                           "a@x.org.",
                           "a@b@c",
                           "a@x org",
                           "a@x.org>",
                           "<a@x.org",
                           "<a@x.org> b",
                           "b@x.org <a@x.org>",
                           "Ann \"x <a@x.org>",
                           "a@[x y]",
                           "(c) a@x.org",
                           "<<a@x.org>>",
                           "a\\@x.org",
                           "a@",
                           "a@.",
                           "<>",
                           "\"a@x.org"}) {
    EXPECT_NE(problem_with(text), "accepted") << text;
  }
}

TEST(FormatAddress, only_the_name_is_encoded) {
  EXPECT_EQ(format_address({"", "ann@x.org"}), "ann@x.org");
  EXPECT_EQ(format_address({"Ann Lee", "ann@x.org"}), "Ann Lee <ann@x.org>");
  EXPECT_EQ(format_address({"Lee, Ann", "ann@x.org"}), "\"Lee, Ann\" <ann@x.org>");
  EXPECT_EQ(format_address({"A \"B\" \\", "ann@x.org"}), "\"A \\\"B\\\" \\\\\" <ann@x.org>");
  EXPECT_EQ(format_address({"Jörg", "j@x.org"}), "=?utf-8?B?SsO2cmc=?= <j@x.org>");
}

TEST(FormatAddress, nothing_in_a_name_can_start_a_header) {
  const auto text = format_address({"Ann\r\nBcc: bob@x.org", "ann@x.org\r\nX: y"});
  EXPECT_EQ(text.find_first_of("\r\n"), std::string::npos) << text;
}

TEST(FormatAddress, what_is_formatted_is_parsed_back) {
  for (const auto* name :
       {"Ann", "Lee, Ann", "Jörg Groß", "\"quoted\"", "back\\slash", "a@b", "dot.dot",
        "=?utf-8?q?x?=", "a  b", "(c)", "<x>", "日本語の名前はとても長いので折り返さなければ",
        "A very long name A very long name A very long name, A very long name"}) {
    const Address address{name, "ann@x.org"};
    EXPECT_EQ(parse_addresses(format_address(address)), std::vector{address});
  }
}

TEST(Sender, one_address_with_any_name_in_quotes_is_sure) {
  for (const auto* from : {"ann@shop.example", "<ann@shop.example>", "Ann Lee <ann@shop.example>",
                           "\"Lee, Ann\" <ann@shop.example>", "Änn Lee  <ann@shop.example> ",
                           "\"bob@shop.example\" <ann@shop.example>",
                           "=?utf-8?Q?bob=40x=2Eexample?= <ann@shop.example>"}) {
    EXPECT_TRUE(names_one_sender(from)) << from;
  }
}

TEST(Sender, whatever_could_be_another_address_is_not) {
  for (const auto* from :
       {"", "Ann Lee", "bob@bank.example <ann@shop.example>",
        "Bob <bob@bank.example> <ann@shop.example>", "bob@bank.example, Ann <ann@shop.example>",
        "Bank: bob@bank.example; <ann@shop.example>", "bob@bank.example (Ann) <ann@shop.example>",
        "<bob@bank.example> Ann <ann@shop.example>", "\"Bob <bob@bank.example>",
        "bob@bank.example ann@shop.example", "Lee, Ann <ann@shop.example>"}) {
    EXPECT_FALSE(names_one_sender(from)) << from;
  }
}

TEST(Recipients, bare_addresses_and_one_name_are_sure) {
  for (const auto* list :
       {"", "ann@shop.example", "ann@shop.example, bob@shop.example", "Ann <ann@shop.example>",
        "\"Lee, Ann\" <ann@shop.example>, bob@shop.example", "<ann@shop.example>; bob@shop.example",
        "Ann <@relay.example:ann@shop.example>", "Ann <ann@[IPv6:::1]>", "undisclosed-recipients:;",
        "Team: ann@shop.example, bob@shop.example;"}) {
    EXPECT_TRUE(names_recipients_for_sure(list)) << list;
  }
}

TEST(Recipients, a_list_of_which_a_part_may_be_a_name_is_not_sure) {
  for (const auto* list :
       {"ann@shop.example, <ticket+1@crm.example>", "a@b.example, Tom <tom@shop.example>",
        "Ann <ann@shop.example>, Tom <tom@shop.example>", "Lee, Ann <ann@shop.example>",
        "Bank: boss@bank.example; <ann@shop.example>", "boss@bank.example, Team: ann@shop.example;",
        "ann@shop.example (Ann) , bob@shop.example", "\" <ann@shop.example>, \" <b@shop.example>",
        "\"Ann <ann@shop.example>", "Ann <ann@shop.example"}) {
    EXPECT_FALSE(names_recipients_for_sure(list)) << list;
  }
}

TEST(Sender, a_name_that_is_another_address_misleads) {
  EXPECT_TRUE(is_misleading_name("bob@bank.example", "ann@shop.example"));
  EXPECT_TRUE(is_misleading_name("Bob (bob@bank.example)", "ann@shop.example"));
  EXPECT_TRUE(is_misleading_name("ann@shop.example bob@bank.example", "ann@shop.example"));
  EXPECT_FALSE(is_misleading_name("Ann@Shop.example", "ann@shop.example"));
  EXPECT_FALSE(is_misleading_name("Ann @ work", "ann@shop.example"));
  EXPECT_FALSE(is_misleading_name("", "ann@shop.example"));
}

TEST(Address, a_domain_beyond_ascii_makes_no_list_one_address) {
  for (const auto* text :
       {"a@x.example, b@m\u00FCller.example, c@z.example", "j\u00F6rg@x.example, b@y.example",
        "a@x.example,\u00A0b@y.example", "a@x.example und b@\u00FC.example",
        "ann@bank.example(\u00E9)evil.example", "ann@bank.example \u00E9@evil.example",
        "a@x.example\u00A0", "a@x.example\u200B"}) {
    EXPECT_FALSE(parse_one_address(text)) << text;
  }
  EXPECT_EQ(parse_one_address("b@m\u00FCller.example")->email, "b@xn--mller-kva.example");
}

}  // namespace
}  // namespace gmail_mcp::mime
