// What is answered, quoted and forwarded, read back from the mailbox it was sent by.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "mail/compose.h"
#include "tests/contract/gmail_rest_over_sandbox.h"
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class MailboxWriting : public MailboxContract {
 protected:
  Composed composed(NewMessage message) {
    return wait_for(compose(mailbox(), std::move(message), next_id(), clock_.now()));
  }

  // Sent, and read from the mailbox that sent it.
  model::Message sent(NewMessage message) {
    auto made = composed(std::move(message));
    const auto result = wait_for(mailbox().send(std::move(made.outgoing)));
    if (!result.message_id) {
      ADD_FAILURE() << "it has no id";
      return {};
    }
    return read(*result.message_id);
  }

  std::string next_id() { return "send-" + std::to_string(++count_); }

  std::string bytes_of(const model::Message& message, const model::AttachmentInfo& one) {
    return wait_for(mailbox().attachment(message.id, one.id)).content;
  }

  static NewMessage answer(model::MessageId id) {
    NewMessage message;
    message.reply_to_message_id = std::move(id);
    message.body = "Yes.";
    return message;
  }
  static NewMessage forward(model::MessageId id) {
    NewMessage message;
    message.forward_message_id = std::move(id);
    message.to = {"bob@shop.example"};
    message.body = "See below.";
    return message;
  }
  static std::vector<std::string> emails(const std::vector<model::Address>& list) {
    std::vector<std::string> out;
    for (const auto& one : list) out.push_back(one.email);
    return out;
  }

 private:
  int count_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Backends, MailboxWriting, backends_with(&Capabilities::sending),
                         backend_name);

TEST_P(MailboxWriting, an_answer_to_all_keeps_to_and_cc_apart_and_leaves_the_writer_out) {
  struct Row {
    const char* why;
    std::string headers;
    std::vector<std::string> to, cc;
  };
  const std::vector<Row> rows{
      {"others in To and Cc, oneself in both, with a tag",
       "From: ann@shop.example\r\nTo: ALEX.MORGAN+x@gmail.example, Bob <bob@shop.example>\r\n"
       "Cc: carol@shop.example, alex.morgan@gmail.example\r\n",
       {"ann@shop.example", "bob@shop.example"},
       {"carol@shop.example"}},
      {"the sender once more, and one twice",
       "From: ann@shop.example\r\nTo: Ann@shop.example, bob@shop.example\r\n"
       "Cc: BOB@shop.example, ann@shop.example\r\n",
       {"ann@shop.example", "bob@shop.example"},
       {}},
      {"a list that answers go to",
       "From: ann@shop.example\r\nReply-To: list@shop.example\r\nTo: list@shop.example\r\n",
       {"list@shop.example"},
       {}},
      {"a group without members, and what is no address",
       "From: ann@shop.example\r\nTo: undisclosed-recipients:;\r\nCc: Somebody, b@, "
       "c@shop.example\r\n",
       {"ann@shop.example"},
       {"c@shop.example"}},
  };
  for (const auto& row : rows) {
    auto wish = answer(deliver(
        row.headers + "Subject: Plans\r\nDate: Mon, 01 Dec 2025 10:00:00 +0000\r\n\r\nHi\r\n"));
    wish.reply_all = true;
    const auto message = sent(std::move(wish));
    EXPECT_EQ(emails(message.to), row.to) << row.why;
    EXPECT_EQ(emails(message.cc), row.cc) << row.why;
  }
}

// An encoded word is never more than a part of the name (RFC 2047 §5).
TEST_P(MailboxWriting, an_answer_goes_to_no_address_that_is_only_in_a_name) {
  const auto id = deliver(
      "From: =?utf-8?Q?boss=40bank=2Eexample=2C_Ann?= <ann@shop.example>\r\n"
      "Reply-To: =?UTF-8?Q?eve=40bank=2Eexample=2C?= <ticket+1@crm.example>\r\n"
      "To: =?utf-8?q?mallory=40bank=2Eexample=2C?= Tom <tom@shop.example>,\r\n"
      " =?utf-8?q?Bank=3A_mallory=40bank=2Eexample=3B?= <bob@shop.example>\r\n"
      "Cc: =?utf-8?q?Mallory_=3Cmallory=40bank=2Eexample=3E=2C?= Carol <carol@shop.example>\r\n"
      "Subject: Plans\r\n\r\nHi\r\n");
  EXPECT_THAT(emails(read(id).reply_to), ElementsAre("ticket+1@crm.example"));
  const auto to_one = sent(answer(id));
  EXPECT_THAT(emails(to_one.to), ElementsAre("ticket+1@crm.example"));
  EXPECT_THAT(emails(to_one.cc), IsEmpty());
  auto wish = answer(id);
  wish.reply_all = true;
  const auto to_all = sent(std::move(wish));
  EXPECT_THAT(emails(to_all.to),
              ElementsAre("ticket+1@crm.example", "tom@shop.example", "bob@shop.example"));
  EXPECT_THAT(emails(to_all.cc), ElementsAre("carol@shop.example"));
}

