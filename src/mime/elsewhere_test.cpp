#include "mime/elsewhere.h"

#include <gtest/gtest.h>

#include <string>

#include "mime/reader.h"

namespace gmail_mcp::mime {
namespace {

Part message(const std::string& text) { return read_message(text).value(); }

std::string mixed(const std::string& parts) {
  return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + "--b--\r\n";
}

std::string part(const std::string& header, const std::string& content) {
  return "--b\r\n" + header + "\r\n\r\n" + content + "\r\n";
}

TEST(Elsewhere, a_letter_of_nothing_but_an_attached_message_is_that_message) {
  const auto found = find_text(message(mixed(part(
      "Content-Type: message/rfc822; name=old.eml",
      "From: =?utf-8?Q?J=C3=B6rg?= <j@shop.example>\r\nTo: a@shop.example\r\nSubject: inner\r\n"
      "Content-Type: text/html\r\n\r\n<p>The <b>inner</b> text."))));
  EXPECT_EQ(found.place, "[There is no text outside of old.eml: it is an attached message.]");
  EXPECT_EQ(found.source, "message");
  EXPECT_EQ(found.bodies.plain,
            "From: Jörg <j@shop.example>\nTo: a@shop.example\nSubject: inner\n\n"
            "The inner text.\n");
}

TEST(Elsewhere, several_attached_messages_are_marked_each) {
  const auto found = find_text(
      message(mixed(part("Content-Type: message/rfc822; name=a.eml", "Subject: one\r\n\r\n1") +
                    part("Content-Type: message/rfc822; name=b.eml", "Subject: two\r\n\r\n2"))));
  EXPECT_EQ(found.place, "[There is no text outside of a.eml and b.eml: attached messages.]");
  EXPECT_EQ(found.bodies.plain,
            "[Attached message a.eml:]\nSubject: one\n\n1\n\n"
            "[Attached message b.eml:]\nSubject: two\n\n2\n");
}

TEST(Elsewhere, letters_within_letters_are_read_to_a_depth) {
  std::string text = "Subject: innermost\r\n\r\ntext";
  for (int i = 0; i < 10; ++i) text.insert(0, "Content-Type: message/rfc822\r\n\r\n");
  const auto found = find_text(message(text));
  EXPECT_EQ(found.source, "message");
  EXPECT_EQ(found.bodies.plain.find("innermost"), std::string::npos);
}

TEST(Elsewhere, what_is_encrypted_comes_before_a_calendar) {
  const auto root =
      message(mixed(part("Content-Type: text/calendar", "BEGIN:VEVENT\r\nEND:VEVENT") +
                    part("Content-Type: application/pgp-encrypted", "Version: 1")));
  const auto found = find_text(root);
  EXPECT_EQ(found.place,
            "[There is no text outside of the attachments: the message is encrypted with PGP.]");
  EXPECT_EQ(found.source, "");
  ASSERT_EQ(leaves_with_text(root).size(), 1U);
  EXPECT_EQ(leaves_with_text(root).front()->id, "1");
}

TEST(Elsewhere, a_name_tells_where_the_type_does_not) {
  const std::string any = "Content-Type: application/octet-stream; name=";
  EXPECT_EQ(find_text(message(mixed(part(any + "WINMAIL.DAT", "x")))).place,
            "[There is no text outside of WINMAIL.DAT: it is in Outlook's own format, TNEF.]");
  EXPECT_EQ(
      find_text(message(mixed(part(any + "smime.p7m", "x")))).place,
      "[There is no text outside of smime.p7m: the message is encrypted or signed with S/MIME.]");
  EXPECT_EQ(find_text(message(mixed(part(any + "photo.jpg", "x")))).place, "");
  EXPECT_TRUE(can_have_text("application/octet-stream", "Invite.ICS"));
  EXPECT_FALSE(can_have_text("image/png", "invite.ics"));
}

TEST(Elsewhere, the_same_entry_is_told_once) {
  const std::string entry = "BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT";
  const auto found = find_text(message(mixed(part("Content-Type: text/calendar", entry) +
                                             part("Content-Type: application/ics", entry))));
  EXPECT_EQ(found.bodies.plain, "Calendar entry: x");
  EXPECT_EQ(found.source, "calendar");
}

TEST(Elsewhere, a_package_that_is_unpacked_has_files_and_is_none) {
  const std::string tnef{
      "\x78\x9F\x3E\x22\x01\0"
      "\x02\x02\x90\x06\0\0\0\0\0\0\0"
      "\x02\x10\x80\x01\0\x05\0\0\0a.pdf\0\0"
      "\x02\x0F\x80\x06\0\x04\0\0\0%PDF\0\0",
      48};
  const auto root = message("Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n" + tnef);
  const auto infos = attachments(root);
  ASSERT_EQ(infos.size(), 2U);
  EXPECT_EQ(infos[0].filename, "winmail.dat");
  EXPECT_FALSE(infos[0].is_file);
  EXPECT_EQ(infos[1].part_id, "0.0");
  EXPECT_EQ(infos[1].filename, "a.pdf");
  EXPECT_EQ(infos[1].size, 4U);
  EXPECT_TRUE(infos[1].is_file);
}

TEST(Elsewhere, bodies_without_a_visible_character_are_blank) {
  Bodies bodies;
  EXPECT_TRUE(are_blank(bodies));
  bodies.plain = "\r\n \r\n";
  bodies.html = "<style>p{}</style><p>&nbsp;</p>";
  EXPECT_TRUE(are_blank(bodies));
  bodies.html = "<p>a</p>";
  EXPECT_FALSE(are_blank(bodies));
  bodies.html.reset();
  bodies.plain = "a";
  EXPECT_FALSE(are_blank(bodies));
}

}  // namespace
}  // namespace gmail_mcp::mime
