#include "mail/imap_smtp/outline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

using imap::BodyPart;
using ::testing::ElementsAre;
using ::testing::SizeIs;

BodyPart leaf(std::string section, std::string type, std::string encoding, std::uint64_t bytes) {
  BodyPart part;
  part.section = std::move(section);
  part.mime_type = std::move(type);
  part.encoding = std::move(encoding);
  part.bytes = bytes;
  return part;
}

// mixed( alternative( plain, html ), pdf, mail )
BodyPart parcel() {
  BodyPart texts = leaf("1", "multipart/alternative", "", 0);
  texts.parts.push_back(leaf("1.1", "text/plain", "quoted-printable", 9));
  texts.parts.back().parameters = {{"charset", "ISO-8859-1"}};
  texts.parts.push_back(leaf("1.2", "text/html", "7bit", 12));
  BodyPart file = leaf("2", "application/pdf", "base64", 10 * 78 + 8);
  file.disposition = "attachment";
  file.disposition_parameters = {{"filename*0*", "utf-8''r%C3%A9"}, {"filename*1", "sum\"e.pdf"}};
  BodyPart mail = leaf("3", "message/rfc822", "7bit", 40);
  mail.parts.push_back(leaf("3.1", "text/plain", "7bit", 5));
  BodyPart root = leaf("", "multipart/mixed", "", 0);
  root.parts = {texts, file, mail};
  return root;
}

imap::Section section(std::string name, std::string bytes) {
  imap::Section made;
  made.name = std::move(name);
  made.bytes = std::move(bytes);
  return made;
}

TEST(Outline, part_ids_are_gmails_and_lead_to_imaps_sections) {
  const auto structure = parcel();
  const auto root = outline(structure, "Subject: x\r\n\r\n");
  const auto infos = mime::attachments(root);
  ASSERT_THAT(infos, SizeIs(2));
  EXPECT_EQ(infos[0].part_id, "1");
  EXPECT_EQ(infos[0].filename, "résum\"e.pdf");
  EXPECT_EQ(infos[1].part_id, "2");
  EXPECT_EQ(find_structure(structure, "1")->section, "2");
  EXPECT_EQ(find_structure(structure, "0.1")->section, "1.2");
  EXPECT_EQ(find_structure(structure, "0"), nullptr);
  EXPECT_EQ(find_structure(structure, "2.0"), nullptr);
}

TEST(Outline, the_texts_to_fetch_are_never_those_of_a_mail_inside) {
  const auto texts = text_sections(parcel());
  EXPECT_EQ(texts.plain, std::vector<std::string>{"1.1"});
  EXPECT_EQ(texts.html, std::vector<std::string>{"1.2"});
}

TEST(Outline, the_texts_to_fetch_are_those_of_the_whole_letter) {
  auto letter = leaf("", "multipart/mixed", "", 0);
  letter.parts = {leaf("1", "text/html", "7bit", 9), leaf("2", "image/png", "base64", 9),
                  leaf("3", "text/plain", "7bit", 9)};
  const auto texts = text_sections(letter);
  EXPECT_TRUE(texts.plain.empty());
  EXPECT_EQ(texts.html, (std::vector<std::string>{"1", "3"}));
  letter.parts.erase(letter.parts.begin());
  letter.parts.push_back(leaf("4", "text/plain", "7bit", 9));
  EXPECT_EQ(text_sections(letter).plain, (std::vector<std::string>{"3", "4"}));
  EXPECT_EQ(text_sections(letter).all(), (std::vector<std::string>{"3", "4"}));
}

TEST(Outline, texts_are_decoded_and_files_have_their_sizes) {
  imap::Fetched fetched;
  fetched.structure = parcel();
  fetched.sections = {section("HEADER", "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\n"),
                      section("1.1", "Gr=FC=DFe"), section("1.2", "<p>Hello</p>")};
  const auto message = message_of(fetched);
  EXPECT_EQ(message.subject, "Grüße");
  EXPECT_EQ(message.body_plain, "Grüße");
  EXPECT_EQ(message.body_html, "<p>Hello</p>");
  EXPECT_EQ(message.snippet, "Grüße");
  ASSERT_THAT(message.attachments, SizeIs(2));
  EXPECT_EQ(message.attachments[0].size, 10 * 57 + 6);
}

TEST(Outline, a_text_declared_base64_that_was_never_encoded_is_readable) {
  imap::Fetched fetched;
  fetched.structure = leaf("1", "text/plain", "base64", 11);
  fetched.sections = {section("1", "It is down.")};
  EXPECT_EQ(message_of(fetched).body_plain, "It is down.");
  fetched.sections = {section("1", "SXQgaXMgdXA=")};
  EXPECT_EQ(message_of(fetched).body_plain, "It is up");
}

TEST(Outline, a_message_without_a_structure_has_at_least_its_header) {
  imap::Fetched fetched;
  fetched.sections = {section("HEADER", "Subject: x\r\nFrom: a@b.example\r\n\r\n")};
  const auto message = message_of(fetched);
  EXPECT_EQ(message.subject, "x");
  EXPECT_FALSE(message.has_attachments);
}

TEST(Outline, a_structure_of_endless_depth_is_read_to_a_bound) {
  BodyPart part = leaf("1", "text/plain", "7bit", 1);
  for (int depth = 0; depth < 5'000; ++depth) {
    BodyPart around = leaf("1", "multipart/mixed", "", 0);
    around.parts.push_back(std::move(part));
    part = std::move(around);
  }
  EXPECT_TRUE(text_sections(part).all().empty());
  EXPECT_THAT(mime::attachments(outline(part, {})), SizeIs(::testing::Le(1U)));
}

TEST(Snippet, is_one_line_of_what_a_person_would_read) {
  EXPECT_EQ(snippet_of(" a\r\n\r\n b\tc ", "<p>html</p>"), "a b c");
  EXPECT_EQ(snippet_of(" \r\n", "<style>x</style><p>Hello <b>Ann</b></p>"), "Hello Ann");
  EXPECT_LE(snippet_of(std::string(10'000, 'x'), "").size(), 200U);
}

}  // namespace
}  // namespace gmail_mcp::mail
