// The part of the mailbox that a server without X-GM-EXT-1 can do, against one we did not write.
#include "imap/testing/dovecot.h"
#include "mail/imap_smtp/imap_smtp.h"
#include "tests/contract/imap_smtp_over_sandbox.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class OverDovecot final : public OpenMailbox {
 public:
  OverDovecot(boost::asio::io_context& loop, Clock& clock) {
    SessionOptions options;
    options.server = dovecot_.server();
    sessions_ = std::make_unique<Sessions>(loop.get_executor(), options, clock, *log_);
    smtp::Server nowhere;
    nowhere.host = "127.0.0.1";
    nowhere.port = 1;
    nowhere.encryption = smtp::Encryption::none;
    submission_ = std::make_unique<smtp::Submission>(nowhere);
    const ImapSmtp shared{.sessions = *sessions_, .submission = *submission_, .clock = clock};
    auto password = std::make_shared<FixedPassword>(std::string{imap::testing::Dovecot::password});
    mailbox_ = open_imap_smtp(shared, std::move(password), own_address);
  }

  Mailbox& mailbox() override { return *mailbox_; }
  model::MessageId deliver(std::string rfc822, Timestamp, std::vector<std::string>) override {
    dovecot_.deliver(rfc822);
    return model::MessageId{""};  // only the server knows
  }
  model::LabelId add_label(std::string name) override { return model::LabelId{std::move(name)}; }
  Task<void> stop() override {
    mailbox_.reset();
    co_await sessions_->close();
  }

 private:
  std::unique_ptr<Log> log_ = Log::silent();
  imap::testing::Dovecot dovecot_{own_address};
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<smtp::Submission> submission_;
  std::unique_ptr<Mailbox> mailbox_;
};

class DovecotMailbox : public MailboxContract {
 protected:
  model::MessageId arrived(std::string rfc822) {
    deliver(std::move(rfc822));
    return wait_for(mailbox().search({})).messages.at(0).id;
  }
};

const MailBackend over_dovecot{
    .name = "imap_smtp_over_dovecot",
    .open = [](boost::asio::io_context& loop, Clock& clock) -> std::unique_ptr<OpenMailbox> {
      return std::make_unique<OverDovecot>(loop, clock);
    }};

INSTANTIATE_TEST_SUITE_P(OverDovecot, DovecotMailbox, ::testing::Values(over_dovecot),
                         [](const auto& row) { return row.param.name; });

TEST_P(DovecotMailbox, it_says_what_it_cannot) {
  deliver(letter("One"));
  const auto profile = wait_for(mailbox().profile());
  EXPECT_EQ(profile.email_address, own_address);
  EXPECT_EQ(profile.messages_total, 1);
  EXPECT_FALSE(mailbox().capabilities().gmail_search);
  EXPECT_FALSE(mailbox().capabilities().threads);
  EXPECT_FALSE(mailbox().capabilities().labels);
  EXPECT_TRUE(mailbox().capabilities().drafts);
  EXPECT_EQ(code_of(mailbox().thread(model::ThreadId{"18c"})), Errc::unsupported);
}

TEST_P(DovecotMailbox, messages_are_read_with_headers_texts_and_files) {
  const auto id = arrived(
      "From: =?iso-8859-1?Q?J=F6rg?= <joerg@elsewhere.example>\r\nTo: alex@gmail.example\r\n"
      "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n"
      "--b\r\nContent-Type: image/png\r\n"
      "Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.png\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgoA/w==\r\n--b--\r\n");
  EXPECT_THAT(id.str(), StartsWith("i-"));
  for (const auto detail : {Detail::full, Detail::metadata}) {
    const auto message = read(id, detail);
    EXPECT_EQ(message.subject, "Grüße");
    EXPECT_EQ(message.from, (model::Address{"Jörg", "joerg@elsewhere.example"}));
    EXPECT_EQ(message.snippet, "Grüße");
    ASSERT_THAT(message.attachments, SizeIs(1));
    EXPECT_EQ(message.attachments[0].id, "1");
    EXPECT_EQ(message.attachments[0].filename, "résumé.png");
    EXPECT_THAT(message.labels, ElementsAre("INBOX", "UNREAD"));
  }
  EXPECT_EQ(read(id).body_plain, "Grüße");
  const auto file = wait_for(mailbox().attachment(id, "1"));
  EXPECT_EQ(file.content, std::string("\x89PNG\r\n\x1a\n\0\xff", 10));
  EXPECT_THAT(wait_for(mailbox().source(id)), HasSubstr("--b--"));
}

