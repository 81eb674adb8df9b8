#include "mail/gmail_rest/convert.h"

#include <gtest/gtest.h>

#include "crypto/base64.h"
#include "google/message_json.h"

namespace gmail_mcp::mail {
namespace {

model::Message converted(std::string_view json) {
  return to_message(google::read_message(json).value());
}

std::string header_json(std::string_view name, std::string_view value) {
  return R"({"name":")" + std::string{name} + R"(","value":")" + std::string{value} + R"("})";
}

// A single part as Gmail writes it.
std::string text_part(std::string_view content_type, std::string_view bytes,
                      crypto::Padding padding = crypto::Padding::without) {
  return R"({"payload":{"partId":"","mimeType":"text/plain","filename":"","headers":[)" +
         header_json("Content-Type", content_type) + R"(],"body":{"size":1,"data":")" +
         crypto::base64url_encode(bytes, padding) + R"("}}})";
}

TEST(Convert, HeadersAreFoundInAnyCaseAndDecoded) {
  const auto message =
      converted(R"({"id":"m1","threadId":"t1","labelIds":["INBOX"],
    "internalDate":"1767225600000","payload":{"mimeType":"text/plain","headers":[)" +
                header_json("SUBJECT", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=") + "," +
                header_json("from", "=?iso-8859-1?Q?J=F6rg?= <j@example.org>") + "," +
                header_json("CC", "\\\"Doe, Ann\\\" <ann@example.org>, b@x.org") + "," +
                header_json("Reply-To", "r@example.org") + "," +
                header_json("Message-Id", "<1@example.org>") + "," +
                header_json("References", "<a@x> <b@x>") + R"(]}})");
  EXPECT_EQ(message.subject, "Grüße");
  EXPECT_EQ(message.from, (model::Address{"Jörg", "j@example.org"}));
  ASSERT_EQ(message.cc.size(), 2U);
  EXPECT_EQ(message.cc[0], (model::Address{"Doe, Ann", "ann@example.org"}));
  EXPECT_EQ(message.reply_to[0].email, "r@example.org");
  EXPECT_EQ(message.message_id_header, "<1@example.org>");
  EXPECT_EQ(message.references, (std::vector<std::string>{"<a@x>", "<b@x>"}));
  EXPECT_EQ(message.id.str(), "m1");
  EXPECT_EQ(message.thread_id.str(), "t1");
  EXPECT_EQ(to_iso8601(message.date), "2026-01-01T00:00:00Z");
}

TEST(Convert, TheDateIsGmailsAndNotTheSenders) {
  const auto date = header_json("Date", "Mon, 1 Jan 1990 00:00:00 +0000");
  const auto payload = R"("payload":{"headers":[)" + date + "]}}";
  EXPECT_EQ(to_iso8601(converted(R"({"internalDate":"1767225600000",)" + payload).date),
            "2026-01-01T00:00:00Z");
  EXPECT_EQ(to_iso8601(converted("{" + payload).date), "1990-01-01T00:00:00Z");
}

TEST(Convert, TextIsDecodedFromItsDeclaredCharset) {
  EXPECT_EQ(converted(text_part("text/plain; charset=iso-8859-1", "Gr\xfc\xdf")).body_plain,
            "Grüß");
  EXPECT_EQ(converted(text_part("text/plain; charset=\\\"ISO-2022-JP\\\"", "\x1b$B?eLn\x1b(B"))
                .body_plain,
            "水野");
}

TEST(Convert, TextThatGmailMadeUtf8IsNotDecodedAgain) {
  EXPECT_EQ(converted(text_part("text/plain; charset=iso-2022-jp", "水野様")).body_plain, "水野様");
  EXPECT_EQ(converted(text_part("text/plain; charset=windows-1252", "déjà")).body_plain, "déjà");
}

TEST(Convert, AnUnknownCharsetAndUnpaddedBase64AreRead) {
  EXPECT_EQ(converted(text_part("text/plain; charset=x-martian", "caf\xe9")).body_plain, "café");
  for (const auto padding : {crypto::Padding::with, crypto::Padding::without}) {
    EXPECT_EQ(converted(text_part("text/plain", "a", padding)).body_plain, "a");
  }
}

constexpr std::string_view mixed = R"({"payload":{"partId":"","mimeType":"multipart/mixed","parts":[
  {"partId":"0","mimeType":"multipart/alternative","filename":"","parts":[
    {"partId":"0.0","mimeType":"text/plain","filename":"","body":{"size":5,"data":"cGxhaW4"}},
    {"partId":"0.1","mimeType":"TEXT/HTML","filename":"","body":{"size":4,"data":"PGI-"}}]},
  {"partId":"1","mimeType":"text/plain","filename":"notes.txt",
   "headers":[{"name":"Content-Disposition","value":"attachment; filename=notes.txt"}],
   "body":{"size":12,"data":"bm90IGEgYm9keQ"}},
  {"partId":"2","mimeType":"message/rfc822","filename":"old.eml",
   "body":{"attachmentId":"A2","size":900},
   "parts":[{"partId":"2.0","mimeType":"text/plain","filename":"","body":{"data":"aW5uZXI"}}]},
  {"partId":"3","mimeType":"application/pdf","filename":"",
   "headers":[{"name":"Content-Type","value":"application/pdf; name*=utf-8''r%C3%A9sum%C3%A9.pdf"}],
   "body":{"attachmentId":"A3","size":4711}}]}})";

