#include "mail/forwarding.h"
#include "mail/unsupported.h"
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

using model::MessageId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

INSTANTIATE_TEST_SUITE_P(Backends, MailboxContract, ::testing::ValuesIn(mail_backends()),
                         backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, SearchContract, backends_with(&Capabilities::gmail_search),
                         backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, ThreadContract, backends_with(&Capabilities::threads),
                         backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, OrganisingContract,
                         backends_with(&Capabilities::labels, &Capabilities::changes),
                         backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, SendingContract, backends_with(&Capabilities::sending),
                         backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, DraftContract, backends_with(&Capabilities::drafts),
                         backend_name);

const MessageId nobody{"18cfffffffffffff"};

// A text, its HTML, a text file, a picture and a mail inside the mail.
const std::string parcel =
    "From: =?iso-8859-1?Q?J=F6rg_M=FCller?= <joerg@elsewhere.example>\r\n"
    "To: \"Morgan, Alex\" <alex.morgan@gmail.example>\r\n"
    "cc: Team: a@elsewhere.example, B <b@elsewhere.example>;\r\n"
    "Reply-To: replies@elsewhere.example\r\n"
    "SUBJECT: =?utf-8?B?R3LDvMOfZSBhdXMgS8O2bG4=?=\r\n"
    "Message-ID: <parcel@elsewhere.example>\r\n"
    "References: <one@elsewhere.example> <two@elsewhere.example>\r\n"
    "Date: Mon, 01 Jan 1990 00:00:00 +0000\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=outer\r\n\r\n"
    "--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n"
    "--inner\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n"
    "--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Gr\xc3\xbc\xc3\x9f"
    "e</p>\r\n--inner--\r\n"
    "--outer\r\nContent-Type: text/plain; name=notes.txt\r\n"
    "Content-Disposition: attachment; filename=notes.txt\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nbm90ZXMNCg==\r\n"
    "--outer\r\nContent-Type: image/png\r\n"
    "Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.png\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgoA/w==\r\n"
    "--outer\r\nContent-Type: message/rfc822\r\n"
    "Content-Disposition: attachment; filename=old.eml\r\n\r\n"
    "Subject: inner\r\n\r\nInner text.\r\n"
    "--outer--\r\n";

// --- reading
// ---------------------------------------------------------------------------------------

TEST_P(MailboxContract, it_claims_what_it_can_and_refuses_the_rest_before_it_is_asked) {
  EXPECT_EQ(mailbox().capabilities(), GetParam().claims);
  const auto id = deliver(letter("One"));
  const auto careful = refuse_unsupported(std::make_unique<ForwardingMailbox>(mailbox()));
  const auto refuses = [&](bool Capabilities::*what, auto task) {
    const bool is_refused = code_of(std::move(task)) == Errc::unsupported;
    return is_refused != GetParam().claims.*what;
  };
  const model::DraftId no_draft{"r18cfffffff"};
  EXPECT_TRUE(refuses(&Capabilities::threads, careful->thread(model::ThreadId{"18c1"})));
  EXPECT_TRUE(refuses(&Capabilities::sources, careful->source(id)));
  EXPECT_TRUE(refuses(&Capabilities::changes, careful->trash(id)));
  EXPECT_TRUE(refuses(&Capabilities::drafts, careful->draft(no_draft)));
  EXPECT_TRUE(refuses(&Capabilities::sending, careful->find_sent("<1@x.example>", "", {})));
}

TEST_P(MailboxContract, it_knows_whose_it_is) {
  EXPECT_EQ(mailbox().address(), own_address);
  deliver(letter("One"));
  const auto profile = wait_for(mailbox().profile());
  EXPECT_EQ(profile.email_address, own_address);
  EXPECT_EQ(profile.messages_total, 1);
  EXPECT_EQ(profile.threads_total, 1);
  EXPECT_FALSE(profile.history_id.empty());
}

