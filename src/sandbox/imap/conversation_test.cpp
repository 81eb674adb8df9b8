// Conversations with the simulated imap.gmail.com, byte for byte where Gmail's own bytes are known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/testing/self_signed.h"
#include "sandbox/mail_bench.h"

namespace gmail_mcp::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Imap : public ::testing::Test {
 protected:
  std::string deliver(std::string_view subject,
                      std::vector<std::string> labels = {"INBOX", "UNREAD"}) {
    bench.clock.advance(std::chrono::seconds{1});  // or their order would be chance
    const auto mail = letter("Bea <bea@example.org>", std::string{alex}, subject, "Hello there.");
    return bench.world().deliver(alex, mail, std::move(labels)).value();
  }

  std::string label(std::string name) {
    Label made;
    made.name = std::move(name);
    return bench.world().mailbox(alex).create_label(std::move(made)).value()->id;
  }

  Bench bench;
};

TEST_F(Imap, CapabilitiesBeforeAndAfterLoginAreThoseMeasuredAtGmail) {
  Talk talk{bench, bench.sandbox().imap_port()};
  EXPECT_THAT(talk.line(), StartsWith("* OK Gimap ready"));
  EXPECT_THAT(talk.ask("CAPABILITY"),
              StartsWith("* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN "
                         "X-GM-EXT-1 XYZZY SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN "
                         "AUTH=OAUTHBEARER\n"));
  EXPECT_EQ(talk.ask("LOGIN " + std::string{alex} + " " + bench.sandbox().app_password(alex)),
            "* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 "
            "UIDPLUS COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED "
            "LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584\n"
            "t OK alex.morgan@gmail.example authenticated (Success)\n");
}

TEST_F(Imap, OnlyTheLivingAppPasswordWithoutSpacesSignsIn) {
  Talk talk{bench, bench.sandbox().imap_port()};
  talk.line();
  const auto password = bench.sandbox().app_password(alex);
  ASSERT_EQ(password.size(), 16U);
  const auto with = [&](std::string_view word) {
    return talk.ask("LOGIN " + std::string{alex} + " \"" + std::string{word} + "\"");
  };
  const auto wrong = "t NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\n";
  EXPECT_EQ(with(password.substr(0, 4) + " " + password.substr(4)), wrong);
  EXPECT_THAT(with(ordinary_password), StartsWith("t NO [ALERT] Application-specific password "));
  bench.sandbox().faults().revoke_app_password(alex);
  EXPECT_EQ(with(password), wrong);
  bench.sandbox().faults().renew_app_password(alex);
  EXPECT_EQ(with(password), wrong);
  EXPECT_THAT(with(bench.sandbox().app_password(alex)), HasSubstr("t OK "));
}

TEST_F(Imap, ATokenSignsInAndARefusedOneIsExplainedInAChallenge) {
  Talk talk{bench, bench.sandbox().imap_port()};
  talk.line();
  const auto answer = [](std::string_view token) {
    return crypto::base64_encode("user=" + std::string{alex} + "\x01" + "auth=Bearer " +
                                 std::string{token} + "\x01\x01");
  };
  talk.send("a AUTHENTICATE XOAUTH2 " + answer("stale") + "\r\n");
  const auto challenge = talk.line();
  ASSERT_THAT(challenge, StartsWith("+ "));
  EXPECT_THAT(crypto::base64_decode(challenge.substr(2)).value(), HasSubstr("\"status\":\"400\""));
  talk.send("\r\n");
  EXPECT_THAT(talk.line(), StartsWith("a NO [AUTHENTICATIONFAILED]"));
  bench.sign_in();
  EXPECT_THAT(talk.ask("AUTHENTICATE XOAUTH2 " + answer(bench.token)), HasSubstr("t OK "));
}