TEST(Convert, BodiesAreTheTextsAndNotTheFiles) {
  const auto message = converted(mixed);
  EXPECT_EQ(message.body_plain, "plain");
  EXPECT_EQ(message.body_html, "<b>");
}

TEST(Convert, EveryFileIsListedTextsAndEmbeddedMessagesToo) {
  const auto message = converted(mixed);
  EXPECT_TRUE(message.has_attachments);
  EXPECT_EQ(message.attachments,
            (std::vector<model::AttachmentInfo>{{"1", "notes.txt", "text/plain", 12},
                                                {"2", "old.eml", "message/rfc822", 900},
                                                {"3", "résumé.pdf", "application/pdf", 4711}}));
}

TEST(Convert, AMessageThatIsOneFileHasItAsNumberZero) {
  const auto message = converted(
      R"({"payload":{"partId":"","mimeType":"application/zip","filename":"a.zip",
          "body":{"attachmentId":"X","size":77}}})");
  EXPECT_EQ(message.attachments,
            (std::vector<model::AttachmentInfo>{{"0", "a.zip", "application/zip", 77}}));
}

TEST(Convert, AMessageWithoutAnythingIsStillOne) {
  const auto message = converted(R"({"id":"m"})");
  EXPECT_EQ(message.id.str(), "m");
  EXPECT_TRUE(message.subject.empty());
  EXPECT_FALSE(message.body_html);
  EXPECT_FALSE(message.has_attachments);
}

TEST(Convert, SnippetsLoseTheirEscapes) {
  EXPECT_EQ(
      converted(R"({"snippet":"Tom &amp; Ann&#39;s &lt;b&gt; &quot;x&quot; &#x20AC;"})").snippet,
      "Tom & Ann's <b> \"x\" €");
  EXPECT_EQ(converted(R"({"snippet":"&amp;amp; &bogus; &"})").snippet, "&amp; &bogus; &");
}

TEST(Convert, AnOutlineThatEndsInAMultipartIsCutOff) {
  const auto payload = [](std::string_view json) { return google::read_message(json)->payload; };
  EXPECT_TRUE(is_cut_off(payload(
      R"({"payload":{"mimeType":"multipart/mixed","parts":[{"mimeType":"Multipart/Related"}]}})")));
  EXPECT_FALSE(is_cut_off(payload(mixed)));
}

}  // namespace
}  // namespace gmail_mcp::mail