TEST_P(MailboxContract, headers_are_decoded_whatever_their_case) {
  const auto message = read(deliver(parcel));
  EXPECT_EQ(message.subject, "Grüße aus Köln");
  EXPECT_EQ(message.from, (model::Address{"Jörg Müller", "joerg@elsewhere.example"}));
  EXPECT_THAT(message.to, ElementsAre(model::Address{"Morgan, Alex", own_address}));
  EXPECT_THAT(message.cc, ElementsAre(model::Address{"", "a@elsewhere.example"},
                                      model::Address{"B", "b@elsewhere.example"}));
  EXPECT_THAT(message.reply_to, ElementsAre(model::Address{"", "replies@elsewhere.example"}));
  EXPECT_EQ(message.message_id_header, "<parcel@elsewhere.example>");
  EXPECT_THAT(message.references,
              ElementsAre("<one@elsewhere.example>", "<two@elsewhere.example>"));
}

TEST_P(MailboxContract, bodies_are_utf8_and_the_files_are_not_among_them) {
  const auto message = read(deliver(parcel));
  EXPECT_THAT(message.body_plain, HasSubstr("Grüße"));
  EXPECT_THAT(message.body_html.value_or(""), HasSubstr("<p>Grüße</p>"));
  EXPECT_THAT(message.body_plain, Not(HasSubstr("notes")));
}

TEST_P(MailboxContract, the_date_is_when_it_arrived_not_what_the_sender_claims) {
  EXPECT_EQ(read(deliver(parcel)).date, next_arrival_);
}

TEST_P(MailboxContract, every_file_is_listed_with_name_type_and_size) {
  const auto id = deliver(parcel);
  const auto message = read(id);
  EXPECT_TRUE(message.has_attachments);
  ASSERT_THAT(message.attachments, SizeIs(3));
  EXPECT_EQ(message.attachments[0], (model::AttachmentInfo{"1", "notes.txt", "text/plain", 7}));
  EXPECT_EQ(message.attachments[1], (model::AttachmentInfo{"2", "résumé.png", "image/png", 10}));
  EXPECT_EQ(message.attachments[2].id, "3");
  EXPECT_EQ(message.attachments[2].filename, "old.eml");
  EXPECT_EQ(message.attachments[2].mime_type, "message/rfc822");
}

TEST_P(MailboxContract, files_are_fetched_byte_for_byte) {
  const auto id = deliver(parcel);
  const auto picture = wait_for(mailbox().attachment(id, "2"));
  EXPECT_EQ(picture.filename, "résumé.png");
  EXPECT_EQ(picture.mime_type, "image/png");
  EXPECT_EQ(picture.content, std::string("\x89PNG\r\n\x1a\n\0\xff", 10));
  EXPECT_EQ(wait_for(mailbox().attachment(id, "1")).content, "notes\r\n");
  EXPECT_THAT(wait_for(mailbox().attachment(id, "3")).content, HasSubstr("Inner text."));
}

TEST_P(MailboxContract, a_mail_that_is_nothing_but_a_file_has_it_as_number_0) {
  const auto id = deliver(
      "From: a@elsewhere.example\r\nSubject: Scan\r\nMIME-Version: 1.0\r\n"
      "Content-Type: application/pdf; name=scan.pdf\r\n"
      "Content-Disposition: attachment; filename=scan.pdf\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n");
  const auto message = read(id);
  EXPECT_THAT(message.attachments,
              ElementsAre(model::AttachmentInfo{"0", "scan.pdf", "application/pdf", 4}));
  EXPECT_EQ(wait_for(mailbox().attachment(id, "0")).content, "%PDF");
}

TEST_P(MailboxContract, less_detail_is_less_but_never_untrue) {
  const auto id = deliver(parcel);
  const auto metadata = read(id, Detail::metadata);
  EXPECT_EQ(metadata.subject, "Grüße aus Köln");
  EXPECT_TRUE(metadata.has_attachments);
  EXPECT_THAT(metadata.attachments, SizeIs(3));
  EXPECT_TRUE(metadata.body_plain.empty());
  EXPECT_FALSE(metadata.body_html);

  const auto minimal = read(id, Detail::minimal);
  EXPECT_EQ(minimal.id, id);
  EXPECT_EQ(minimal.date, next_arrival_);
  EXPECT_THAT(minimal.labels, UnorderedElementsAre("INBOX", "UNREAD"));
  EXPECT_TRUE(minimal.subject.empty());
}

