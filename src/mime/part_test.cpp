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

void judge(Part& part, TextRule& rule, bool is_alternative) {
  if (!part.mime_type.starts_with("multipart/")) {
    part.is_text = rule.is_text(part, is_alternative);
    return;
  }
  for (auto& child : part.parts) judge(child, rule, part.mime_type == "multipart/alternative");
}

// A tree as the readers of messages make it.
Part whole(Part root) {
  TextRule rule;
  judge(root, rule, false);
  return root;
}

Part plain(std::string id, std::string content) {
  return leaf(std::move(id), "text/plain", std::move(content));
}

Part html(std::string id, std::string content) {
  return leaf(std::move(id), "text/html", std::move(content));
}

Part named(Part part, std::string name, std::string disposition = {}) {
  part.filename = std::move(name);
  part.disposition = std::move(disposition);
  return part;
}

std::vector<std::string> names(const std::vector<AttachmentInfo>& list) {
  std::vector<std::string> out;
  for (const auto& info : list) out.push_back(info.part_id + " " + info.filename);
  return out;
}

TEST(MimePart, of_alternatives_the_letter_is_the_text_and_the_last_html) {
  const auto root = whole(multipart(
      "mixed", {multipart("related", {multipart("alternative", {plain("0.0.0", "plain"),
                                                                html("0.0.1", "<p>first</p>"),
                                                                html("0.0.2", "<p>html</p>")}),
                                      leaf("0.1", "image/png", "x")})}));
  EXPECT_EQ(bodies(root).plain, "plain");
  EXPECT_EQ(bodies(root).html, "<p>html</p>");
  EXPECT_EQ(names(attachments(root)), (std::vector<std::string>{"0.1 attachment.png"}));
}

TEST(MimePart, a_message_that_is_only_html_has_no_plain_body) {
  const auto root = whole(html("", "<p>"));
  EXPECT_EQ(bodies(root).plain, "");
  EXPECT_EQ(bodies(root).html, "<p>");
  EXPECT_FALSE(bodies(whole(plain("", "x"))).html.has_value());
}

TEST(MimePart, a_footer_that_is_a_part_of_its_own_stands_below_the_letter) {
  const auto list = whole(multipart("mixed", {plain("0", "letter"), plain("1", "footer")}));
  EXPECT_EQ(bodies(list).plain, "letter\nfooter");
  EXPECT_TRUE(attachments(list).empty());
  const auto both = whole(multipart(
      "mixed", {multipart("alternative", {plain("0.0", "letter"), html("0.1", "<p>letter</p>")}),
                plain("1", "footer <&>")}));
  EXPECT_EQ(bodies(both).plain, "letter\nfooter <&>");
  EXPECT_EQ(bodies(both).html, "<p>letter</p><pre>footer &lt;&amp;&gt;</pre>");
}

TEST(MimePart, a_footer_never_stands_for_a_letter_that_is_html) {
  const auto root = whole(multipart("mixed", {html("0", "<p>letter</p>"), plain("1", "footer")}));
  EXPECT_EQ(bodies(root).plain, "");
  EXPECT_EQ(bodies(root).html, "<p>letter</p><pre>footer</pre>");
  const auto reversed = whole(multipart("mixed", {plain("0", "letter"), html("1", "<p>ad</p>")}));
  EXPECT_EQ(bodies(reversed).plain, "");
  EXPECT_EQ(bodies(reversed).html, "<pre>letter</pre><p>ad</p>");
}

TEST(MimePart, text_after_a_picture_or_a_file_is_read_in_its_place) {
  const auto texts = whole(multipart(
      "mixed", {plain("0", "before"), file("1", "application/pdf", "a.pdf"), plain("2", "after")}));
  EXPECT_EQ(bodies(texts).plain, "before\nafter");
  EXPECT_EQ(names(attachments(texts)), (std::vector<std::string>{"1 a.pdf"}));
  const auto pages = whole(
      multipart("alternative",
                {plain("0", "before after"),
                 multipart("mixed", {html("1.0", "<p>before"), file("1.1", "image/png", "a.png"),
                                     html("1.2", "<p>after")})}));
  EXPECT_EQ(bodies(pages).plain, "before after");
  EXPECT_EQ(bodies(pages).html, "<p>before<p>after");
}