TEST_F(Imap, FoldersAreFoundBySpecialUseInEveryLanguage) {
  label("Work/Über & so");
  auto talk = imap_talk(bench);
  EXPECT_EQ(talk.ask(R"(LIST "" "*")"),
            "* LIST (\\HasNoChildren) \"/\" \"INBOX\"\n"
            "* LIST (\\HasChildren \\Noselect) \"/\" \"Work\"\n"
            "* LIST (\\HasNoChildren) \"/\" \"Work/&ANw-ber &- so\"\n"
            "* LIST (\\HasChildren \\Noselect) \"/\" \"[Gmail]\"\n"
            "* LIST (\\HasNoChildren \\All) \"/\" \"[Gmail]/All Mail\"\n"
            "* LIST (\\HasNoChildren \\Drafts) \"/\" \"[Gmail]/Drafts\"\n"
            "* LIST (\\HasNoChildren \\Important) \"/\" \"[Gmail]/Important\"\n"
            "* LIST (\\HasNoChildren \\Sent) \"/\" \"[Gmail]/Sent Mail\"\n"
            "* LIST (\\HasNoChildren \\Junk) \"/\" \"[Gmail]/Spam\"\n"
            "* LIST (\\HasNoChildren \\Flagged) \"/\" \"[Gmail]/Starred\"\n"
            "* LIST (\\HasNoChildren \\Trash) \"/\" \"[Gmail]/Trash\"\n"
            "t OK Success\n");
  bench.sandbox().faults().switches().mail.folder_language = "de";
  bench.sandbox().faults().switches().mail.hide_all_mail = true;
  const auto german = talk.ask(R"(LIST (SPECIAL-USE) "" "*" RETURN (STATUS (MESSAGES)))");
  EXPECT_THAT(german, HasSubstr("(\\HasNoChildren \\Drafts) \"/\" \"[GoogleMail]/Entw&APw-rfe\""));
  EXPECT_THAT(german, HasSubstr("* STATUS \"[GoogleMail]/Papierkorb\" (MESSAGES 0)"));
  EXPECT_THAT(german, Not(HasSubstr("\\All")));
  EXPECT_THAT(german, Not(HasSubstr("INBOX")));
}

TEST_F(Imap, AMessageIsOneInAllMailAndShowsTheLabelsItIsNotLookedAtThrough) {
  const auto work = label("Zoë's work");
  const auto id = deliver("Plan", {"INBOX", "UNREAD", "STARRED", work});
  auto talk = imap_talk(bench);
  talk.ask("SELECT INBOX");
  std::uint64_t number = std::stoull(id, nullptr, 16);
  const auto gmail = std::to_string(number);
  EXPECT_EQ(talk.ask("FETCH 1 (X-GM-LABELS FLAGS X-GM-MSGID X-GM-THRID UID)"),
            "* 1 FETCH (X-GM-THRID " + gmail + " X-GM-MSGID " + gmail +
                " X-GM-LABELS (\"\\\\Starred\" \"Zo&AOs-'s work\") UID 1 FLAGS (\\Flagged))\n"
                "t OK Success\n");
  EXPECT_THAT(talk.ask("SELECT \"[Gmail]/All Mail\""), HasSubstr("* 1 EXISTS\n"));
  EXPECT_THAT(talk.ask("FETCH 1 X-GM-LABELS"),
              HasSubstr("(\"\\\\Inbox\" \"\\\\Starred\" \"Zo&AOs-'s work\")"));
  talk.ask("ENABLE UTF8=ACCEPT");
  EXPECT_THAT(talk.ask("FETCH 1 X-GM-LABELS"), HasSubstr("\"Zoë's work\")"));
  EXPECT_THAT(talk.ask("UID SEARCH X-GM-RAW \"is:starred in:inbox\""), StartsWith("* SEARCH 1\n"));
  EXPECT_THAT(talk.ask("UID SEARCH X-GM-LABELS \"Zoë's work\""), StartsWith("* SEARCH 1\n"));
  EXPECT_THAT(talk.ask("UID SEARCH X-GM-MSGID " + gmail), StartsWith("* SEARCH 1\n"));
}

