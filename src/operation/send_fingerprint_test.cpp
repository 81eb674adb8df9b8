#include "operation/send_fingerprint.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "crypto/digest.h"

namespace gmail_mcp::operation {
namespace {

namespace json = boost::json;

std::string digest_of(const json::value& arguments) {
  return crypto::sha256_hex(json::serialize(arguments));
}

TEST(SendFingerprint, is_the_digest_of_the_arguments_as_json) {
  model::NewMessage message;
  message.to = {"Ann <ann@example.org>", "bob@example.org"};
  message.subject = "Caf\u00e9 \"1\"";
  message.body = "One\nTwo\tThree\\ \x01\x1f\x7f /";
  EXPECT_EQ(fingerprint_of(message),
            digest_of({{"to", json::array{"Ann <ann@example.org>", "bob@example.org"}},
                       {"cc", json::array{}},
                       {"bcc", json::array{}},
                       {"subject", message.subject},
                       {"body", message.body},
                       {"html", nullptr},
                       {"reply", nullptr},
                       {"attachments", json::array{}}}));
}

TEST(SendFingerprint, names_what_is_given_and_the_digests_of_files) {
  model::NewMessage message;
  message.cc = {"cc@example.org"};
  message.bcc = {"bcc@example.org"};
  message.body_html = "<p>\r\n</p>";
  message.reply_to_message_id = model::MessageId{"1"};
  message.reply_all = true;
  message.quote = true;
  message.forward_message_id = model::MessageId{"2"};
  message.reply_to = "answers@example.org";
  message.from = "other@example.org";
  message.from_name = "Other";
  message.attachments.resize(2);
  message.attachments[0].filename = "a.txt";
  message.attachments[0].mime_type = "text/plain";
  message.attachments[0].content = "content";
  message.attachments[0].is_inline = true;
  message.attachments[0].content_id = "logo";
  message.attachments[1].message_id = model::MessageId{"3"};
  message.attachments[1].attachment_id = "4";
  const json::value file{
      {"name", "a.txt"}, {"type", "text/plain"}, {"digest", crypto::sha256_hex("content")},
      {"of", ""},        {"inline", true},       {"content_id", "logo"}};
  const json::value fetched{
      {"name", ""}, {"type", ""}, {"digest", crypto::sha256_hex("")}, {"of", "3/4"}};
  EXPECT_EQ(fingerprint_of(message), digest_of({{"to", json::array{}},
                                                {"cc", json::array{"cc@example.org"}},
                                                {"bcc", json::array{"bcc@example.org"}},
                                                {"subject", ""},
                                                {"body", ""},
                                                {"html", "<p>\r\n</p>"},
                                                {"reply", "1"},
                                                {"reply_all", true},
                                                {"quote", true},
                                                {"forward", "2"},
                                                {"reply_to", "answers@example.org"},
                                                {"from", "other@example.org"},
                                                {"from_name", "Other"},
                                                {"attachments", json::array{file, fetched}}}));
}

}  // namespace
}  // namespace gmail_mcp::operation
