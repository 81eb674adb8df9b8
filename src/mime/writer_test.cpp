#include "mime/writer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "mime/header.h"
#include "mime/reader.h"

namespace gmail_mcp::mime {
namespace {

Draft simple_draft() {
  Draft draft;
  draft.from = {"Ann Lee", "ann@example.org"};
  draft.to = {{"Jörg Groß", "joerg@example.org"}};
  draft.subject = "Grüße";
  draft.text = "Hello\nthere\n";
  draft.message_id = "<1@example.org>";
  draft.date = Timestamp{std::chrono::seconds{1'767'225'600}};
  return draft;
}

Draft full_draft() {
  auto draft = simple_draft();
  draft.cc = {{"", "carl@example.org"}, {"Lee, Bob", "bob@example.org"}};
  draft.bcc = {{"", "secret@example.org"}};
  draft.reply_to = {{"", "replies@example.org"}};
  draft.html = "<p>Hello, 世界</p>\n";
  draft.text = "Hello, 世界\nÜber " + std::string(2000, 'x') + "\n";
  draft.in_reply_to = {"<0@example.org>"};
  draft.references = {"<r1@example.org>", "<0@example.org>"};
  draft.extra_headers = {{"X-Gmail-MCP-Send", "abc"}};
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i % 256);
  draft.attachments = {{"Übersicht \"2026\", final; v2.pdf", "application/pdf", bytes},
                       {"data.csv", "text/csv; charset=utf-8", "a;b\nc;d\r\ne"},
                       {"mail.eml", "message/rfc822", "Subject: inner\n\nbody\n"},
                       {"", "", "no name"}};
  return draft;
}

Part round_trip(const Draft& draft, BccHeader bcc = BccHeader::keep) {
  return read_message(write_message(draft, bcc).value()).value();
}

void expect_clean_lines(const std::string& bytes) {
  std::string_view rest = bytes;
  bool in_header = true;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    ASSERT_NE(end, std::string_view::npos);
    const auto line = rest.substr(0, end);
    EXPECT_EQ(line.find_first_of("\r\n"), std::string_view::npos);
    EXPECT_LE(line.size(), in_header ? 78U : 998U) << line;
    for (const char c : line) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
    if (line.empty()) in_header = false;
    rest.remove_prefix(end + 2);
  }
}

TEST(MimeWriter, a_plain_message_reads_like_this) {
  auto draft = simple_draft();
  EXPECT_EQ(write_message(draft, BccHeader::keep).value(),
            "From: Ann Lee <ann@example.org>\r\n"
            "To: =?utf-8?B?SsO2cmcgR3Jvw58=?= <joerg@example.org>\r\n"
            "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"
            "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
            "Message-ID: <1@example.org>\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "Hello\r\nthere\r\n");
}

TEST(MimeWriter, everything_written_is_read_back) {
  const auto draft = full_draft();
  const auto root = round_trip(draft);
  EXPECT_EQ(decode_words(header(root, "Subject")), draft.subject);
  EXPECT_EQ(parse_addresses(header(root, "From")), std::vector{draft.from});
  EXPECT_EQ(parse_addresses(header(root, "To")), draft.to);
  EXPECT_EQ(parse_addresses(header(root, "Cc")), draft.cc);
  EXPECT_EQ(parse_addresses(header(root, "Bcc")), draft.bcc);
  EXPECT_EQ(parse_addresses(header(root, "Reply-To")), draft.reply_to);
  EXPECT_EQ(parse_message_ids(header(root, "Message-ID")), std::vector{draft.message_id});
  EXPECT_EQ(parse_message_ids(header(root, "In-Reply-To")), draft.in_reply_to);
  EXPECT_EQ(parse_message_ids(header(root, "References")), draft.references);
  EXPECT_EQ(parse_date(header(root, "Date")), draft.date);
  EXPECT_EQ(header(root, "X-Gmail-MCP-Send"), "abc");

  const auto found = bodies(root);
  EXPECT_EQ(found.plain, "Hello, 世界\r\nÜber " + std::string(2000, 'x') + "\r\n");
  EXPECT_EQ(found.html, "<p>Hello, 世界</p>\r\n");

  ASSERT_EQ(root.parts.size(), 5U);
  EXPECT_EQ(root.mime_type, "multipart/mixed");
  EXPECT_EQ(root.parts[0].mime_type, "multipart/alternative");
  EXPECT_EQ(root.parts[1].filename, draft.attachments[0].filename);
  EXPECT_EQ(root.parts[1].content, draft.attachments[0].content);
  EXPECT_EQ(root.parts[2].mime_type, "text/csv");
  EXPECT_EQ(root.parts[2].content, draft.attachments[1].content);
  EXPECT_EQ(root.parts[3].mime_type, "message/rfc822");
  EXPECT_EQ(root.parts[3].content, "Subject: inner\r\n\r\nbody\r\n");
  EXPECT_EQ(root.parts[4].mime_type, "application/octet-stream");
  EXPECT_EQ(root.parts[4].content, "no name");
}

TEST(MimeWriter, lines_are_short_and_end_with_crlf) {
  expect_clean_lines(write_message(simple_draft(), BccHeader::keep).value());
  auto draft = full_draft();
  draft.subject = std::string(500, 'x') + " 日本語" + std::string(200, 'y');
  draft.text = std::string(100'000, 'z');
  draft.references.assign(50, "<" + std::string(50, 'r') + "@example.org>");
  expect_clean_lines(write_message(draft, BccHeader::keep).value());
}

TEST(MimeWriter, bcc_is_written_only_when_it_is_to_be_kept) {
  const auto draft = full_draft();
  EXPECT_EQ(header(round_trip(draft, BccHeader::keep), "Bcc"), "secret@example.org");
  EXPECT_EQ(write_message(draft, BccHeader::omit).value().find("secret"), std::string::npos);
}

TEST(MimeWriter, a_non_ascii_name_leaves_the_address_readable) {
  const auto bytes = write_message(simple_draft(), BccHeader::keep).value();
  EXPECT_NE(bytes.find("?= <joerg@example.org>"), std::string::npos);
}

TEST(MimeWriter, an_international_domain_is_written_in_ascii) {
  auto draft = simple_draft();
  draft.to = {{"", "ann@bücher.example"}};
  EXPECT_EQ(header(round_trip(draft), "To"), "ann@xn--bcher-kva.example");
}

TEST(MimeWriter, line_ends_of_every_kind_become_those_of_the_network) {
  auto draft = simple_draft();
  draft.text = "a\r\nb\nc\rd";
  EXPECT_EQ(bodies(round_trip(draft)).plain, "a\r\nb\r\nc\r\nd\r\n");
  draft.text = "ä\r\nb\nc\rd";
  EXPECT_EQ(bodies(round_trip(draft)).plain, "ä\r\nb\r\nc\r\nd\r\n");
}

TEST(MimeWriter, pictures_of_the_html_stand_beside_it_and_files_beside_both) {
  auto draft = simple_draft();
  draft.html = R"(<p>Look <img src="cid:logo@x"></p>)";
  draft.attachments = {{"a.pdf", "application/pdf", "pdf"},
                       {"logo.png", "image/png", "png", true, "logo@x"},
                       {"b.png", "image/png", "png", false, "apart"}};
  const auto root = round_trip(draft);
  ASSERT_EQ(root.mime_type, "multipart/mixed");
  ASSERT_EQ(root.parts.size(), 3U);
  const auto& both = root.parts[0];
  ASSERT_EQ(both.mime_type, "multipart/alternative");
  EXPECT_EQ(both.parts[0].mime_type, "text/plain");
  const auto& related = both.parts[1];
  ASSERT_EQ(related.mime_type, "multipart/related");
  EXPECT_NE(header(related, "Content-Type").find("type=\"text/html\""), std::string::npos);
  EXPECT_EQ(related.parts[0].mime_type, "text/html");
  EXPECT_EQ(related.parts[1].content_id, "logo@x");
  EXPECT_EQ(related.parts[1].disposition, "inline");
  EXPECT_EQ(related.parts[1].filename, "logo.png");
  EXPECT_EQ(root.parts[1].filename, "a.pdf");
  EXPECT_EQ(root.parts[2].content_id, "apart");
  EXPECT_EQ(root.parts[2].disposition, "attachment");
  EXPECT_EQ(bodies(root).html, *draft.html + "\r\n");

  draft.html.reset();
  const auto plain = round_trip(draft);
  ASSERT_EQ(plain.parts.size(), 4U) << "without HTML they follow the text";
  EXPECT_EQ(plain.parts[2].disposition, "inline");
}

TEST(MimeWriter, only_pictures_need_no_mixed) {
  auto draft = simple_draft();
  draft.html = "<img src=cid:a>";
  draft.attachments = {{"a.png", "image/png", "png", true, "a"}};
  EXPECT_EQ(round_trip(draft).mime_type, "multipart/alternative");
}

TEST(MimeWriter, an_embedded_message_outside_of_ascii_goes_as_a_file) {
  auto draft = simple_draft();
  draft.attachments = {{"a.eml", "message/rfc822", "Subject: \xC3\xBC\r\n\r\nx"}};
  const auto root = round_trip(draft);
  EXPECT_EQ(root.parts[1].mime_type, "application/octet-stream");
  EXPECT_EQ(root.parts[1].content, draft.attachments[0].content);
}

TEST(MimeWriter, only_the_first_and_the_last_of_very_many_references_are_written) {
  auto draft = simple_draft();
  for (int i = 0; i < 500; ++i) draft.references.push_back("<" + std::to_string(i) + "@x>");
  const auto ids = parse_message_ids(header(round_trip(draft), "References"));
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_EQ(ids.front(), "<0@x>");
  EXPECT_EQ(ids.back(), "<499@x>");
}

TEST(MimeWriter, every_message_id_that_was_read_can_be_written) {
  auto draft = simple_draft();
  draft.references =
      parse_message_ids("<a b@c> <\"x\"@y> <a@b@c> <" + std::string(898, 'z') + "> junk <,>");
  EXPECT_EQ(draft.references.size(), 5U);
  EXPECT_EQ(parse_message_ids(header(round_trip(draft), "References")), draft.references);
}

std::string refusal(const Draft& draft) {
  const auto bytes = write_message(draft, BccHeader::omit);
  if (bytes) return "written";
  EXPECT_EQ(bytes.error().code, Errc::invalid_argument);
  return bytes.error().message;
}

TEST(MimeWriter, a_content_id_is_one_that_html_can_name_and_only_one_has_it) {
  auto draft = simple_draft();
  draft.attachments = {{"a.png", "image/png", "a", true, "a"},
                       {"b.png", "image/png", "b", true, "b"}};
  EXPECT_EQ(refusal(draft), "written");
  for (const std::string id : {"a", "b c", "<b>", "b\r\nX: y", "b\"", "b%20", "bü"}) {
    draft.attachments[1].content_id = id;
    EXPECT_NE(refusal(draft).find("content_id"), std::string::npos) << id;
  }
  draft.attachments[1].content_id = std::string(201, 'b');
  EXPECT_NE(refusal(draft).find("content_id"), std::string::npos);
}

TEST(MimeWriter, nothing_can_write_a_header_of_its_own) {
  for (const auto& evil :
       {std::string{"x\r\nBcc: eve@evil.org"}, std::string{"x\nBcc: eve@evil.org"},
        std::string{"x\rBcc: eve@evil.org"}, std::string{"x\0y", 3}}) {
    const auto expect_refused = [&](auto change, std::string_view field) {
      auto draft = full_draft();
      change(draft);
      const auto message = refusal(draft);
      EXPECT_NE(message, "written") << field;
      EXPECT_NE(message.find(field), std::string::npos) << message;
      EXPECT_EQ(message.find("evil"), std::string::npos) << message;
    };
    expect_refused([&](Draft& d) { d.subject = evil; }, "subject");
    expect_refused([&](Draft& d) { d.from.name = evil; }, "from");
    expect_refused([&](Draft& d) { d.from.email = evil; }, "from");
    expect_refused([&](Draft& d) { d.to[0].name = evil; }, "to");
    expect_refused([&](Draft& d) { d.to[0].email = evil; }, "to");
    expect_refused([&](Draft& d) { d.cc[0].email = evil; }, "cc");
    expect_refused([&](Draft& d) { d.bcc[0].email = evil; }, "bcc");
    expect_refused([&](Draft& d) { d.reply_to.at(0).email = evil; }, "reply_to");
    expect_refused([&](Draft& d) { d.message_id = "<" + evil + ">"; }, "message_id");
    expect_refused([&](Draft& d) { d.in_reply_to = {"<" + evil + ">"}; }, "in_reply_to");
    expect_refused([&](Draft& d) { d.references = {evil}; }, "references");
    expect_refused([&](Draft& d) { d.extra_headers = {{"X-A", evil}}; }, "header X-A");
    expect_refused([&](Draft& d) { d.extra_headers = {{evil, "x"}}; }, "extra header");
    expect_refused([&](Draft& d) { d.attachments[1].filename = evil; },
                   "file name of attachment 2");
    expect_refused([&](Draft& d) { d.attachments[0].mime_type = evil; },
                   "MIME type of attachment 1");
    expect_refused([&](Draft& d) { d.attachments[0].mime_type = "text/plain; charset=\"" + evil; },
                   "MIME type of attachment 1");
  }
}

TEST(MimeWriter, what_would_not_arrive_as_given_is_refused) {
  const auto with = [](auto change) {
    auto draft = simple_draft();
    change(draft);
    return refusal(draft);
  };
  EXPECT_EQ(with([](Draft& d) { d.from.email = ""; }),
            "The field from: \"\" is not one e-mail address: it is empty.");
  EXPECT_EQ(with([](Draft& d) { d.to[0].email = "Ann <a@x.org>"; }),
            "The field to must hold the address without a name and brackets.");
  EXPECT_EQ(with([](Draft& d) { d.subject = "\xFF"; }), "The subject is not valid UTF-8.");
  EXPECT_EQ(with([](Draft& d) { d.subject = std::string(3000, 'x'); }),
            "The subject is longer than 2,000 bytes.");
  EXPECT_EQ(with([](Draft& d) {
              d.extra_headers = {{"bcc", "a@x.org"}};
            }),
            "The header bcc cannot be set: it is written from the other fields.");
  EXPECT_EQ(with([](Draft& d) {
              d.extra_headers = {{"Content-Type", "text/html"}};
            }),
            "The header Content-Type cannot be set: it is written from the other fields.");
  for (const auto* type : {"pdf", "a/b/c", "multipart/mixed", "text/", "te\"xt/plain"}) {
    EXPECT_EQ(with([type](Draft& d) {
                d.attachments = {{"a", type, "x"}};
              }),
              "The MIME type of attachment 1 must be like application/pdf.")
        << type;
  }
  EXPECT_EQ(with([](Draft& d) {
              d.attachments = {{"a", "text/csv; charset=\"a b\"", "x"}};
            }),
            "The charset of attachment 1 must be like utf-8.");
  EXPECT_EQ(with([](Draft& d) { d.date = Timestamp{std::chrono::seconds{1LL << 40U}}; }),
            "The date is in no year that a header can name.");
}

TEST(MimeWriter, several_threads_can_write_and_read_at_once) {
  const auto expected = bodies(round_trip(full_draft())).plain;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&expected] {
      for (int round = 0; round < 20; ++round) {
        EXPECT_EQ(bodies(round_trip(full_draft())).plain, expected);
      }
    });
  }
}

// A second opinion by Python. CTest runs this in the root of the source tree; the system's
// interpreter is enough.
TEST(MimeWriter, python_reads_what_was_written) {
  const std::filesystem::path python = "/usr/bin/python3";
  const std::filesystem::path script = "tests/interop/mime_python.py";
  if (!std::filesystem::exists(python) || !std::filesystem::exists(script)) GTEST_SKIP();
  const auto file = std::filesystem::temp_directory_path() / "gmail_mcp_mime_python.eml";
  std::ofstream{file, std::ios::binary} << write_message(full_draft(), BccHeader::keep).value();
  const auto command = python.string() + " -I '" + script.string() + "' '" + file.string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace gmail_mcp::mime
