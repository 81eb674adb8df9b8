// What stays of a draft that is changed.
#include "mail/draft_change.h"
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// As a person leaves it in Gmail, under an address of theirs that is not the account's own.
const std::string body =
    "Content-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n"
    "--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n"
    "--inner\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n"
    "--inner\r\nContent-Type: text/html; charset=\"UTF-8\"\r\n\r\n<div>Gr&uuml;&szlig;e</div>\r\n"
    "--inner--\r\n"
    "--outer\r\nContent-Type: text/csv; name=a.csv\r\n"
    "Content-Disposition: attachment; filename=a.csv\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nYTtiCg==\r\n--outer--\r\n";

class DraftChangeContract : public MailboxContract {
 protected:
  DraftRef answer_to(const model::MessageId& question) {
    Outgoing mail;
    mail.rfc822 =
        "MIME-Version: 1.0\r\nFrom: Alex at Work <alex@work.example>\r\n"
        "To: =?utf-8?Q?J=C3=B6rg?= <joerg@elsewhere.example>\r\nCc: ann@elsewhere.example\r\n"
        "Bcc: eve@elsewhere.example\r\nReply-To: team@work.example\r\nSubject: Re: Lunch\r\n"
        "Message-ID: <d9@work.example>\r\nIn-Reply-To: <q@elsewhere.example>\r\n"
        "References: <q@elsewhere.example>\r\n" +
        body;
    mail.thread_id = read(question).thread_id;
    return wait_for(mailbox().create_draft(std::move(mail)));
  }

  DraftRef change(const DraftRef& draft, model::DraftChange wanted) {
    auto source = wait_for(mailbox().draft_source(draft.id));
    EXPECT_EQ(source.ref.sent.message_id, draft.sent.message_id);
    auto composed = wait_for(compose_change(mailbox(), std::move(source), std::move(wanted),
                                            clock_.now(), nullptr, Shareholder{}));
    return wait_for(mailbox().update_draft(draft.id, std::move(composed.outgoing)));
  }