TEST_F(Imap, SectionsAreCutAsTheyStandInTheMail) {
  const std::string mail =
      "From: a@example.org\nTo: b@example.org\nSubject: Two\n parts\n"
      "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nOne\n--x\n"
      "Content-Type: application/pdf; name=\"a.pdf\"\nContent-Transfer-Encoding: base64\n"
      "Content-Disposition: attachment; filename=\"a.pdf\"\n\nQUJD\n--x--\n";
  Arrival arrival;
  arrival.raw = mail;
  bench.world().mailbox(alex).add(std::move(arrival)).value();
  auto talk = imap_talk(bench);
  talk.ask("EXAMINE INBOX");
  EXPECT_EQ(talk.ask("FETCH 1 BODY.PEEK[HEADER.FIELDS (subject X-None)]"),
            "* 1 FETCH (BODY[HEADER.FIELDS (subject X-None)] {24}\nSubject: Two\n parts\n\n)\n"
            "t OK Success\n");
  EXPECT_THAT(talk.ask("FETCH 1 BODY.PEEK[1]"), HasSubstr("BODY[1] {3}\nOne)"));
  EXPECT_THAT(talk.ask("FETCH 1 BODY.PEEK[2]<1.2>"), HasSubstr("BODY[2]<1> {2}\nUJ)"));
  EXPECT_THAT(talk.ask("FETCH 1 BODY.PEEK[2.MIME]"), HasSubstr("filename=\"a.pdf\"\n\n)"));
  EXPECT_THAT(talk.ask("FETCH 1 BODY.PEEK[3]"), HasSubstr("BODY[3] NIL"));
  EXPECT_THAT(talk.ask("FETCH 1 BODYSTRUCTURE"),
              HasSubstr("((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"us-ascii\") NIL NIL \"7BIT\" 3 0 NIL "
                        "NIL NIL NIL)(\"APPLICATION\" \"PDF\" (\"NAME\" \"a.pdf\") NIL NIL "
                        "\"BASE64\" 4 NIL (\"ATTACHMENT\" (\"FILENAME\" \"a.pdf\")) NIL NIL) "
                        "\"MIXED\" (\"BOUNDARY\" \"x\") NIL NIL NIL)"));
  // Every line now has a CR, which counts for the size.
  const auto lines = std::count(mail.begin(), mail.end(), '\n');
  const auto size = std::to_string(mail.size() + static_cast<std::size_t>(lines));
  EXPECT_THAT(talk.ask("FETCH 1 RFC822.SIZE"), HasSubstr("RFC822.SIZE " + size));
  EXPECT_THAT(talk.ask("FETCH 1 BODY.PEEK[]"), HasSubstr("BODY[] {" + size + "}"));
}

TEST_F(Imap, ReadingWithoutPeekMarksRead) {
  deliver("News");
  auto talk = imap_talk(bench);
  talk.ask("SELECT INBOX");
  EXPECT_THAT(talk.ask("FETCH 1 BODY.PEEK[TEXT]"), Not(HasSubstr("FLAGS")));
  EXPECT_THAT(talk.ask("FETCH 1 BODY[TEXT]"), HasSubstr("FLAGS (\\Seen)"));
  EXPECT_THAT(talk.ask("SEARCH UNSEEN"), StartsWith("* SEARCH\n"));
}

TEST_F(Imap, IdleHearsAtOnceOfWhatRestDoes) {
  deliver("One");
  auto talk = imap_talk(bench);
  talk.ask("SELECT INBOX");
  talk.send("i IDLE\r\n");
  EXPECT_EQ(talk.line(), "+ idling");
  const auto second = deliver("Two");
  EXPECT_EQ(talk.line(), "* 2 EXISTS");
  bench.sign_in();
  bench.api("POST messages/" + second + "/modify", R"({"removeLabelIds":["UNREAD"]})");
  EXPECT_EQ(talk.line(), "* 2 FETCH (FLAGS (\\Seen))");
  bench.api("POST messages/" + second + "/trash");
  EXPECT_EQ(talk.line(), "* 2 EXPUNGE");
  talk.send("DONE\r\n");
  EXPECT_THAT(talk.line(), StartsWith("i OK"));
}

