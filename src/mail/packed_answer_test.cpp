#include "mail/packed_answer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/message.h"

namespace gmail_mcp::mail {
namespace {

// What is packed again is the same text exactly when nothing was lost: every member is in it.
template <class T>
T there_and_back(const T& answer) {
  const auto text = pack(answer);
  EXPECT_EQ(text.size(), packed_size(answer));
  auto back = unpack<T>(text);
  EXPECT_EQ(pack(back), text);
  return back;
}

model::Message message() {
  model::Message one;
  one.id = model::MessageId{"18c5f0a1b2c3d4e5"};
  one.thread_id = model::ThreadId{"18c5f0a1b2c3d4e6"};
  one.subject = "Figures";
  one.from = {.name = "Priya", .email = "priya@elsewhere.example"};
  one.cc_is_unsure = true;
  one.to = {{"", "alex@gmail.example"}, {"Sam", "sam@elsewhere.example"}};
  one.reply_to = {{"Office", "office@elsewhere.example"}};
  one.date = Timestamp{std::chrono::milliseconds{1'767'225'600'123}};
  one.body_plain = std::string(10'000, 'x') + "the end";
  one.body_html = "<p>Here they are.</p>";
  one.labels = {"INBOX", "UNREAD"};
  one.has_attachments = true;
  one.attachments = {{.id = "2", .filename = "q.csv", .mime_type = "text/csv", .size = 5}};
  one.references = {"<a@b.example>"};
  return one;
}

TEST(PackedAnswer, a_message_comes_back_whole) {
  const auto sent = message();
  const auto back = there_and_back(sent);
  EXPECT_EQ(back.id, sent.id);
  EXPECT_EQ(back.thread_id, sent.thread_id);
  EXPECT_EQ(back.from, sent.from);
  EXPECT_TRUE(back.cc_is_unsure);
  EXPECT_FALSE(back.to_is_unsure);
  EXPECT_EQ(back.to, sent.to);
  EXPECT_TRUE(back.cc.empty());
  EXPECT_EQ(back.date, sent.date);
  EXPECT_EQ(back.body_plain, sent.body_plain);
  EXPECT_EQ(back.body_html, sent.body_html);
  EXPECT_EQ(back.labels, sent.labels);
  EXPECT_EQ(back.attachments, sent.attachments);
  EXPECT_EQ(back.references, sent.references);
}

TEST(PackedAnswer, no_text_is_not_an_empty_text) {
  auto one = message();
  one.body_html.reset();
  EXPECT_EQ(there_and_back(one).body_html, std::nullopt);
  one.body_html = "";
  EXPECT_EQ(there_and_back(one).body_html, "");
}

TEST(PackedAnswer, other_answers_come_back_whole) {
  std::vector<model::Label> labels(2);
  labels[0].id = model::LabelId{"Label_1"};
  labels[0].messages_unread = 0;
  labels[1].name = "Work";
  labels[1].counted_at = Timestamp{};
  const auto back = there_and_back(labels);
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].id, labels[0].id);
  EXPECT_EQ(back[0].messages_unread, 0);
  EXPECT_EQ(back[0].messages_total, std::nullopt);
  EXPECT_EQ(back[1].name, "Work");
  EXPECT_EQ(back[1].counted_at, Timestamp{});

  const model::Profile profile{"alex@gmail.example", 7, 3, "99"};
  EXPECT_EQ(there_and_back(profile).threads_total, 3);
  EXPECT_EQ(there_and_back(profile).history_id, "99");

  const std::vector<model::SenderAddress> addresses{{"a@b.example", "A", "", true, false}};
  EXPECT_EQ(there_and_back(addresses), addresses);

  const model::Attachment attachment{"q.csv", "text/csv", std::string("1,2\0003", 5)};
  EXPECT_EQ(there_and_back(attachment).content, attachment.content);
}

}  // namespace
}  // namespace gmail_mcp::mail
