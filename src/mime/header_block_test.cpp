#include "mime/header_block.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "mime/header.h"
#include "mime/part.h"
#include "mime/reader.h"

namespace gmail_mcp::mime {
namespace {

std::string text_header(std::string_view text) {
  HeaderBlock block;
  block.add_text("Subject", text);
  return std::move(block).finish();
}

std::string address_header(const std::vector<Address>& addresses) {
  HeaderBlock block;
  block.add_addresses("To", addresses);
  return std::move(block).finish();
}

void expect_lines_fit(const std::string& block, std::size_t limit = 78) {
  for (const auto& line : split(block, '\n')) EXPECT_LE(trim(line).size(), limit) << line;
}

TEST(HeaderBlock, a_short_text_is_written_as_it_is) {
  EXPECT_EQ(text_header("Hello world"), "Subject: Hello world\r\n");
}

TEST(HeaderBlock, a_long_text_is_folded_at_blanks) {
  const auto block = text_header(
      "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen");
  EXPECT_EQ(block,
            "Subject: one two three four five six seven eight nine ten eleven twelve\r\n"
            " thirteen fourteen fifteen\r\n");
}

TEST(HeaderBlock, every_text_comes_back_and_fits_its_lines) {
  for (const auto& text :
       {std::string{"Grüße aus Köln"},
        std::string{"日本語の件名はとても長いので折り返さなければなりません。"},
        std::string{"https://example.org/"} + std::string(300, 'x'), std::string{"two  blanks"},
        std::string{" leading"}, std::string{"trailing "}, std::string(200, ' '), std::string{},
        std::string{"=?utf-8?q?x?="}, std::string{"😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"},
        std::string{
            "Ein Wort mit ü und dann sehr viel gewöhnlicher Text, der gefaltet werden muss"}}) {
    const auto block = text_header(text);
    expect_lines_fit(block);
    const auto root = read_message(block + "\r\n").value();
    EXPECT_EQ(decode_words(header(root, "Subject")), text);
  }
}

TEST(HeaderBlock, addresses_are_folded_between_words) {
  std::vector<Address> addresses;
  for (int i = 0; i < 20; ++i) {
    addresses.push_back(
        {"Lee, Jörg " + std::to_string(i), "joerg" + std::to_string(i) + "@example.org"});
    addresses.push_back({"", "bare" + std::to_string(i) + "@example.org"});
  }
  const auto block = address_header(addresses);
  expect_lines_fit(block);
  const auto root = read_message(block + "\r\n").value();
  EXPECT_EQ(parse_addresses(header(root, "To")), addresses);
}

TEST(HeaderBlock, no_addresses_and_no_ids_are_no_header) {
  EXPECT_EQ(address_header({}), "");
  HeaderBlock block;
  block.add_ids("References", {});
  EXPECT_EQ(std::move(block).finish(), "");
}

TEST(HeaderBlock, a_message_id_is_never_torn_from_its_header_or_in_two) {
  HeaderBlock block;
  const auto id = "<" + std::string(100, 'a') + "@x>";
  block.add_ids("References", {id, id});
  EXPECT_EQ(std::move(block).finish(), "References: " + id + "\r\n " + id + "\r\n");
}

TEST(HeaderBlock, a_name_is_quoted_or_encoded_when_it_has_to_be) {
  EXPECT_EQ(join(format_phrase("Ann Lee"), " "), "Ann Lee");
  EXPECT_EQ(join(format_phrase("Ann Q. Lee"), " "), "\"Ann Q. Lee\"");
  EXPECT_EQ(join(format_phrase("=?x"), " "), "=?utf-8?B?PT94?=");
  EXPECT_TRUE(format_phrase("  ").empty());
}

}  // namespace
}  // namespace gmail_mcp::mime