TEST_F(Imap, MoveSwapsLabelsCopyAddsOneAndTrashTakesTheMessageFromEverywhere) {
  const auto work = label("Work");
  const auto id = deliver("Plan");
  auto& mailbox = bench.world().mailbox(alex);
  auto talk = imap_talk(bench);
  talk.ask("SELECT INBOX");
  EXPECT_THAT(talk.ask("UID COPY 1 Work"), HasSubstr("t OK [COPYUID 2 1 1]"));
  EXPECT_TRUE(mailbox.find(id)->has_label("INBOX"));
  EXPECT_TRUE(mailbox.find(id)->has_label(work));
  EXPECT_EQ(talk.ask("UID MOVE 1 [Gmail]/Starred"),
            "* OK [COPYUID 3 1 1] (Success)\n* 1 EXPUNGE\nt OK (Success)\n");
  EXPECT_FALSE(mailbox.find(id)->has_label("INBOX"));
  talk.ask("SELECT \"[Gmail]/All Mail\"");
  EXPECT_THAT(talk.ask("UID MOVE 1 [Gmail]/Trash"), HasSubstr("* 1 EXPUNGE"));
  EXPECT_TRUE(mailbox.find(id)->has_label("TRASH"));
  EXPECT_THAT(talk.ask("STATUS Work (MESSAGES UIDNEXT)"), HasSubstr("(MESSAGES 0 UIDNEXT 2)"));
  EXPECT_THAT(talk.ask("STATUS [Gmail]/Trash (MESSAGES)"), HasSubstr("(MESSAGES 1)"));
}

TEST_F(Imap, ADeletedFlagTakesTheLabelAtOnceOrAtExpunge) {
  const auto first = deliver("One");
  const auto second = deliver("Two");
  auto& mailbox = bench.world().mailbox(alex);
  auto talk = imap_talk(bench);
  talk.ask("SELECT INBOX");
  EXPECT_EQ(talk.ask("UID STORE 1 +FLAGS (\\Deleted)"), "* 1 EXPUNGE\nt OK Success\n");
  EXPECT_FALSE(mailbox.find(first)->has_label("INBOX"));
  bench.sandbox().faults().switches().mail.auto_expunge = false;
  EXPECT_THAT(talk.ask("UID STORE 2 +FLAGS (\\Deleted)"), HasSubstr("\\Deleted"));
  EXPECT_TRUE(mailbox.find(second)->has_label("INBOX"));
  EXPECT_EQ(talk.ask("UID EXPUNGE 2"), "* 1 EXPUNGE\nt OK Success\n");
  EXPECT_FALSE(mailbox.find(second)->has_label("INBOX"));
  EXPECT_NE(mailbox.find(second), nullptr) << "archived, not lost";
}

TEST_F(Imap, LabelsAreStoredByNameAndTheOpenFoldersOwnStays) {
  const auto id = deliver("Plan");
  auto& mailbox = bench.world().mailbox(alex);
  auto talk = imap_talk(bench);
  talk.ask("SELECT INBOX");
  EXPECT_THAT(talk.ask("UID STORE 1 +X-GM-LABELS (\"New one\" \\Important)"),
              HasSubstr("X-GM-LABELS (\"New one\" \"\\\\Important\")"));
  EXPECT_EQ(talk.ask("UID STORE 1 -X-GM-LABELS.SILENT (\\Inbox \\Important)"), "t OK Success\n");
  EXPECT_TRUE(mailbox.find(id)->has_label("INBOX"));
  EXPECT_FALSE(mailbox.find(id)->has_label("IMPORTANT"));
  talk.ask("SELECT \"[Gmail]/All Mail\"");
  EXPECT_THAT(talk.ask("UID STORE 1 -X-GM-LABELS (\\Inbox)"), HasSubstr("(\"New one\")"));
  EXPECT_FALSE(mailbox.find(id)->has_label("INBOX"));
}

TEST_F(Imap, ModseqsTellWhatChangedSince) {
  deliver("One");
  deliver("Two");
  auto talk = imap_talk(bench);
  const auto opened = talk.ask("SELECT INBOX (CONDSTORE)");
  const auto at = opened.find("HIGHESTMODSEQ ");
  ASSERT_NE(at, std::string::npos);
  const auto modseq = std::to_string(std::stoull(opened.substr(at + 14)));
  EXPECT_EQ(talk.ask("UID FETCH 1:* (FLAGS) (CHANGEDSINCE " + modseq + ")"), "t OK Success\n");
  talk.ask("UID STORE 2 +FLAGS.SILENT (\\Answered)");
  const auto changed = talk.ask("UID FETCH 1:* (FLAGS) (CHANGEDSINCE " + modseq + ")");
  EXPECT_THAT(changed, StartsWith("* 2 FETCH (UID 2 MODSEQ ("));
  EXPECT_THAT(changed, HasSubstr("FLAGS (\\Answered)"));
  EXPECT_THAT(talk.ask("UID STORE 1:2 (UNCHANGEDSINCE " + modseq + ") +FLAGS (\\Seen)"),
              HasSubstr("t OK [MODIFIED 2]"));
  EXPECT_THAT(talk.ask("UID SEARCH RETURN (ALL COUNT) ALL"),
              StartsWith("* ESEARCH (TAG \"t\") UID COUNT 2 ALL 1:2\n"));
}