TEST_P(MailboxContract, mail_without_anything_is_still_mail) {
  const auto message = read(deliver("X-Nothing: here\r\n\r\n"));
  EXPECT_TRUE(message.subject.empty());
  EXPECT_TRUE(message.from.email.empty());
  EXPECT_FALSE(message.has_attachments);
}

TEST_P(MailboxContract, what_is_not_there_is_not_found) {
  EXPECT_EQ(code_of(mailbox().message(nobody, Detail::full)), Errc::not_found);
  EXPECT_EQ(code_of(mailbox().message(nobody, Detail::minimal)), Errc::not_found);
  EXPECT_EQ(code_of(mailbox().attachment(nobody, "1")), Errc::not_found);
  EXPECT_EQ(code_of(mailbox().attachment(deliver(parcel), "9")), Errc::not_found);
}

TEST_P(ThreadContract, a_thread_that_is_not_there_is_not_found) {
  EXPECT_EQ(code_of(mailbox().thread(model::ThreadId{nobody.str()})), Errc::not_found);
}

TEST_P(OrganisingContract, a_message_that_is_not_there_is_not_changed) {
  EXPECT_EQ(code_of(mailbox().modify_labels(nobody, {"STARRED"}, {})), Errc::not_found);
  EXPECT_EQ(code_of(mailbox().trash(nobody)), Errc::not_found);
  EXPECT_EQ(code_of(mailbox().untrash(nobody)), Errc::not_found);
}

TEST_P(DraftContract, a_draft_that_is_not_there_is_not_found) {
  EXPECT_EQ(code_of(mailbox().delete_draft(model::DraftId{"r18cfffffff"})), Errc::not_found);
  EXPECT_EQ(code_of(mailbox().send_draft(model::DraftId{"r18cfffffff"})), Errc::not_found);
}

// --- searching
// -------------------------------------------------------------------------------------

TEST_P(MailboxContract, a_search_finds_the_newest_first) {
  deliver(letter("One", "apples"));
  deliver(letter("Two", "pears"));
  deliver(letter("Three", "apples and pears"));
  EXPECT_THAT(found(""), ElementsAre("Three", "Two", "One"));
}

TEST_P(SearchContract, a_search_finds_words_and_what_operators_name) {
  deliver(letter("One", "apples"));
  deliver(letter("Two", "pears"));
  deliver(letter("Three", "apples and pears"));
  deliver(parcel);
  EXPECT_THAT(found("has:attachment"), ElementsAre("Grüße aus Köln"));
  EXPECT_THAT(found("apples"), ElementsAre("Three", "One"));
  EXPECT_THAT(found("subject:two"), ElementsAre("Two"));
  EXPECT_THAT(found("from:priya is:unread"), ElementsAre("Three", "Two", "One"));
  EXPECT_THAT(found("cherries"), IsEmpty());
}

TEST_P(MailboxContract, a_search_tells_the_truth_about_attachments) {
  deliver(parcel);
  deliver(letter("Plain"));
  const auto page = wait_for(mailbox().search({}));
  EXPECT_FALSE(page.messages[0].has_attachments);
  EXPECT_THAT(page.messages[1].attachments, SizeIs(3));
  EXPECT_TRUE(page.messages[1].body_plain.empty());
  Query with_bodies;
  with_bodies.include_body = true;
  EXPECT_THAT(wait_for(mailbox().search(with_bodies)).messages[1].body_plain, HasSubstr("Grüße"));
}

TEST_P(MailboxContract, pages_hold_every_message_once) {
  std::vector<std::string> wanted;
  for (int i = 0; i < 7; ++i) {
    wanted.insert(wanted.begin(), "Mail " + std::to_string(i));
    deliver(letter(wanted.front()));
  }
  std::vector<std::string> seen;
  Query query;
  query.max_results = 3;
  do {
    const auto page = wait_for(mailbox().search(query));
    EXPECT_LE(page.messages.size(), 3U);
    EXPECT_THAT(page.omitted, IsEmpty());
    for (const auto& message : page.messages) seen.push_back(message.subject);
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());
  EXPECT_EQ(seen, wanted);
}