// Reading such a one shows what Gmail made of it.
TEST_P(MailboxWriting, an_answer_to_a_large_message_goes_to_nobody_who_is_only_in_a_name) {
  const auto id = deliver(
      "From: Ann <ann@shop.example>\r\n"
      "Reply-To: =?UTF-8?Q?eve=40bank=2Eexample=2C?= <ticket+1@crm.example>\r\n"
      "Subject: Plans\r\n\r\n" +
      std::string(1'100'000, 'x') + "\r\n");
  EXPECT_THAT(composed(answer(id)).recipients, ElementsAre("ticket+1@crm.example"));
}

TEST_P(MailboxWriting, an_answer_has_what_it_answers_below_it) {
  const auto id = deliver(letter("Lunch", "When?\r\n> Where?", "Message-ID: <l@x.example>\r\n"));
  auto wish = answer(id);
  wish.quote = true;
  wish.body_html = "<p>Yes.</p>";
  const auto message = sent(std::move(wish));
  EXPECT_THAT(message.body_plain, HasSubstr("Yes.\r\n\r\nOn "));
  EXPECT_THAT(message.body_plain,
              HasSubstr("UTC Priya Nair <priya.nair@elsewhere.example> wrote:\r\n"
                        "> When?\r\n>> Where?"));
  EXPECT_THAT(message.body_html.value_or(""), HasSubstr("<blockquote class=\"gmail_quote\""));
  EXPECT_THAT(message.body_html.value_or(""), HasSubstr("When?<br>\r\n&gt; Where?</blockquote>"));
  EXPECT_THAT(message.references, ElementsAre("<l@x.example>"));
}

TEST_P(MailboxWriting, answers_go_where_the_writer_wants_and_the_name_is_the_writers) {
  NewMessage wish;
  wish.to = {"bob@shop.example"};
  wish.body = "Hi.";
  wish.from_name = "Jörg, der Große";
  wish.from = "Alex.Morgan@gmail.example";
  wish.reply_to = "Desk <desk@shop.example>";
  const auto message = sent(wish);
  EXPECT_EQ(message.from.name, "Jörg, der Große");
  EXPECT_EQ(message.from.email, own_address);
  EXPECT_THAT(emails(message.reply_to), ElementsAre("desk@shop.example"));
  wish.from = "somebody@else.example";
  EXPECT_EQ(code_of(compose(mailbox(), wish, "s", clock_.now())), Errc::invalid_argument);
}

TEST_P(MailboxWriting, a_picture_within_the_html_comes_back_as_one) {
  NewMessage wish;
  wish.to = {"bob@shop.example"};
  wish.body_html = "<p>Our logo: <img src=\"cid:logo@shop\" alt=\"a cat\"></p>";
  wish.attachments.resize(2);
  wish.attachments[0].filename = "terms.pdf";
  wish.attachments[0].content = "%PDF";
  wish.attachments[1].filename = "cat.png";
  wish.attachments[1].content = std::string("\x89PNG\0\r\n", 7);
  wish.attachments[1].is_inline = true;
  wish.attachments[1].content_id = "logo@shop";
  const auto message = sent(wish);
  EXPECT_EQ(message.body_plain, "Our logo: [a cat]\r\n");
  ASSERT_THAT(message.attachments, SizeIs(2));
  for (const auto& one : message.attachments) {
    const bool is_picture = one.filename == "cat.png";
    EXPECT_EQ(one.is_inline, is_picture);
    EXPECT_EQ(one.content_id, is_picture ? "logo@shop" : "");
    EXPECT_EQ(bytes_of(message, one), wish.attachments[is_picture ? 1 : 0].content);
  }
}