TEST_F(Imap, AnAppendedDraftIsADraftOfRest) {
  auto talk = imap_talk(bench);
  const auto mail = letter(alex, priya, "Draft", "Soon.");
  talk.send("a APPEND [Gmail]/Drafts (\\Draft \\Seen) {" + std::to_string(mail.size()) + "}\r\n");
  EXPECT_THAT(talk.line(), StartsWith("+ "));
  talk.send(mail + "\r\n");
  EXPECT_THAT(talk.line(), StartsWith("a OK [APPENDUID 1 1]"));
  EXPECT_EQ(bench.world().mailbox(alex).drafts().size(), 1U);
}

TEST_F(Imap, CompressedItSaysTheSame) {
  deliver("Squeezed");
  auto talk = imap_talk(bench);
  EXPECT_EQ(talk.ask("COMPRESS DEFLATE"), "t OK Success\n");
  talk.wire().start_compression();
  EXPECT_THAT(talk.ask("SELECT INBOX"), HasSubstr("* 1 EXISTS\n"));
  EXPECT_THAT(talk.ask("FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]"),
              HasSubstr("Subject: Squeezed"));
}

TEST_F(Imap, TheSixteenthConnectionIsOneTooMany) {
  std::vector<std::unique_ptr<Talk>> open;
  for (int i = 0; i < 15; ++i) open.push_back(std::make_unique<Talk>(imap_talk(bench)));
  Talk late{bench, bench.sandbox().imap_port()};
  late.line();
  const auto sign_in = "LOGIN " + std::string{alex} + " " + bench.sandbox().app_password(alex);
  EXPECT_EQ(late.ask(sign_in), "t NO [ALERT] Too many simultaneous connections. (Failure)\n");
  open.front()->ask("LOGOUT");
  EXPECT_TRUE(open.front()->is_over());
  EXPECT_THAT(late.ask(sign_in), HasSubstr("t OK "));
  EXPECT_EQ(bench.sandbox().counters().max_imap_open.at(std::string{alex}), 15);
}

TEST_F(Imap, FaultsStrikeWhereTheyAreTold) {
  deliver("Plan");
  const auto rule = [&](std::string_view json) {
    const auto body = "{\"rules\":[" + std::string{json} + "]}";
    ASSERT_EQ(bench.request("POST /sandbox/faults", body).status, 200);
  };
  auto talk = imap_talk(bench);
  talk.ask("SELECT INBOX");
  rule(R"({"match":"imap.NOOP","times":1,"then":{"reason":"bandwidth"}})");
  EXPECT_EQ(talk.ask("NOOP"),
            "t NO [ALERT] Account exceeded command or bandwidth limits. (Failure)\n");
  EXPECT_EQ(talk.ask("NOOP"), "t OK Success\n");

  rule(R"({"match":"imap.FETCH","times":1,"then":{"cut":"mid_body"}})");
  talk.send("f FETCH 1 BODY.PEEK[TEXT]\r\n");
  EXPECT_EQ(talk.line(), "* 1 FETCH (BODY[TEXT] {14}");
  EXPECT_TRUE(talk.is_over()) << "in the middle of the literal";

  auto again = imap_talk(bench);
  rule(R"({"match":"imap.UID STORE","times":1,"then":{"cut":"after_effect"}})");
  again.ask("SELECT INBOX");
  again.send("s UID STORE 1 +FLAGS (\\Seen)\r\n");
  EXPECT_THAT(again.line(), StartsWith("* 1 FETCH"));
  EXPECT_TRUE(again.is_over()) << "before the tagged answer";

  rule(R"({"match":"imap.greeting","times":1,"then":{"cut":"after_effect"}})");
  Talk greeted{bench, bench.sandbox().imap_port()};
  EXPECT_THAT(greeted.line(), StartsWith("* OK"));
  EXPECT_TRUE(greeted.is_over());
}

