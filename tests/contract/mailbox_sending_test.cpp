#include "mail/compose.h"
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// What the owner sends.
Outgoing outgoing(std::string_view to, std::string_view subject, std::string_view message_id,
                  std::string_view more = {}) {
  Outgoing mail;
  mail.rfc822 = "From: " + own_address + "\r\nTo: " + std::string{to} +
                "\r\nSubject: " + std::string{subject} +
                "\r\nMessage-ID: " + std::string{message_id} +
                "\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n" + std::string{more} +
                "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHi.\r\n";
  mail.envelope_from = own_address;
  mail.envelope_to = {std::string{to}};
  return mail;
}

// --- sending
// ---------------------------------------------------------------------------------------

TEST_P(SendingContract, what_is_sent_is_kept_and_has_ids) {
  const auto sent =
      wait_for(mailbox().send(outgoing("priya@elsewhere.example", "Hello", "<s1@gmail.example>")));
  ASSERT_TRUE(sent.message_id);
  const auto message = read(*sent.message_id);
  EXPECT_EQ(message.subject, "Hello");
  EXPECT_EQ(message.thread_id, sent.thread_id);
  EXPECT_THAT(message.labels, ElementsAre("SENT"));
  EXPECT_THAT(found("in:sent"), ElementsAre("Hello"));
}

TEST_P(SendingContract, an_answer_joins_its_thread) {
  const auto question =
      read(deliver(letter("Lunch", "When?", "Message-ID: <q@elsewhere.example>\r\n")));
  auto mail =
      outgoing("priya@elsewhere.example", "Re: Lunch", "<s2@gmail.example>",
               "In-Reply-To: <q@elsewhere.example>\r\nReferences: <q@elsewhere.example>\r\n");
  mail.thread_id = question.thread_id;
  EXPECT_EQ(wait_for(mailbox().send(mail)).thread_id, question.thread_id);
  EXPECT_THAT(wait_for(mailbox().thread(question.thread_id)).messages, SizeIs(2));
}

TEST_P(SendingContract, an_answer_goes_to_whom_the_letter_concerns) {
  struct Row {
    const char* why;
    std::string headers;
    std::vector<std::string> labels;
    const char* answer_goes_to;
    const char* references;
  };
  const std::string mine = "From: " + own_address + "\r\n";
  const std::string asks = "Reply-To: visitor@shop.example\r\n";
  const std::vector<Row> rows{
      {"a web form that mails as the owner",
       mine + "To: info@gmail.example\r\nMessage-ID: <f1@x>\r\n" + asks,
       {"INBOX"},
       "visitor@shop.example",
       "<f1@x>"},
      {"sent to others, with a Reply-To",
       mine + "To: bob@shop.example\r\nMessage-ID: <f2@x>\r\n" + asks,
       {"SENT"},
       "bob@shop.example",
       "<f2@x>"},
      {"sent under another address of the account",
       "From: sales@shop.example\r\nTo: bob@shop.example\r\nMessage-ID: <f3@x>\r\n",
       {"SENT"},
       "bob@shop.example",
       "<f3@x>"},
      {"Reply-To is the reader",
       "From: ann@shop.example\r\nReply-To: " + own_address +
           "\r\nMessage-ID: <f4 5@x>\r\nIn-Reply-To: <f0@x>\r\n",
       {"INBOX"},
       "ann@shop.example",
       "<f0@x> <f4 5@x>"},
  };
  for (const auto& row : rows) {
    NewMessage answer;
    answer.body = "Yes.";
    answer.reply_to_message_id = deliver(
        row.headers + "Subject: Plans\r\nDate: Mon, 01 Dec 2025 10:00:00 +0000\r\n\r\nHi\r\n",
        row.labels);
    const auto made = wait_for(compose(mailbox(), std::move(answer), "send-1", clock_.now()));
    EXPECT_THAT(made.recipients, ElementsAre(row.answer_goes_to)) << row.why;
    EXPECT_THAT(made.outgoing.rfc822,
                HasSubstr("\r\nReferences: " + std::string{row.references} + "\r\n"))
        << row.why;
  }
}

TEST_P(SendingContract, mail_to_oneself_arrives) {
  wait_for(mailbox().send(outgoing(own_address, "Note to self", "<s3@gmail.example>")));
  EXPECT_THAT(found("in:inbox"), Not(IsEmpty()));
}

TEST_P(SendingContract, what_was_sent_is_found_by_its_message_id_or_by_our_header) {
  const auto since = clock_.now();
  const auto sent = wait_for(mailbox().send(outgoing(
      "priya@elsewhere.example", "Hello", "<s4@gmail.example>", "X-Gmail-MCP-Send: send-4\r\n")));
  const auto by_id = wait_for(mailbox().find_sent("<s4@gmail.example>", "other", since));
  ASSERT_TRUE(by_id);
  EXPECT_EQ(by_id->message_id, sent.message_id);
  EXPECT_EQ(by_id->thread_id, sent.thread_id);
  const auto by_header = wait_for(mailbox().find_sent("<changed@gmail.example>", "send-4", since));
  ASSERT_TRUE(by_header);
  EXPECT_EQ(by_header->message_id, sent.message_id);
  EXPECT_FALSE(wait_for(mailbox().find_sent("<s5@gmail.example>", "send-5", since)));
}