TEST_P(DovecotMailbox, a_search_says_what_imap_can_and_pages) {
  for (const auto* subject : {"One", "Two", "Three"}) deliver(letter(subject, "apples"));
  EXPECT_THAT(found("apples -subject:two"), ElementsAre("Three", "One"));
  EXPECT_THAT(found("in:trash"), IsEmpty());
  EXPECT_EQ(code_of(mailbox().search({.text = "has:attachment"})), Errc::unsupported);
  Query query;
  query.max_results = 2;
  auto page = wait_for(mailbox().search(query));
  EXPECT_EQ(page.total_estimate, 3);
  query.page_token = page.next_page_token;
  page = wait_for(mailbox().search(query));
  ASSERT_THAT(page.messages, SizeIs(1));
  EXPECT_EQ(page.messages[0].subject, "One");
}

TEST_P(DovecotMailbox, flags_are_set_and_mail_goes_to_the_trash_and_back) {
  const auto id = arrived(letter("One"));
  const std::vector<std::string> star{"STARRED"};
  const std::vector<std::string> unread{"UNREAD"};
  const auto labels = wait_for(mailbox().modify_labels(id, star, unread));
  EXPECT_THAT(labels, ElementsAre("INBOX", "STARRED"));
  const std::vector<std::string> work{"Work"};
  EXPECT_THAT(code_of(mailbox().modify_labels(id, work, {})),
              ::testing::AnyOf(Errc::unsupported, Errc::invalid_argument));
  wait_for(mailbox().trash(id));
  EXPECT_EQ(code_of(mailbox().message(id, Detail::minimal)), Errc::not_found);
  Query query;
  query.text = "in:trash";
  const auto trashed = wait_for(mailbox().search(query)).messages;
  ASSERT_THAT(trashed, SizeIs(1));
  wait_for(mailbox().untrash(trashed[0].id));
  EXPECT_THAT(found(""), ElementsAre("One"));
}

TEST_P(DovecotMailbox, drafts_are_kept_changed_and_thrown_away) {
  Outgoing mail;
  mail.rfc822 = "From: a@b.example\r\nTo: c@d.example\r\nSubject: First\r\n\r\nHi.\r\n";
  const auto draft = wait_for(mailbox().create_draft(mail));
  EXPECT_THAT(read(*draft.sent.message_id).labels, Contains("DRAFT"));
  mail.rfc822 = "From: a@b.example\r\nTo: c@d.example\r\nSubject: Second\r\n\r\nHi.\r\n";
  const auto changed = wait_for(mailbox().update_draft(draft.id, mail));
  EXPECT_EQ(read(*changed.sent.message_id).subject, "Second");
  EXPECT_THAT(wait_for(mailbox().drafts(10, "")).drafts, SizeIs(1));
  EXPECT_EQ(code_of(mailbox().draft(draft.id)), Errc::not_found);
  wait_for(mailbox().delete_draft(changed.id));
  EXPECT_THAT(wait_for(mailbox().drafts(10, "")).drafts, IsEmpty());
}

TEST_P(DovecotMailbox, folders_are_made_and_renamed_but_not_deleted_with_their_mail) {
  LabelWish wish;
  wish.name = "Work";
  const auto work = wait_for(mailbox().create_label(wish));
  EXPECT_EQ(code_of(mailbox().create_label(wish)), Errc::conflict);
  wish.name = "Work/Clients";
  wait_for(mailbox().create_label(wish));
  wish.name = "Job";
  const auto job = wait_for(mailbox().update_label(work.id, wish));
  std::vector<std::string> names;
  for (const auto& label : wait_for(mailbox().label_names())) names.push_back(label.name);
  EXPECT_THAT(names, ::testing::IsSupersetOf({"Job", "Job/Clients"}));
  EXPECT_THAT(names, Not(Contains("Work")));
  EXPECT_EQ(code_of(mailbox().delete_label(job.id)), Errc::unsupported);
  EXPECT_EQ(code_of(mailbox().delete_label(model::LabelId{"INBOX"})), Errc::invalid_argument);
}

TEST_P(DovecotMailbox, folders_are_told_with_their_counts) {
  deliver(letter("One"));
  bool seen = false;
  for (const auto& label : wait_for(mailbox().labels())) {
    EXPECT_THAT(label.id.str(), Not(HasSubstr("Papierkorb")));
    if (label.id.str() != "INBOX") continue;
    seen = true;
    EXPECT_EQ(label.messages_total, 1);
    EXPECT_EQ(label.messages_unread, 1);
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace gmail_mcp::mail