TEST_F(Imap, AFaultMayStrikeOneFolderAlone) {
  label("Receipts");
  for (const auto* match : {"imap.EXAMINE", "imap.STATUS", "imap.UID SEARCH"}) {
    FaultRule rule;
    rule.match = match;
    rule.folder = "Receipts";
    rule.then.reply = "NO Struck";
    bench.sandbox().faults().add(std::move(rule));
  }
  auto talk = imap_talk(bench);
  EXPECT_THAT(talk.ask("STATUS INBOX (UIDNEXT)"), HasSubstr("t OK"));
  EXPECT_EQ(talk.ask("STATUS Receipts (UIDNEXT)"), "t NO Struck\n");
  EXPECT_THAT(talk.ask("LIST \"\" \"*\""), HasSubstr("t OK"));
  EXPECT_EQ(talk.ask("LIST \"\" \"*\" RETURN (STATUS (UIDNEXT))"), "t NO Struck\n");
  EXPECT_EQ(talk.ask("EXAMINE Receipts"), "t NO Struck\n");
  EXPECT_THAT(talk.ask("SELECT INBOX"), HasSubstr("t OK"));
  EXPECT_THAT(talk.ask("UID SEARCH ALL"), HasSubstr("t OK"));
  EXPECT_THAT(talk.ask("SELECT Receipts"), HasSubstr("t OK"));
  EXPECT_EQ(talk.ask("UID SEARCH ALL"), "t NO Struck\n");
}

TEST_F(Imap, AHeldCommandStandsStillAndGoesOnWithoutItsClient) {
  deliver("Plan");
  const auto is_seen = [&] {
    return !bench.world().mailbox(alex).newest_first().front()->has_label("UNREAD");
  };
  const auto post = [&](const std::string& body) {
    ASSERT_EQ(bench.request("POST /sandbox/faults", body).status, 200);
  };
  auto talk = imap_talk(bench);
  talk.ask("SELECT INBOX");
  post(R"({"rules":[{"match":"imap.UID FETCH","skip":1,"times":1,"then":{"hold":"before"}}]})");
  EXPECT_THAT(talk.ask("UID FETCH 1 FLAGS"), HasSubstr("t OK")) << "the first goes by";
  talk.send("f UID FETCH 1 BODY[TEXT]\r\n");
  bench.await_held("imap.UID FETCH");
  EXPECT_FALSE(is_seen());
  // Released and held again at the next command: the new rules apply first.
  post(R"({"rules":[{"match":"imap.*","times":1,"then":{"hold":"after"}}],"let_go":true})");
  EXPECT_THAT(talk.until("f "), HasSubstr("f OK"));
  EXPECT_TRUE(is_seen());
  talk.send("s UID STORE 1 -FLAGS (\\Seen)\r\n");
  EXPECT_THAT(talk.line(), StartsWith("* 1 FETCH")) << "all but the tagged answer";
  bench.await_held("imap.UID STORE");
  EXPECT_FALSE(is_seen());
  bench.request("DELETE /sandbox/faults");
  EXPECT_THAT(talk.line(), StartsWith("s OK"));

  post(R"({"rules":[{"match":"imap.UID STORE","times":1,"then":{"hold":"before"}}]})");
  talk.send("s UID STORE 1 +FLAGS (\\Seen)\r\n");
  bench.await_held("imap.UID STORE");
  talk.wire().close();
  post(R"({"let_go":true})");
  auto next = imap_talk(bench);
  EXPECT_TRUE(is_seen());
}

TEST_F(Imap, ANewUidValidityEndsTheSessionAndVoidsTheUids) {
  deliver("Plan");
  auto talk = imap_talk(bench);
  EXPECT_THAT(talk.ask("SELECT INBOX"), HasSubstr("[UIDVALIDITY 1]"));
  talk.send("i IDLE\r\n");
  talk.line();
  bench.sandbox().faults().change_uid_validity(alex);
  EXPECT_THAT(talk.line(), StartsWith("* BYE"));
  EXPECT_TRUE(talk.is_over());
  auto next = imap_talk(bench);
  EXPECT_THAT(next.ask("SELECT INBOX"), HasSubstr("[UIDVALIDITY 2]"));
}