TEST_P(DraftContract, neither_a_draft_nor_received_mail_counts_as_sent) {
  const auto since = clock_.now();
  const std::string mark = "X-Gmail-MCP-Send: send-6\r\n";
  wait_for(mailbox().create_draft(
      outgoing("priya@elsewhere.example", "Draft", "<s6@gmail.example>", mark)));
  deliver(letter("Forged", "x", "Message-ID: <s6@gmail.example>\r\n" + mark));
  EXPECT_FALSE(wait_for(mailbox().find_sent("<s6@gmail.example>", "send-6", since)));
}

TEST_P(DraftContract, mail_goes_to_addresses_beyond_ascii) {
  const auto question = deliver(
      "From: =?utf-8?Q?J=C3=B6rg?= <j\xC3\xB6rg@elsewhere.example>\r\nTo: " + own_address +
      "\r\nSubject: Frage\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nUnd?\r\n");
  model::NewMessage answer;
  answer.reply_to_message_id = question;
  answer.body = "Ja.";
  auto composed = wait_for(compose(mailbox(), answer, "send-7", clock_.now()));
  EXPECT_THAT(composed.recipients, ElementsAre("j\xC3\xB6rg@elsewhere.example"));
  const auto sent = wait_for(mailbox().send(std::move(composed.outgoing)));
  EXPECT_THAT(read(*sent.message_id).to,
              ElementsAre(model::Address{"J\xC3\xB6rg", "j\xC3\xB6rg@elsewhere.example"}));

  auto draft = wait_for(compose(mailbox(), answer, "", clock_.now()));
  const auto kept = wait_for(mailbox().create_draft(std::move(draft.outgoing)));
  const auto later = wait_for(mailbox().send_draft(kept.id));
  EXPECT_THAT(read(*later.message_id).to,
              ElementsAre(model::Address{"J\xC3\xB6rg", "j\xC3\xB6rg@elsewhere.example"}));
}

// --- drafts
// ----------------------------------------------------------------------------------------

TEST_P(DraftContract, a_draft_is_kept_changed_and_thrown_away) {
  const auto draft = wait_for(
      mailbox().create_draft(outgoing("priya@elsewhere.example", "First", "<d1@gmail.example>")));
  ASSERT_TRUE(draft.sent.message_id);
  EXPECT_EQ(read(*draft.sent.message_id).subject, "First");
  EXPECT_THAT(read(*draft.sent.message_id).labels, ElementsAre("DRAFT"));

  const auto changed = wait_for(mailbox().update_draft(
      draft.id, outgoing("priya@elsewhere.example", "Second", "<d1@gmail.example>")));
  if (GetParam().stable_draft_ids) {
    EXPECT_EQ(changed.id, draft.id);
  }
  EXPECT_EQ(read(*changed.sent.message_id).subject, "Second");
  EXPECT_THAT(found("in:drafts"), ElementsAre("Second"));

  wait_for(mailbox().delete_draft(changed.id));
  EXPECT_THAT(wait_for(mailbox().drafts(10, "")).drafts, IsEmpty());
  EXPECT_EQ(code_of(mailbox().message(*changed.sent.message_id, Detail::minimal)), Errc::not_found);
}

TEST_P(DraftContract, a_draft_tells_which_message_is_in_it) {
  const auto draft = wait_for(
      mailbox().create_draft(outgoing("priya@elsewhere.example", "First", "<d3@gmail.example>")));
  const auto found = wait_for(mailbox().draft(draft.id));
  EXPECT_EQ(found.id, draft.id);
  EXPECT_EQ(found.sent.message_id, draft.sent.message_id);
  wait_for(mailbox().delete_draft(draft.id));
  EXPECT_EQ(code_of(mailbox().draft(draft.id)), Errc::not_found);
}

TEST_P(DraftContract, drafts_are_listed_page_by_page) {
  std::vector<model::DraftId> made;
  for (int i = 0; i < 3; ++i) {
    made.push_back(wait_for(mailbox().create_draft(
                                outgoing("priya@elsewhere.example", "Draft", "<d@gmail.example>")))
                       .id);
    clock_.advance(std::chrono::seconds{1});
  }
  std::vector<model::DraftId> seen;
  std::string token;
  do {
    auto page = wait_for(mailbox().drafts(2, token));
    for (const auto& draft : page.drafts) {
      EXPECT_TRUE(draft.sent.message_id);
      seen.push_back(draft.id);
    }
    token = page.next_page_token;
  } while (!token.empty());
  EXPECT_THAT(seen, ::testing::UnorderedElementsAreArray(made));
}

TEST_P(DraftContract, a_draft_that_is_sent_is_a_draft_no_more) {
  const auto draft = wait_for(
      mailbox().create_draft(outgoing("priya@elsewhere.example", "Ready", "<d2@gmail.example>")));
  const auto sent = wait_for(mailbox().send_draft(draft.id));
  ASSERT_TRUE(sent.message_id);
  EXPECT_THAT(read(*sent.message_id).labels, ElementsAre("SENT"));
  EXPECT_THAT(wait_for(mailbox().drafts(10, "")).drafts, IsEmpty());
  EXPECT_EQ(code_of(mailbox().send_draft(draft.id)), Errc::not_found);
}

}  // namespace
}  // namespace gmail_mcp::mail
