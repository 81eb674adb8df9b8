#include "mail/compose.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "mail/testing/memory_mailbox.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {
namespace {

class Composing : public testing::Test {
 protected:
  Composed compose_now(NewMessage message, std::string send_id = "send-1") {
    return run_to_end(loop_,
                      compose(mailbox_, std::move(message), std::move(send_id), clock_.now()));
  }
  std::string failure(NewMessage message) {
    try {
      compose_now(std::move(message));
    } catch (const Error& error) {
      return error.message;
    }
    return "";
  }
  Errc failure_with(const Shareholder& reader, NewMessage message) {
    try {
      run_to_end(loop_, compose(mailbox_, std::move(message), "s", clock_.now(), nullptr, reader));
    } catch (const Error& error) {
      return error.code;
    }
    return Errc::internal;
  }
  static std::string header(const Composed& composed, std::string_view name) {
    const auto root = mime::read_message(composed.outgoing.rfc822).value();
    return std::string{mime::header(root, name)};
  }
  model::MessageId original(const std::string& headers) {
    return mailbox_.deliver(
        "From: Ann <ann@example.org>\r\nTo: me@example.org\r\n"
        "Subject: Plans\r\nMessage-ID: <one@example.org>\r\n" +
        headers + "\r\nText\r\n");
  }
  static NewMessage reply(model::MessageId id) {
    NewMessage message;
    message.reply_to_message_id = std::move(id);
    message.body = "Yes";
    return message;
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  MemoryMailbox mailbox_{"me@example.org", clock_};
};

TEST_F(Composing, a_reply_carries_the_real_message_id_and_references) {
  const auto composed = compose_now(reply(original("References: <zero@example.org>\r\n")));
  EXPECT_EQ(header(composed, "In-Reply-To"), "<one@example.org>");
  EXPECT_EQ(header(composed, "References"), "<zero@example.org> <one@example.org>");
  EXPECT_EQ(header(composed, "Subject"), "Re: Plans");
  EXPECT_TRUE(composed.outgoing.thread_id.has_value());
}

TEST_F(Composing, a_reply_goes_to_reply_to_when_the_sender_asks_for_it) {
  const auto composed = compose_now(reply(original("Reply-To: list@example.org\r\n")));
  EXPECT_EQ(composed.recipients, std::vector<std::string>{"list@example.org"});
  EXPECT_EQ(compose_now(reply(original(""))).recipients,
            std::vector<std::string>{"ann@example.org"});
}

TEST_F(Composing, the_own_address_is_removed_from_expanded_recipients) {
  const auto composed =
      compose_now(reply(original("Reply-To: ME@example.org, team@example.org\r\n")));
  EXPECT_EQ(composed.recipients, std::vector<std::string>{"team@example.org"});
}

// Who gets the answer to a letter that an account has under some labels.
struct Answered {
  const char* why;
  const char* own;
  const char* headers;
  std::vector<std::string> labels;
  std::vector<std::string> answer_goes_to;
};

TEST_F(Composing, an_answer_goes_to_whom_the_letter_concerns) {
  const std::vector<Answered> letters{
      {"a web form that mails as the owner",
       "me@example.org",
       "From: me@example.org\r\nTo: me@example.org\r\nReply-To: visitor@shop.example\r\n",
       {"INBOX"},
       {"visitor@shop.example"}},
      {"a web form that mails as the owner to a shared address",
       "me@example.org",
       "From: me@example.org\r\nTo: info@example.org\r\nReply-To: visitor@shop.example\r\n",
       {"INBOX"},
       {"visitor@shop.example"}},
      {"the same, through the account itself",
       "me@example.org",
       "From: me@example.org\r\nTo: info@example.org\r\nReply-To: visitor@shop.example\r\n",
       {"INBOX", "SENT"},
       {"visitor@shop.example"}},
      {"the same, put away since",
       "me@example.org",
       "From: me@example.org\r\nTo: info@example.org\r\nReply-To: visitor@shop.example\r\n",
       {"Label_1"},
       {"visitor@shop.example"}},
      {"sent by oneself to others",
       "me@example.org",
       "From: me@example.org\r\nTo: bob@shop.example\r\nReply-To: team@example.org\r\n",
       {"SENT"},
       {"bob@shop.example"}},
      {"sent by oneself to oneself for somebody",
       "me@example.org",
       "From: me@example.org\r\nTo: me@example.org\r\nReply-To: visitor@shop.example\r\n",
       {"SENT"},
       {"visitor@shop.example"}},
      {"sent under another address of the account",
       "me@example.org",
       "From: sales@example.org\r\nTo: bob@shop.example, sales@example.org\r\n",
       {"SENT"},
       {"bob@shop.example"}},
      {"sent to people in Cc only",
       "me@example.org",
       "From: me@example.org\r\nCc: bob@shop.example\r\n",
       {"SENT"},
       {"bob@shop.example"}},
      {"Reply-To is the reader",
       "me@example.org",
       "From: ann@shop.example\r\nTo: me@example.org\r\nReply-To: ME@example.org\r\n",
       {"INBOX"},
       {"ann@shop.example"}},
      {"Reply-To is the reader, with a tag",
       "me@example.org",
       "From: ann@shop.example\r\nTo: me@example.org\r\nReply-To: me+shop@example.org\r\n",
       {"INBOX"},
       {"ann@shop.example"}},
      {"own mail, without its dots and by the old domain",
       "ann.lee@gmail.com",
       "From: AnnLee+x@googlemail.com\r\nTo: bob@shop.example, a.n.n.lee@gmail.com\r\n",
       {"SENT"},
       {"bob@shop.example"}},
      {"elsewhere a dot makes another person",
       "ann.lee@shop.example",
       "From: annlee@shop.example\r\nTo: ann.lee@shop.example\r\n",
       {"INBOX"},
       {"annlee@shop.example"}},
      {"somebody else's, who asks for the answer elsewhere",
       "me@example.org",
       "From: ann@shop.example\r\nTo: me@example.org\r\nReply-To: bob@shop.example\r\n",
       {"INBOX"},
       {"bob@shop.example"}},
  };
  for (const auto& letter : letters) {
    MemoryMailbox mailbox{letter.own, clock_};
    auto wanted = reply(
        mailbox.deliver(std::string{letter.headers} + "Subject: x\r\n\r\nText\r\n", letter.labels));
    const auto composed =
        run_to_end(loop_, compose(mailbox, std::move(wanted), "send-1", clock_.now()));
    EXPECT_EQ(composed.recipients, letter.answer_goes_to) << letter.why;
  }
}

TEST_F(Composing, an_answer_that_would_reach_nobody_says_so_whether_it_is_sent_or_kept) {
  const auto note = mailbox_.deliver(
      "From: me@example.org\r\nTo: me@example.org\r\nSubject: Note\r\n\r\nMilk\r\n", {"SENT"});
  EXPECT_EQ(failure(reply(note)), "The reply has no recipient.");
  try {
    compose_now(reply(note), "");
    ADD_FAILURE() << "a draft to nobody";
  } catch (const Error& error) {
    EXPECT_EQ(error.message, "The reply has no recipient.");
  }
  auto named = reply(note);
  named.to = {"me@example.org"};
  EXPECT_EQ(compose_now(std::move(named)).recipients, std::vector<std::string>{"me@example.org"});
}

TEST_F(Composing, references_begin_with_what_the_answered_letter_answers) {
  const auto one = compose_now(reply(original("In-Reply-To: <zero@example.org>\r\n")));
  EXPECT_EQ(header(one, "References"), "<zero@example.org> <one@example.org>");
  // Of several nobody knows which was first (RFC 5322, 3.6.4).
  const auto several =
      compose_now(reply(original("In-Reply-To: <x@example.org> <y@example.org>\r\n")));
  EXPECT_EQ(header(several, "References"), "<one@example.org>");
  const auto both = compose_now(
      reply(original("References: <r@example.org>\r\nIn-Reply-To: <x@example.org>\r\n")));
  EXPECT_EQ(header(both, "References"), "<r@example.org> <one@example.org>");
}

TEST_F(Composing, a_message_id_with_blanks_is_referred_to_as_it_is) {
  const auto id = mailbox_.deliver(
      "From: ann@example.org\r\nTo: me@example.org\r\nMessage-ID: <a b  "
      "c@example.org>\r\n\r\nText");
  const auto composed = compose_now(reply(id));
  EXPECT_EQ(header(composed, "In-Reply-To"), "<a b  c@example.org>");
  EXPECT_EQ(header(composed, "References"), "<a b  c@example.org>");
}

TEST_F(Composing, named_recipients_of_a_reply_are_kept_as_they_are) {
  auto message = reply(original("Reply-To: list@example.org\r\n"));
  message.to = {"Bob <bob@example.org>"};
  message.cc = {"carol@example.org"};
  message.subject = "Other";
  const auto composed = compose_now(std::move(message));
  EXPECT_EQ(composed.recipients,
            (std::vector<std::string>{"bob@example.org", "carol@example.org"}));
  EXPECT_EQ(header(composed, "Subject"), "Other");
}

TEST_F(Composing, a_forward_is_a_new_conversation_with_all_that_was_in_the_original) {
  const auto id = mailbox_.deliver(
      "From: Ann <ann@example.org>\r\nTo: me@example.org\r\nSubject: WG: Plans\r\n"
      "Message-ID: <one@example.org>\r\nReferences: <zero@example.org>\r\n"
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
      "--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
      "--r\r\nContent-Type: text/html\r\n\r\n<p>Look <img src='cid:p i@c'></p>\r\n"
      "--r\r\nContent-Type: image/png\r\nContent-ID: <p i@c>\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--r--\r\n"
      "--m\r\nContent-Type: no type; name=x\r\nContent-Disposition: attachment; "
      "filename=\"a.bin\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nAwQF\r\n"
      "--m--\r\n");
  NewMessage message;
  message.forward_message_id = id;
  message.to = {"bob@example.org"};
  message.body = "As promised.";
  NewAttachment own;
  own.filename = "own.txt";
  own.content = "mine";
  message.attachments.push_back(own);
  const auto composed = compose_now(std::move(message));
  EXPECT_EQ(header(composed, "Subject"), "Fwd: Plans");
  EXPECT_EQ(header(composed, "In-Reply-To"), "");
  EXPECT_EQ(header(composed, "References"), "");
  EXPECT_FALSE(composed.outgoing.thread_id);
  EXPECT_EQ(composed.recipients, std::vector<std::string>{"bob@example.org"});

  const auto root = mime::read_message(composed.outgoing.rfc822).value();
  ASSERT_EQ(root.mime_type, "multipart/mixed");
  const auto& related = root.parts.at(0).parts.at(1);
  ASSERT_EQ(related.mime_type, "multipart/related");
  const auto& picture = related.parts.at(1);
  EXPECT_EQ(picture.content, std::string("\0\1\2", 3));
  EXPECT_NE(related.parts[0].content.find("cid:" + picture.content_id), std::string::npos);
  EXPECT_EQ(root.parts.at(1).filename, "a.bin");
  EXPECT_EQ(root.parts[1].content, "\3\4\5");
  EXPECT_EQ(root.parts.at(2).filename, "own.txt");
  EXPECT_TRUE(root.parts[0].parts[0].content.starts_with(
      "As promised.\r\n\r\n---------- Forwarded message ---------\r\nFrom: Ann <ann@example.org>"));
}

TEST_F(Composing, what_is_fetched_for_a_message_is_of_the_callers_share) {
  std::string mail =
      "From: a@b.example\r\nTo: me@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nText\r\n"
      "--m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
      "filename=a.pdf\r\n\r\n";
  mail += std::string(100'000, 'x') + "\r\n--m--\r\n";
  NewMessage message;
  message.forward_message_id = mailbox_.deliver(mail);
  message.to = {"bob@example.org"};
  FairShare share{{.total = 1'000'000, .of_one = 150'000}};
  const Shareholder reader{&share, "ann"};
  {
    const auto composed =
        run_to_end(loop_, compose(mailbox_, message, "send-1", clock_.now(), nullptr, reader));
    EXPECT_GE(share.counts().used, 100'000U) << "until it is sent";
    try {
      run_to_end(loop_, compose(mailbox_, message, "send-2", clock_.now(), nullptr, reader));
      ADD_FAILURE() << "composed";
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::rate_limited);
    }
    auto attached = message;
    attached.forward_message_id.reset();
    attached.attachments.resize(1);
    attached.attachments[0].message_id = message.forward_message_id;
    attached.attachments[0].attachment_id = "1";
    EXPECT_EQ(failure_with(reader, attached), Errc::rate_limited);
  }
  EXPECT_EQ(share.counts().used, 0U);
}

TEST_F(Composing, an_answer_quotes_what_it_answers_where_that_is_wanted) {
  auto answer = reply(original(""));
  const auto text_of = [&] {
    return mime::bodies(mime::read_message(compose_now(answer).outgoing.rfc822).value()).plain;
  };
  EXPECT_EQ(text_of(), "Yes\r\n");
  answer.quote = true;
  EXPECT_NE(text_of().find(" Ann <ann@example.org> wrote:\r\n> Text\r\n"), std::string::npos);
  answer.reply_to_message_id.reset();
  EXPECT_EQ(failure(answer), "quote needs reply_to_message_id.");
}

TEST_F(Composing, whatever_strangers_put_into_a_letter_it_can_be_answered_and_forwarded) {
  const std::string evil = "=?utf-8?q?a=0D=0ABcc:_eve@x.example=00?=";
  const auto id = mailbox_.deliver(
      "From: " + evil + std::string(3'000, 'n') + " <ann@example.org>\r\nTo: me@example.org, \"" +
      std::string(3'000, 'm') + "\" <bob@example.org>, broken@\r\nSubject: " + evil + " " +
      std::string(5'000, 's') +
      "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
      "--m\r\nContent-Type: text/html\r\n\r\n<p>\x01<img src='cid:a\"b'>\r\n"
      "--m\r\nContent-Type: image/png; name=\"" +
      std::string(3'000, 'f') +
      ".png\"\r\nContent-ID: <a\"b>\r\n\r\nx\r\n"
      "--m\r\nContent-Type: x y/z z; name=\"=?utf-8?q?a=0D=0Ab?=\"\r\n\r\nx\r\n--m--\r\n");
  auto answer = reply(id);
  answer.reply_all = true;
  answer.quote = true;
  answer.body_html = "<p>Yes</p>";
  const auto answered = compose_now(std::move(answer));
  EXPECT_EQ(answered.recipients, (std::vector<std::string>{"ann@example.org", "bob@example.org"}));
  EXPECT_EQ(header(answered, "Bcc"), "");
  NewMessage forward;
  forward.forward_message_id = id;
  forward.to = {"bob@example.org"};
  const auto forwarded = compose_now(std::move(forward));
  EXPECT_EQ(forwarded.recipients, std::vector<std::string>{"bob@example.org"});
  const auto root = mime::read_message(forwarded.outgoing.rfc822).value();
  EXPECT_EQ(mime::attachments(root).size(), 2U);
}

TEST_F(Composing, the_text_that_is_missing_is_what_the_html_says) {
  NewMessage message;
  message.to = {"ann@example.org"};
  message.body_html = "<h1>Hello</h1><p>See <a href='https://x.example'>this</a>.</p>";
  const auto text_of = [&] {
    return mime::bodies(mime::read_message(compose_now(message).outgoing.rfc822).value()).plain;
  };
  EXPECT_EQ(text_of(), "Hello\r\n\r\nSee this (https://x.example).\r\n");
  message.body = "Other words.";
  EXPECT_EQ(text_of(), "Other words.\r\n");
}

TEST_F(Composing, every_send_can_be_found_again_by_its_headers) {
  NewMessage message;
  message.to = {"ann@example.org"};
  const auto composed = compose_now(std::move(message), "abc");
  EXPECT_EQ(header(composed, "X-Gmail-MCP-Send"), "abc");
  EXPECT_EQ(header(composed, "Message-ID"), "<abc@example.org>");
  EXPECT_EQ(composed.rfc822_message_id, message_id_for("abc", "me@example.org"));
}

TEST_F(Composing, nobody_in_a_list_is_lost_or_guessed) {
  const std::vector<std::pair<const char*, std::vector<std::string>>> rows{
      {"a@x.example, b@m\u00FCller.example; c@z.example",
       {"a@x.example", "b@xn--mller-kva.example", "c@z.example"}},
      {"a@x.example, J\u00F6rg M\u00FCller <b@y.example>, c@z.example",
       {"a@x.example", "b@y.example", "c@z.example"}},
      {"a@x.example,\u00A0b@y.example", {"a@x.example", "b@y.example"}},
      {"Doe, Jane <j@x.example>", {"j@x.example"}},
      {"Foo.Bar@x.example, foo.bar@X.example", {"Foo.Bar@x.example"}}};
  for (const auto& [given, recipients] : rows) {
    NewMessage message;
    message.body = "Hi";
    message.to = {given};
    EXPECT_EQ(compose_now(std::move(message)).recipients, recipients) << given;
  }
  for (const auto* given :
       {"a@x.example, b@y.example d@z.example", "a@x.example,b@y.example<c@z.example>",
        "a@x.example, bcc: b@y.example", "a@x.example, not bob@y.example",
        "Ann Lee, Bob Roe <b@y.example>, c@z.example", "Ann, Bob, Carl <c@z.example>",
        "https://x.example/@ann, b@y.example", "Ann Lee, Bob Roe <b@y.example>", "b@y.example\r",
        "a@x.example,\r\n b@y.example"}) {
    NewMessage message;
    message.body = "Hi";
    message.to = {given};
    EXPECT_NE(failure(std::move(message)), "") << given;
  }
}

TEST_F(Composing, recipients_may_be_written_as_people_and_forms_do) {
  using Strings = std::vector<std::string>;
  const std::pair<Strings, Strings> rows[] = {
      {{"a@x.example; b@x.example"}, {"a@x.example", "b@x.example"}},
      {{"A <a@x.example>; B <b@x.example>;"}, {"a@x.example", "b@x.example"}},
      {{"a@x.example;"}, {"a@x.example"}},
      {{"Doe, Jane <j@x.example>"}, {"j@x.example"}},
      {{"\"Doe; Jane\" <j@x.example>; b@x.example"}, {"j@x.example", "b@x.example"}},
      {{"", " ", "a@x.example"}, {"a@x.example"}},
      {{"jörg@bücher.example"}, {"jörg@xn--bcher-kva.example"}},
  };
  for (const auto& [given, recipients] : rows) {
    NewMessage message;
    message.to = given;
    message.cc = {""};
    EXPECT_EQ(compose_now(std::move(message)).recipients, recipients) << given[0];
  }
  for (const auto* text :
       {"Doe, Jane", "a@x.example; ann", "b@x.example, a", "a@x.example Jane, "}) {
    NewMessage message;
    message.to = {text};
    EXPECT_TRUE(failure(message).starts_with("In to: ")) << text << ": " << failure(message);
  }
}

TEST_F(Composing, a_name_with_a_comma_keeps_it) {
  NewMessage message;
  message.to = {"Doe, Jane <j@x.example>"};
  EXPECT_EQ(header(compose_now(std::move(message)), "To"), "\"Doe, Jane\" <j@x.example>");
}

TEST_F(Composing, an_answer_to_an_internationalised_address_goes_there) {
  const auto id = mailbox_.deliver(
      "From: =?utf-8?Q?J=C3=B6rg?= <j\xC3\xB6rg@b\xC3\xBC"
      "cher.example>\r\nTo: me@example.org\r\n"
      "Subject: x\r\n\r\nText\r\n");
  EXPECT_EQ(compose_now(reply(id)).recipients, std::vector<std::string>{"j\xC3\xB6rg@b\xC3\xBC"
                                                                        "cher.example"});
}

TEST_F(Composing, an_invitation_is_sent_with_its_method) {
  NewMessage message;
  message.to = {"ann@example.org"};
  NewAttachment invitation;
  invitation.filename = "invite.ics";
  invitation.content = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n";
  message.attachments.push_back(invitation);
  const auto root = mime::read_message(compose_now(message).outgoing.rfc822).value();
  const auto type = std::string{mime::header(root.parts.at(1), "Content-Type")};
  EXPECT_TRUE(type.starts_with("text/calendar;")) << type;
  EXPECT_NE(type.find("method=REQUEST"), std::string::npos) << type;
  EXPECT_NE(type.find("charset=utf-8"), std::string::npos) << type;
  EXPECT_EQ(root.parts.at(1).filename, "invite.ics");
}

TEST_F(Composing, line_breaks_cannot_smuggle_headers) {
  NewMessage subject;
  subject.to = {"ann@example.org"};
  subject.subject = "Hi\r\nBcc: eve@example.org";
  EXPECT_NE(failure(subject), "");
  NewMessage address;
  address.to = {"ann@example.org\r\nBcc: eve@example.org"};
  EXPECT_TRUE(failure(address).starts_with("In to: ")) << failure(address);
}

TEST_F(Composing, a_message_to_nobody_is_refused_before_anything_happens) {
  EXPECT_EQ(failure(NewMessage{}), "The message has no recipient.");
}

TEST_F(Composing, attachments_of_more_than_25_mb_are_refused) {
  NewMessage message;
  message.to = {"ann@example.org"};
  NewAttachment big;
  big.filename = "big.bin";
  big.content = std::string(max_attachment_bytes + 1, 'x');
  message.attachments.push_back(std::move(big));
  EXPECT_EQ(failure(std::move(message)), "The attachments are larger than 25 MB together.");
}

TEST_F(Composing, five_hundred_people_may_get_a_message_and_no_more) {
  NewMessage message;
  message.to = {"a0@example.org"};
  for (int i = 1; i < 400; ++i) message.to[0] += ", a" + std::to_string(i) + "@example.org";
  for (int i = 0; i < 100; ++i) message.bcc.push_back("b" + std::to_string(i) + "@example.org");
  message.cc = {"A7@example.org"};
  EXPECT_EQ(compose_now(message).recipients.size(), 500U);
  EXPECT_EQ(compose_now(message, "").recipients.size(), 500U) << "a draft";
  message.cc.emplace_back("c@example.org");
  EXPECT_EQ(failure(message), "The message has more than 500 recipients.");
  message.cc.clear();
  // However many times they are named: nobody waits until all have been read.
  for (int i = 0; i < 20; ++i) message.to.push_back(message.to[0]);
  EXPECT_EQ(failure(message), "The message has more than 500 recipients.");
}

TEST_F(Composing, a_reply_to_more_people_than_that_is_refused) {
  std::string list = "Reply-To: a0@example.org";
  for (int i = 1; i <= 500; ++i) list += ",\r\n a" + std::to_string(i) + "@example.org";
  try {
    compose_now(reply(original(list + "\r\n")));
    ADD_FAILURE() << "composed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::too_large);
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
