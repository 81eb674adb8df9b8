#include "mime/part.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gmail_mcp::mime {
namespace {

Part leaf(std::string id, std::string type, std::string content) {
  Part part;
  part.id = std::move(id);
  part.mime_type = std::move(type);
  part.content = std::move(content);
  return part;
}

Part file(std::string id, std::string type, std::string name) {
  auto part = leaf(std::move(id), std::move(type), "12345");
  part.filename = std::move(name);
  part.disposition = "attachment";
  return part;
}

Part multipart(std::string type, std::vector<Part> parts) {
  Part part;
  part.mime_type = "multipart/" + std::move(type);
  part.parts = std::move(parts);
  return part;
}

std::vector<std::string> names(const std::vector<AttachmentInfo>& list) {
  std::vector<std::string> out;
  for (const auto& info : list) out.push_back(info.part_id + " " + info.filename);
  return out;
}

TEST(MimePart, the_first_text_of_each_kind_is_the_body) {
  const auto root = multipart(
      "mixed",
      {multipart("related", {multipart("alternative", {leaf("0.0.0", "text/plain", "plain"),
                                                       leaf("0.0.1", "text/html", "<p>html</p>")}),
                             leaf("0.1", "image/png", "x")}),
       leaf("1", "text/plain", "footer")});
  const auto found = bodies(root);
  EXPECT_EQ(found.plain, "plain");
  EXPECT_EQ(found.html, "<p>html</p>");
}

TEST(MimePart, a_message_that_is_only_html_has_no_plain_body) {
  const auto found = bodies(leaf("", "text/html", "<p>"));
  EXPECT_EQ(found.plain, "");
  EXPECT_EQ(found.html, "<p>");
  EXPECT_FALSE(bodies(leaf("", "text/plain", "x")).html.has_value());
}

TEST(MimePart, an_attached_text_never_becomes_the_body) {
  auto named = leaf("0", "text/plain", "not me");
  named.filename = "notes.txt";
  auto declared = leaf("1", "text/html", "nor me");
  declared.disposition = "attachment";
  const auto root = multipart("mixed", {named, declared, leaf("2", "text/plain", "me")});
  EXPECT_EQ(bodies(root).plain, "me");
  EXPECT_FALSE(bodies(root).html.has_value());
  EXPECT_EQ(names(attachments(root)),
            (std::vector<std::string>{"0 notes.txt", "1 attachment.html"}));
}

TEST(MimePart, an_embedded_message_is_one_attachment_and_no_body) {
  auto embedded = leaf("1", "message/rfc822", "Subject: x\r\n\r\ninner");
  // As the Gmail API shows it.
  embedded.parts = {leaf("1.0", "text/plain", "inner")};
  const auto root = multipart("mixed", {embedded});
  EXPECT_EQ(bodies(root).plain, "");
  EXPECT_EQ(names(attachments(root)), (std::vector<std::string>{"1 attachment.eml"}));
}

TEST(MimePart, every_other_leaf_is_an_attachment) {
  auto image = leaf("2", "image/png", "12345");
  image.content_id = "logo";
  auto inline_image = leaf("3", "image/gif", "1");
  inline_image.disposition = "inline";
  const auto root =
      multipart("mixed", {leaf("0", "text/plain", "body"), file("1", "application/pdf", "a.pdf"),
                          image, inline_image, leaf("4", "text/plain", "footer"),
                          leaf("5", "text/calendar", "BEGIN")});
  const auto list = attachments(root);
  EXPECT_EQ(names(list),
            (std::vector<std::string>{"1 a.pdf", "2 attachment.png", "3 attachment-2.gif",
                                      "4 attachment-3.txt", "5 attachment-4.ics"}));
  EXPECT_EQ(list[0].mime_type, "application/pdf");
  EXPECT_EQ(list[0].size, 5U);
  EXPECT_FALSE(list[0].is_inline);
  EXPECT_TRUE(list[1].is_inline);
  EXPECT_TRUE(list[2].is_inline);
  EXPECT_FALSE(list[3].is_inline);
}

TEST(MimePart, an_attachment_with_a_content_id_is_still_an_attachment) {
  auto part = file("0", "image/png", "a.png");
  part.content_id = "x";
  EXPECT_FALSE(attachments(multipart("mixed", {part})).front().is_inline);
}

TEST(MimePart, a_message_that_is_a_file_has_itself_as_attachment) {
  EXPECT_EQ(names(attachments(leaf("", "application/octet-stream", "x"))),
            (std::vector<std::string>{" attachment"}));
}

TEST(MimePart, an_empty_multipart_has_neither) {
  EXPECT_EQ(bodies(multipart("mixed", {})).plain, "");
  EXPECT_TRUE(attachments(multipart("mixed", {})).empty());
}

}  // namespace
}  // namespace gmail_mcp::mime