TEST(MimePart, a_letter_may_have_a_name) {
  EXPECT_EQ(bodies(whole(named(plain("", "letter"), "mail.txt"))).plain, "letter");
  const auto mixed = whole(multipart(
      "mixed", {named(plain("0", "letter"), "part1.txt"), named(plain("1", "log"), "log.txt"),
                named(plain("2", "note"), "note.txt", "inline")}));
  EXPECT_EQ(bodies(mixed).plain, "letter\nnote");
  // A text with a name can be fetched as a file as well.
  EXPECT_EQ(names(attachments(mixed)),
            (std::vector<std::string>{"0 part1.txt", "1 log.txt", "2 note.txt"}));
}

TEST(MimePart, markdown_and_enriched_are_read_too) {
  EXPECT_EQ(bodies(whole(leaf("", "text/markdown", "# hi"))).plain, "# hi");
  EXPECT_EQ(bodies(whole(leaf("", "text/enriched", "hi"))).plain, "hi");
}

TEST(MimePart, of_very_many_texts_the_first_are_the_letter) {
  std::vector<Part> many;
  for (int i = 0; i < 1000; ++i) many.push_back(plain(std::to_string(i), "x"));
  const auto root = whole(multipart("mixed", std::move(many)));
  EXPECT_EQ(text_parts(root).plain.size(), 50U);
  EXPECT_EQ(attachments(root).size(), 950U);
}

TEST(MimePart, an_attached_text_never_becomes_the_body) {
  auto declared = html("1", "nor me");
  declared.disposition = "attachment";
  const auto root =
      whole(multipart("mixed", {named(plain("0", "not me"), "notes.txt", "attachment"), declared,
                                plain("2", "me")}));
  EXPECT_EQ(bodies(root).plain, "me");
  EXPECT_FALSE(bodies(root).html.has_value());
  EXPECT_EQ(names(attachments(root)),
            (std::vector<std::string>{"0 notes.txt", "1 attachment.html"}));
}

TEST(MimePart, another_form_of_the_text_is_no_file) {
  auto amp = leaf("0.1", "text/x-amp-html", "<html amp>");
  auto invitation = leaf("0.3", "text/calendar", "BEGIN");
  auto logo = leaf("1", "image/png", "x");
  logo.content_id = "logo@example.org";
  const auto root = whole(multipart(
      "mixed",
      {multipart("alternative", {plain("0.0", "text"), amp, html("0.2", "<p>text"), invitation}),
       logo, leaf("2", "application/pkcs7-signature", "x"),
       file("3", "application/ics", "invite.ics")}));
  const auto list = attachments(root);
  EXPECT_EQ(names(list), (std::vector<std::string>{"0.3 attachment.ics", "1 attachment-2.png",
                                                   "2 attachment-3.p7s", "3 invite.ics"}));
  std::vector<bool> files;
  for (const auto& one : list) files.push_back(one.is_file);
  EXPECT_EQ(files, (std::vector<bool>{false, false, false, true}));
  EXPECT_EQ(list[1].content_id, "logo@example.org");
  EXPECT_TRUE(list[1].is_inline);
}

TEST(MimePart, an_embedded_message_is_one_attachment_and_no_body) {
  auto embedded = leaf("1", "message/rfc822", "Subject: x\r\n\r\ninner");
  // As the Gmail API shows it.
  embedded.parts = {leaf("1.0", "text/plain", "inner")};
  const auto root = whole(multipart("mixed", {embedded}));
  EXPECT_EQ(bodies(root).plain, "");
  EXPECT_EQ(names(attachments(root)), (std::vector<std::string>{"1 attachment.eml"}));
}

TEST(MimePart, every_other_leaf_is_an_attachment) {
  auto image = leaf("2", "image/png", "12345");
  image.content_id = "logo";
  auto inline_image = leaf("3", "image/gif", "1");
  inline_image.disposition = "inline";
  const auto root = whole(multipart(
      "mixed", {plain("0", "body"), file("1", "application/pdf", "a.pdf"), image, inline_image,
                leaf("4", "text/csv", "a,b"), leaf("5", "text/calendar", "BEGIN")}));
  const auto list = attachments(root);
  EXPECT_EQ(names(list),
            (std::vector<std::string>{"1 a.pdf", "2 attachment.png", "3 attachment-2.gif",
                                      "4 attachment-3.csv", "5 attachment-4.ics"}));
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