TEST_F(Imap, WithoutGmailsExtensionsItIsAnyServer) {
  deliver("Plan");
  bench.sandbox().faults().switches().mail.without_gmail_extensions = true;
  auto talk = imap_talk(bench);
  EXPECT_THAT(talk.ask("CAPABILITY"), Not(HasSubstr("X-GM-EXT-1")));
  talk.ask("SELECT INBOX");
  EXPECT_THAT(talk.ask("FETCH 1 X-GM-MSGID"), StartsWith("t BAD"));
  EXPECT_THAT(talk.ask("SEARCH X-GM-RAW \"x\""), StartsWith("t BAD"));
}

TEST_F(Imap, TenThousandMessagesAreServedWhole) {
  constexpr int many = 10'000;
  auto& mailbox = bench.world().mailbox(alex);
  for (int i = 0; i < many; ++i) {
    Arrival arrival;
    arrival.raw = "Subject: " + std::to_string(i) + "\r\n\r\n" + std::string(2000, 'x') + "\r\n";
    mailbox.add(std::move(arrival)).value();
  }
  auto talk = imap_talk(bench);
  talk.ask("SELECT \"[Gmail]/All Mail\"");
  const auto answer = talk.ask("UID FETCH 1:* (X-GM-MSGID BODY.PEEK[])");
  EXPECT_GT(answer.size(), std::size_t{many} * 2000);
  EXPECT_EQ(bench.sandbox().counters().imap_bodies_fetched, std::uint64_t{many});
  EXPECT_THAT(answer, HasSubstr("Subject: 9999\n"));
}

TEST_F(Imap, NonsenseIsAnsweredAndNothingBreaks) {
  auto talk = imap_talk(bench);
  talk.ask("SELECT INBOX");
  for (const auto* text : {"",
                           "FETCH",
                           "FETCH 1",
                           "FETCH x FLAGS",
                           "FETCH 1 (",
                           "FETCH 1 )",
                           "FETCH 1 BODY[",
                           "FETCH 1 BODY[0]",
                           "FETCH 1 BODY[1.",
                           "FETCH 1 BODY.PEEK[HEADER.FIELDS]",
                           "SEARCH",
                           "SEARCH OR ALL",
                           "SEARCH NOT",
                           "SEARCH HEADER x",
                           "SEARCH UID",
                           "STORE 1 +FLAGS",
                           "SELECT",
                           "SELECT nowhere",
                           "SELECT \"",
                           "STATUS INBOX MESSAGES",
                           "STATUS INBOX (X)",
                           "LIST",
                           "COPY 1",
                           "UID",
                           "UID EXPUNGE",
                           "APPEND INBOX",
                           "APPEND INBOX x",
                           "ENABLE",
                           "AUTHENTICATE PLAIN x",
                           "LOGIN",
                           "RENAME INBOX",
                           "FETCH 0 FLAGS",
                           "FETCH 4294967296 FLAGS",
                           "SEARCH SINCE 31-Feb-2026",
                           "((((((((((((((((((((((((((((((((((((((((((",
                           "XYZZY {x}"}) {
    const auto answer = talk.ask(text);
    EXPECT_THAT(answer, HasSubstr("t ")) << text;
  }
  EXPECT_EQ(talk.ask("NOOP"), "t OK Success\n");
}

TEST_F(Imap, BehindStarttlsNobodySignsInBeforeIt) {
  const net::testing::SelfSigned identity;
  auto options = Bench::unseeded();
  options.tls = http::TlsIdentity{identity.certificate_file(), identity.key_file()};
  options.mail_starttls = true;
  Bench encrypted{options};
  Talk talk{encrypted, encrypted.sandbox().imap_port()};
  talk.line();
  EXPECT_THAT(talk.ask("CAPABILITY"), HasSubstr("STARTTLS LOGINDISABLED"));
  EXPECT_THAT(talk.ask("LOGIN a b"), StartsWith("t NO [PRIVACYREQUIRED]"));
  EXPECT_THAT(talk.ask("STARTTLS"), StartsWith("t OK"));
}

}  // namespace
}  // namespace gmail_mcp::sandbox