TEST_P(MailboxContract, a_foreign_page_token_is_the_callers_mistake) {
  deliver(letter("One"));
  Query query;
  query.page_token = "no-such-page!";
  EXPECT_EQ(code_of(mailbox().search(query)), Errc::invalid_argument);
}

TEST_P(OrganisingContract, a_search_can_be_limited_to_labels) {
  const auto work = world_->add_label("Work");
  deliver(letter("Both"), {"INBOX", work.str()});
  deliver(letter("Inbox only"));
  Query query;
  query.label_ids = {"INBOX", work.str()};
  const auto page = wait_for(mailbox().search(query));
  ASSERT_THAT(page.messages, SizeIs(1));
  EXPECT_EQ(page.messages[0].subject, "Both");
  EXPECT_THAT(found("label:work"), ElementsAre("Both"));
}

TEST_P(ThreadContract, a_thread_holds_question_and_answer_oldest_first) {
  const auto question = deliver(letter("Lunch", "When?", "Message-ID: <q@elsewhere.example>\r\n"));
  deliver(letter("Something else"));
  deliver(letter("Re: Lunch", "Now.",
                 "In-Reply-To: <q@elsewhere.example>\r\nReferences: <q@elsewhere.example>\r\n"));
  const auto thread = wait_for(mailbox().thread(read(question).thread_id));
  ASSERT_THAT(thread.messages, SizeIs(2));
  EXPECT_EQ(thread.messages[0].subject, "Lunch");
  EXPECT_EQ(thread.messages[1].subject, "Re: Lunch");
  EXPECT_THAT(thread.messages[1].body_plain, HasSubstr("Now."));
}

// --- organising
// ------------------------------------------------------------------------------------

TEST_P(OrganisingContract, labels_are_added_and_removed_and_the_rest_is_told) {
  const auto work = world_->add_label("Work");
  const auto id = deliver(letter("One"));
  EXPECT_THAT(wait_for(mailbox().modify_labels(id, {"STARRED", work.str()}, {"UNREAD"})),
              UnorderedElementsAre("INBOX", "STARRED", work.str()));
  EXPECT_THAT(read(id).labels, UnorderedElementsAre("INBOX", "STARRED", work.str()));
  EXPECT_THAT(wait_for(mailbox().modify_labels(id, {}, {"INBOX"})),
              UnorderedElementsAre("STARRED", work.str()));
}

TEST_P(OrganisingContract, labels_that_do_not_exist_or_are_gmails_own_are_refused) {
  const auto id = deliver(letter("One"));
  EXPECT_EQ(code_of(mailbox().modify_labels(id, {"Label_4711"}, {})), Errc::invalid_argument);
  EXPECT_EQ(code_of(mailbox().modify_labels(id, {"SENT"}, {})), Errc::invalid_argument);
}

TEST_P(OrganisingContract, trash_takes_mail_out_of_sight_and_back) {
  const auto id = deliver(letter("One"));
  wait_for(mailbox().trash(id));
  EXPECT_THAT(found(""), IsEmpty());
  EXPECT_THAT(found("in:trash"), ElementsAre("One"));
  wait_for(mailbox().untrash(id));
  EXPECT_THAT(found(""), ElementsAre("One"));
}

TEST_P(OrganisingContract, labels_are_listed_with_their_counts) {
  const auto work = world_->add_label("Work");
  deliver(letter("One"), {"INBOX", "UNREAD", work.str()});
  deliver(letter("Two"), {"INBOX"});
  int seen = 0;
  for (const auto& label : wait_for(mailbox().labels())) {
    if (label.id.str() == "INBOX") {
      ++seen;
      EXPECT_TRUE(label.is_system);
      EXPECT_EQ(label.messages_total, 2);
      EXPECT_EQ(label.messages_unread, 1);
    }
    if (label.id == work) {
      ++seen;
      EXPECT_EQ(label.name, "Work");
      EXPECT_FALSE(label.is_system);
      EXPECT_EQ(label.messages_total, 1);
    }
  }
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace gmail_mcp::mail