TEST_P(MailboxWriting, every_letter_can_be_forwarded_with_all_that_is_in_it_and_quoted) {
  auto folder = std::filesystem::path{__FILE__}.parent_path().parent_path() / "letters";
  if (!std::filesystem::exists(folder)) folder = "tests/letters";
  int letters = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (entry.path().extension() != ".eml") continue;
    ++letters;
    std::ifstream file{entry.path(), std::ios::binary};
    std::string raw;
    for (const char c : std::string{std::istreambuf_iterator<char>{file}, {}}) {
      if (c == '\n') raw += '\r';
      raw += c;
    }
    const auto name = entry.path().filename().string();
    const auto original = read(deliver(std::move(raw)));
    const auto message = sent(forward(original.id));
    EXPECT_THAT(message.subject, ::testing::StartsWith(original.subject.empty() ? "Fwd:" : "Fwd: "))
        << name;
    EXPECT_THAT(message.in_reply_to, IsEmpty()) << name;
    EXPECT_THAT(message.references, IsEmpty()) << name;
    EXPECT_NE(message.thread_id, original.thread_id) << name;
    EXPECT_THAT(message.body_plain, HasSubstr("---------- Forwarded message ---------")) << name;
    EXPECT_EQ(message.body_html.has_value(), original.body_html.has_value()) << name;
    std::string text;
    for (const char c : original.body_plain.substr(0, 500)) {
      if (c != '\r') text += c;
    }
    std::string seen = message.body_plain;
    std::erase(seen, '\r');
    EXPECT_THAT(seen, HasSubstr(text.substr(0, text.find_last_not_of(" \n") + 1))) << name;
    for (const auto& one : original.attachments) {
      if (!one.is_file && !one.is_inline) continue;
      bool is_there = false;
      for (const auto& taken : message.attachments) {
        if (taken.filename != one.filename) continue;
        is_there = is_there || bytes_of(message, taken) == bytes_of(original, one);
      }
      EXPECT_TRUE(is_there) << name << ": " << one.filename;
    }
    auto quoting = answer(original.id);
    quoting.to = {"bob@shop.example"};
    quoting.quote = true;
    EXPECT_THAT(sent(std::move(quoting)).body_plain, HasSubstr(" wrote:\r\n>")) << name;
  }
  EXPECT_GE(letters, 20);
}

// --- what only Google tells

class RestSenders : public MailboxWriting {
 protected:
  sandbox::Account& account() {
    return *dynamic_cast<GmailRestOverSandbox&>(*world_).sandbox().world().find(own_address);
  }
};

INSTANTIATE_TEST_SUITE_P(OverSandbox, RestSenders, ::testing::Values(mail_backends().at(1)),
                         backend_name);

TEST_P(RestSenders, mail_goes_out_under_the_name_set_in_gmail_and_from_any_confirmed_address) {
  account().send_as = {{"sales@shop.example", "Sales", "desk@shop.example", true},
                       {"new@shop.example", "", "", false}};
  NewMessage wish;
  wish.to = {"bob@shop.example"};
  wish.body = "Hi.";
  EXPECT_EQ(sent(wish).from, (model::Address{"Alex Morgan", own_address}));
  wish.from = "sales@shop.example";
  const auto message = sent(wish);
  EXPECT_EQ(message.from, (model::Address{"Sales", "sales@shop.example"}));
  EXPECT_THAT(emails(message.reply_to), ElementsAre("desk@shop.example"));
  wish.from = "new@shop.example";
  EXPECT_EQ(code_of(compose(mailbox(), wish, "s", clock_.now())), Errc::invalid_argument);

  auto all =
      answer(deliver("From: ann@shop.example\r\nTo: Sales@shop.example, bob@shop.example\r\n"
                     "Subject: Order\r\n\r\nHi\r\n"));
  all.reply_all = true;
  EXPECT_THAT(emails(sent(std::move(all)).to), ElementsAre("ann@shop.example", "bob@shop.example"));
}

TEST_P(RestSenders, mail_goes_out_though_gmail_does_not_say_from_whom) {
  sandbox::FaultRule rule;
  rule.match = "settings.sendAs.list";
  rule.then.status = 403;
  rule.then.reason = "insufficientPermissions";
  dynamic_cast<GmailRestOverSandbox&>(*world_).sandbox().faults().add(rule);
  NewMessage wish;
  wish.to = {"bob@shop.example"};
  wish.body = "Hi.";
  EXPECT_EQ(sent(wish).from, (model::Address{"", own_address}));
  wish.from = "sales@shop.example";
  EXPECT_EQ(code_of(compose(mailbox(), wish, "s", clock_.now())), Errc::insufficient_scope);
}

}  // namespace
}  // namespace gmail_mcp::mail
