#include "mime/reader.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "mime/header.h"

namespace gmail_mcp::mime {
namespace {

// With CRLF line ends.
std::string message(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

Part read(std::string_view text) { return read_message(message(text)).value(); }

// "multipart/mixed(text/plain image/png)": the structure at a glance.
std::string outline(const Part& part) {
  if (part.parts.empty()) return part.mime_type;
  std::vector<std::string> children;
  for (const auto& child : part.parts) children.push_back(outline(child));
  return part.mime_type + "(" + join(children, " ") + ")";
}

TEST(MimeReader, a_plain_message_is_one_part) {
  const auto root = read("From: Ann <ann@x.org>\nSubject: Hi\n\nHello\nthere\n");
  EXPECT_EQ(root.id, "");
  EXPECT_EQ(root.mime_type, "text/plain");
  EXPECT_EQ(root.content, "Hello\r\nthere\r\n");
  EXPECT_EQ(header(root, "subject"), "Hi");
  EXPECT_EQ(header(root, "to"), "");
}

TEST(MimeReader, a_latin1_body_becomes_utf8) {
  const auto root = read(
      "Content-Type: text/plain; charset=ISO-8859-1\n\nGr\xFC\xDF"
      "e");
  EXPECT_EQ(root.content, "Grüße");
  EXPECT_EQ(root.charset, "iso-8859-1");
}

TEST(MimeReader, quoted_printable_and_base64_texts_are_decoded_before_their_charset) {
  EXPECT_EQ(read("Content-Type: text/plain; charset=windows-1252\n"
                 "Content-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe =80 5=\n0")
                .content,
            "Grüße € 50");
  EXPECT_EQ(read("Content-Type: text/html; charset=\"iso-2022-jp\"\n"
                 "Content-Transfer-Encoding: BASE64\n\nGyRCRnxLXDhsGyhC")
                .content,
            "日本語");
  EXPECT_EQ(read("Content-Type: text/plain; charset=gb2312\n\n\xD6\xD0\xCE\xC4").content, "中文");
}

TEST(MimeReader, unpadded_base64_is_read_to_the_end) {
  EXPECT_EQ(read("Content-Transfer-Encoding: base64\n\naGVsbG8gd29ybGQ").content, "hello world");
}

TEST(MimeReader, headers_are_unfolded_and_otherwise_raw) {
  const auto root = read("Subject: =?utf-8?q?a?=\n =?utf-8?q?b?=\nX-Long: one\n\ttwo\n\nbody");
  EXPECT_EQ(header(root, "Subject"), "=?utf-8?q?a?= =?utf-8?q?b?=");
  EXPECT_EQ(decode_words(header(root, "Subject")), "ab");
  EXPECT_EQ(header(root, "x-long"), "one\ttwo");
}

TEST(MimeReader, header_names_match_in_any_case_and_repetitions_are_kept) {
  const auto root = read("CC: a@x.org\nSUBJECT : late colon\nReceived: 1\nreceived: 2\n\n");
  EXPECT_EQ(header(root, "Cc"), "a@x.org");
  EXPECT_EQ(header(root, "Subject"), "late colon");
  EXPECT_EQ(header(root, "Received"), "1");
  EXPECT_EQ(root.headers.size(), 4U);
}

TEST(MimeReader, parts_have_the_ids_gmail_gives_them) {
  const auto root = read(
      "Content-Type: multipart/mixed; boundary=outer\n\npreamble\n"
      "--outer\nContent-Type: multipart/alternative; boundary=\"in ner\"\n\n"
      "--in ner\n\nplain\n--in ner\nContent-Type: text/html\n\n<p>html</p>\n--in ner--\n\n"
      "--outer\nContent-Type: image/png; name=\"a.png\"\nContent-ID: <a@b>\n"
      "Content-Disposition: inline\nContent-Transfer-Encoding: base64\n\niVBORw==\n"
      "--outer--\nepilogue");
  EXPECT_EQ(outline(root),
            "multipart/mixed(multipart/alternative(text/plain text/html) image/png)");
  EXPECT_EQ(root.content, "");
  EXPECT_EQ(root.parts[0].id, "0");
  EXPECT_EQ(root.parts[0].parts[0].id, "0.0");
  EXPECT_EQ(root.parts[0].parts[1].id, "0.1");
  EXPECT_EQ(root.parts[0].parts[0].content, "plain");
  const auto& image = root.parts[1];
  EXPECT_EQ(image.id, "1");
  EXPECT_EQ(image.filename, "a.png");
  EXPECT_EQ(image.content_id, "a@b");
  EXPECT_EQ(image.disposition, "inline");
  EXPECT_EQ(image.content, "\x89PNG");
}

TEST(MimeReader, file_names_are_read_in_every_spelling) {
  const auto name = [](const std::string& headers) { return read(headers + "\n\nx").filename; };
  EXPECT_EQ(
      name("Content-Disposition: attachment;\n filename*0*=utf-8''Gr%C3%BC;\n filename*1=\".txt\""),
      "Grü.txt");
  EXPECT_EQ(name("Content-Disposition: attachment; filename=\"=?utf-8?B?w7wudHh0?=\""), "ü.txt");
  EXPECT_EQ(name("Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment"),
            "a.pdf");
}

TEST(MimeReader, an_attached_text_keeps_its_bytes) {
  const auto root = read("Content-Type: text/csv; charset=iso-8859-1; name=a.csv\n\n\xFC;\xDF");
  EXPECT_EQ(root.content, "\xFC;\xDF");
  const auto attached = read(
      "Content-Type: text/plain; charset=iso-8859-1\n"
      "Content-Disposition: attachment\n\n\xFC");
  EXPECT_EQ(attached.content, "\xFC");
}

TEST(MimeReader, an_embedded_message_is_one_leaf) {
  const auto root = read(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n"
      "--b\nContent-Type: message/rfc822\n\n"
      "Subject: inner\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ninner text\n--c--\n"
      "--b--\n");
  EXPECT_EQ(outline(root), "multipart/mixed(text/plain message/rfc822)");
  const auto inner = read_message(root.parts[1].content).value();
  EXPECT_EQ(header(inner, "Subject"), "inner");
  EXPECT_EQ(inner.parts[0].content, "inner text");
}

TEST(MimeReader, parts_of_a_digest_are_messages_unless_they_say_otherwise) {
  EXPECT_EQ(outline(read("Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: 1\n\nx\n"
                         "--b\nContent-Type: text/plain\n\ny\n--b--")),
            "multipart/digest(message/rfc822 text/plain)");
}

TEST(MimeReader, without_headers_it_is_text) {
  const auto root = read("just some text\nin two lines\n");
  EXPECT_EQ(root.mime_type, "text/plain");
  EXPECT_EQ(root.content, "just some text\r\nin two lines\r\n");
  EXPECT_TRUE(root.headers.empty());
  EXPECT_EQ(read("").content, "");
  EXPECT_EQ(read("\nbody").content, "body");
}

TEST(MimeReader, a_missing_empty_line_ends_the_headers) {
  const auto root = read("Subject: x\nThis is no header\nbody");
  EXPECT_EQ(header(root, "Subject"), "x");
  EXPECT_EQ(root.content, "This is no header\r\nbody");
}

TEST(MimeReader, the_separator_of_an_mbox_is_skipped) {
  EXPECT_EQ(header(read("From ann@x.org Thu Jan  1 00:00:00 2026\nSubject: x\n\nbody"), "Subject"),
            "x");
}

TEST(MimeReader, blanks_before_the_first_header_do_not_hide_it) {
  EXPECT_EQ(header(read(" From: a@x.org\nSubject: x\n\nbody"), "From"), "a@x.org");
  EXPECT_EQ(read(" only text\n").content, " only text\r\n");
}

TEST(MimeReader, bare_line_feeds_are_line_ends) {
  const auto root =
      read_message("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n")
          .value();
  ASSERT_EQ(root.parts.size(), 2U);
  EXPECT_EQ(root.parts[0].content, "one");
  EXPECT_EQ(root.parts[1].content, "two");
}

TEST(MimeReader, a_multipart_that_is_never_closed_ends_with_the_message) {
  const auto root = read("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo");
  ASSERT_EQ(root.parts.size(), 2U);
  EXPECT_EQ(root.parts[1].content, "two");
}

TEST(MimeReader, an_inner_multipart_that_is_never_closed_ends_with_the_outer_part) {
  const auto root = read(
      "Content-Type: multipart/mixed; boundary=b\n\n"
      "--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\none\n"
      "--b\n\ntwo\n--b--\n");
  EXPECT_EQ(outline(root), "multipart/mixed(multipart/alternative(text/plain) text/plain)");
  EXPECT_EQ(root.parts[0].parts[0].content, "one");
  EXPECT_EQ(root.parts[1].content, "two");
}

TEST(MimeReader, a_multipart_without_a_boundary_is_the_text_it_holds) {
  for (const auto* type :
       {"multipart/mixed", "multipart/mixed; boundary=\"\"", "multipart/mixed; boundary=never"}) {
    const auto root = read(std::string{"Content-Type: "} + type + "\n\n--x\n\nhello\n--x--\n");
    EXPECT_EQ(outline(root), "text/plain");
    EXPECT_NE(root.content.find("hello"), std::string::npos);
  }
}

TEST(MimeReader, a_line_that_only_starts_like_a_delimiter_is_text) {
  const auto root = read(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--bc\n-- b\n--b-\n--b \t\n\nx\n--b--");
  ASSERT_EQ(root.parts.size(), 2U);
  EXPECT_EQ(root.parts[0].content, "--bc\r\n-- b\r\n--b-");
  EXPECT_EQ(root.parts[1].content, "x");
}

TEST(MimeReader, a_part_may_have_no_content) {
  const auto root =
      read("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n--b\n--b--");
  ASSERT_EQ(root.parts.size(), 2U);
  EXPECT_EQ(root.parts[0].mime_type, "text/html");
  EXPECT_EQ(root.parts[0].content, "");
  EXPECT_EQ(root.parts[1].mime_type, "text/plain");
}

TEST(MimeReader, a_content_type_that_makes_no_sense_means_text) {
  for (const auto* type : {"", "text", "/", "text/", ";;", "(comment)"}) {
    EXPECT_EQ(read(std::string{"Content-Type: "} + type + "\n\nx").mime_type, "text/plain") << type;
  }
}

TEST(MimeReader, each_limit_is_an_error_of_its_own) {
  const auto code = [](std::string_view text, const ReadLimits& limits) {
    const auto root = read_message(text, limits);
    return root ? std::string{"read"}
                : std::string{to_string(root.error().code)} + ": " + root.error().message;
  };
  std::string nested;
  std::string wide = "Content-Type: multipart/mixed; boundary=b\n\n";
  std::string headers;
  for (int i = 0; i < 100; ++i) {
    nested += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" +
              std::to_string(i) + "\n";
    wide += "--b\n\n";
    headers += "A: b\n";
  }
  EXPECT_EQ(code(nested, {}), "too_large: The message cannot be read: it is nested too deeply.");
  EXPECT_EQ(code(nested, {.max_depth = 100}), "read");
  EXPECT_EQ(code(wide, {.max_parts = 50}),
            "too_large: The message cannot be read: it has too many parts.");
  EXPECT_EQ(code(wide, {.max_parts = 101}), "read");
  EXPECT_EQ(code(headers, {.max_headers = 99}),
            "too_large: The message cannot be read: it has too many header fields.");
  EXPECT_EQ(code("12345", {.max_bytes = 4}),
            "too_large: The message cannot be read: it is too long.");
}

TEST(MimeReader, hostile_messages_are_judged_in_linear_time) {
  const auto repeat = [](std::string_view piece, std::size_t size) {
    std::string out;
    while (out.size() < size) out += piece;
    return out;
  };
  const std::string head = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n";
  EXPECT_TRUE(read_message(head + repeat("--\n", 2U << 20U)));
  EXPECT_FALSE(read_message(head + repeat("--b\n", 2U << 20U)));
  EXPECT_FALSE(read_message(repeat("To: a\n", 2U << 20U)));
  EXPECT_TRUE(read_message("To: a" + repeat("\n a", 2U << 20U)));
  EXPECT_TRUE(read_message("Content-Type: " + repeat("x/y;(", 2U << 20U)));
}

TEST(MimeReader, a_blank_before_the_colon_makes_no_mail_folder) {
  const auto root = read_message("From : ann@example.org\r\nSubject : x\r\n\r\nText").value();
  EXPECT_EQ(header(root, "From"), "ann@example.org");
  EXPECT_EQ(header(root, "Subject"), "x");
}

TEST(MimeReader, a_value_that_begins_in_the_next_line_begins_with_no_blank) {
  const auto root = read_message("Subject:\r\n  one\r\n two\r\n\r\nText").value();
  EXPECT_EQ(header(root, "Subject"), "one two");
}

TEST(MimeReader, a_lone_cr_within_headers_ends_a_line) {
  const auto root =
      read_message("From: ann@example.org\rSubject: one\r two\r\nTo: bob@example.org\r\rText\r\n")
          .value();
  EXPECT_EQ(header(root, "Subject"), "one two");
  EXPECT_EQ(header(root, "To"), "bob@example.org");
  EXPECT_EQ(root.content, "Text\r\n");
}

TEST(MimeReader, a_lone_cr_that_no_field_follows_is_a_blank_of_the_value) {
  const auto root = read_message("Subject: one\rtwo\r\nTo: a@example.org\r\n\r\nText").value();
  EXPECT_EQ(header(root, "Subject"), "one\rtwo");
  EXPECT_EQ(header(root, "To"), "a@example.org");
}

TEST(MimeReader, a_message_without_any_lf_has_lines_that_end_with_cr) {
  const auto root = read_message(
                        "Subject: old\rContent-Type: multipart/mixed; boundary=b\r\r--b\r\rText\r"
                        "--b\rContent-Type: image/png\r\rx\r--b--\r")
                        .value();
  ASSERT_EQ(root.parts.size(), 2U);
  EXPECT_EQ(root.parts[0].content, "Text");
  EXPECT_EQ(root.parts[1].content, "x");
}

TEST(MimeReader, lines_that_end_with_two_cr_and_lf_are_lines) {
  const auto root =
      read_message("Subject: one\r\r\nTo: a@example.org\r\r\n\r\r\nText\r\r\n").value();
  EXPECT_EQ(header(root, "To"), "a@example.org");
  EXPECT_EQ(root.content, "Text\r\n");
}

}  // namespace
}  // namespace gmail_mcp::mime