  model::MessageId question() {
    return deliver(letter("Lunch", "When?", "Message-ID: <q@elsewhere.example>\r\n"));
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, DraftChangeContract, backends_with(&Capabilities::drafts),
                         backend_name);

TEST_P(DraftChangeContract, a_new_subject_leaves_everything_else) {
  const auto asked = question();
  const auto draft = answer_to(asked);
  model::DraftChange wanted;
  wanted.subject = "Re: Lunch tomorrow";
  const auto changed = change(draft, wanted);
  const auto message = read(*changed.sent.message_id);
  EXPECT_EQ(message.subject, "Re: Lunch tomorrow");
  EXPECT_EQ(message.from, (model::Address{"Alex at Work", "alex@work.example"}));
  EXPECT_THAT(message.to,
              ::testing::ElementsAre(model::Address{"Jörg", "joerg@elsewhere.example"}));
  EXPECT_EQ(message.cc.at(0).email, "ann@elsewhere.example");
  EXPECT_EQ(message.bcc.at(0).email, "eve@elsewhere.example");
  EXPECT_EQ(message.reply_to.at(0).email, "team@work.example");
  EXPECT_THAT(message.references, ::testing::ElementsAre("<q@elsewhere.example>"));
  // Over IMAP nobody can say which thread is meant: Gmail judges by References and Subject.
  if (GetParam().name != "imap_smtp") {
    EXPECT_EQ(message.thread_id, read(asked).thread_id);
  }
  EXPECT_THAT(wait_for(mailbox().source(*changed.sent.message_id)), EndsWith(body));
  EXPECT_THAT(wait_for(mailbox().drafts(10, "")).drafts, SizeIs(1));
}

TEST_P(DraftChangeContract, fields_that_nobody_named_and_recipients_without_an_address_stay) {
  Outgoing mail;
  mail.rfc822 = "From: " + own_address +
                "\r\nTo: Bob the Builder, ann@elsewhere.example\r\nBcc: carl\r\nSubject: Plans\r\n"
                "Message-ID: <d7@work.example>\r\nImportance: high\r\n"
                "Disposition-Notification-To: =?utf-8?Q?J=C3=B6rg?=\r\n <alex@work.example>\r\n"
                "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHi.\r\n";
  auto draft = wait_for(mailbox().create_draft(std::move(mail)));
  model::DraftChange wanted;
  wanted.body = "New.";
  draft = change(draft, wanted);
  const auto source = wait_for(mailbox().source(*draft.sent.message_id));
  for (const auto* field :
       {"\r\nTo: Bob the Builder, ann@elsewhere.example\r\n", "\r\nBcc: carl\r\n",
        "\r\nImportance: high\r\n",
        "\r\nDisposition-Notification-To: =?utf-8?Q?J=C3=B6rg?=\r\n <alex@work.example>\r\n"}) {
    EXPECT_THAT(source, HasSubstr(field));
  }
  EXPECT_THAT(source, Not(HasSubstr("Hi.")));

  model::DraftChange to_one;
  to_one.to = {"ann@elsewhere.example"};
  draft = change(draft, to_one);
  const auto again = wait_for(mailbox().source(*draft.sent.message_id));
  EXPECT_THAT(again, HasSubstr("\r\nTo: ann@elsewhere.example\r\n"));
  EXPECT_THAT(again, Not(HasSubstr("Builder")));
  EXPECT_THAT(again, HasSubstr("Importance"));
}

TEST_P(DraftChangeContract, a_new_text_leaves_files_and_thread) {
  const auto asked = question();
  model::DraftChange wanted;
  wanted.body = "Morgen.";
  const auto changed = change(answer_to(asked), wanted);
  const auto message = read(*changed.sent.message_id);
  EXPECT_THAT(message.body_plain, HasSubstr("Morgen."));
  EXPECT_FALSE(message.body_html);
  ASSERT_THAT(message.attachments, SizeIs(1));
  EXPECT_EQ(message.attachments[0].filename, "a.csv");
  EXPECT_EQ(message.attachments[0].mime_type, "text/csv");
  const auto file =
      wait_for(mailbox().attachment(*changed.sent.message_id, message.attachments[0].id));
  EXPECT_EQ(file.content, "a;b\n");
  EXPECT_EQ(message.thread_id, read(asked).thread_id);
  EXPECT_THAT(message.in_reply_to, ::testing::ElementsAre("<q@elsewhere.example>"));
}

TEST_P(DraftChangeContract, what_a_stranger_named_does_not_keep_it_from_being_changed) {
  Outgoing mail;
  mail.rfc822 = "From: " + own_address +
                "\r\nTo: ann@elsewhere.example\r\nSubject: " + std::string(3'000, 's') +
                "\r\nMessage-ID: <d8@work.example>\r\nMIME-Version: 1.0\r\n"
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                "--b\r\nContent-Type: text/plain\r\n\r\nHi.\r\n"
                "--b\r\nContent-Type: text/x-odd; charset=\"no such; thing\"\r\n"
                "Content-Disposition: attachment; filename*=utf-8''a%0Ab%01" +
                std::string(400, 'n') + "\r\n\r\nodd\r\n--b--\r\n";
  const auto draft = wait_for(mailbox().create_draft(std::move(mail)));
  model::DraftChange wanted;
  wanted.body = "New.";
  const auto message = read(*change(draft, wanted).sent.message_id);
  ASSERT_THAT(message.attachments, SizeIs(1));
  EXPECT_THAT(message.body_plain, HasSubstr("New."));
}

TEST_P(DraftChangeContract, a_picture_stays_within_the_html_that_shows_it) {
  const auto draft = [&] {
    Outgoing mail;
    mail.rfc822 = "From: " + own_address +
                  "\r\nTo: ann@elsewhere.example\r\nSubject: Logo\r\n"
                  "Message-ID: <d7@work.example>\r\nMIME-Version: 1.0\r\n"
                  "Content-Type: multipart/related; boundary=b\r\n\r\n"
                  "--b\r\nContent-Type: text/html\r\n\r\n<p>Hi <img src=\"cid:logo\"></p>\r\n"
                  "--b\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\n"
                  "Content-Disposition: inline; filename=logo.png\r\n\r\nPNG\r\n--b--\r\n";
    return wait_for(mailbox().create_draft(std::move(mail)));
  };
  model::DraftChange another_html;
  another_html.body_html = "<p>Bye <img src=\"cid:logo\"></p>";
  model::DraftChange other_files;
  other_files.attachments = {{.filename = "a.txt", .mime_type = "text/plain", .content = "a"}};
  model::DraftChange text_alone;
  text_alone.body = "Bye";
  for (const auto& [wanted, files, is_inline] :
       {std::tuple{another_html, 1U, true}, std::tuple{other_files, 2U, true},
        std::tuple{text_alone, 1U, false}}) {
    const auto message = read(*change(draft(), wanted).sent.message_id);
    ASSERT_THAT(message.attachments, SizeIs(files));
    EXPECT_EQ(message.attachments[0].filename, "logo.png");
    EXPECT_EQ(message.attachments[0].is_inline, is_inline);
    EXPECT_EQ(message.attachments[0].content_id, is_inline ? "logo" : "");
    EXPECT_EQ(message.body_html.has_value(), is_inline);
  }
}

TEST_P(DraftChangeContract, new_files_leave_the_text) {
  model::DraftChange wanted;
  wanted.attachments.emplace();
  const auto changed = change(answer_to(question()), wanted);
  const auto message = read(*changed.sent.message_id);
  EXPECT_THAT(message.body_plain, HasSubstr("Grüße"));
  EXPECT_THAT(message.body_html.value_or(""), HasSubstr("<div>Gr"));
  EXPECT_THAT(message.attachments, SizeIs(0));
}

TEST_P(DraftChangeContract, recipients_that_are_given_replace_theirs_alone) {
  model::DraftChange wanted;
  wanted.to = {"bob@elsewhere.example"};
  wanted.cc.emplace();
  const auto message = read(*change(answer_to(question()), wanted).sent.message_id);
  EXPECT_EQ(message.to.at(0).email, "bob@elsewhere.example");
  EXPECT_THAT(message.to, SizeIs(1));
  EXPECT_THAT(message.cc, SizeIs(0));
  EXPECT_EQ(message.bcc.at(0).email, "eve@elsewhere.example");
}

TEST_P(DraftChangeContract, a_draft_that_is_gone_is_not_found) {
  const auto draft = answer_to(question());
  wait_for(mailbox().delete_draft(draft.id));
  EXPECT_EQ(code_of(mailbox().draft_source(draft.id)), Errc::not_found);
}

}  // namespace
}  // namespace gmail_mcp::mail
