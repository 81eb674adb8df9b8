// What the IMAP and SMTP backend promises beyond the contract: what it makes of Gmail's folders, of
// other servers, and of bad days. Over both protocols against the simulated Google.
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
using ::testing::UnorderedElementsAre;

const MailBackend over_sandbox{
    .name = "imap_smtp",
    .open = [](boost::asio::io_context& loop, Clock& clock) -> std::unique_ptr<OpenMailbox> {
      return std::make_unique<ImapSmtpOverSandbox>(loop, clock);
    }};

class ImapSmtpBackend : public MailboxContract {
 protected:
  ImapSmtpOverSandbox& world() { return dynamic_cast<ImapSmtpOverSandbox&>(*world_); }
  sandbox::Sandbox& sandbox() { return world().sandbox(); }
  sandbox::MailSwitches& mood() { return sandbox().faults().switches().mail; }

  void fault(std::string match, sandbox::Fault then) {
    sandbox::FaultRule rule;
    rule.match = std::move(match);
    rule.times = 1;
    rule.then = std::move(then);
    sandbox().faults().add(std::move(rule));
  }
  static sandbox::Fault cut(sandbox::Cut where) {
    sandbox::Fault fault;
    fault.cut = where;
    return fault;
  }
  static sandbox::Fault reply(std::string text) {
    sandbox::Fault fault;
    fault.reply = std::move(text);
    return fault;
  }

  static Outgoing mail(std::string_view more = {}) {
    Outgoing mail;
    mail.rfc822 = "From: " + own_address + "\r\nTo: priya.nair@gmail.example\r\n" +
                  std::string{more} +
                  "Subject: Hello\r\nMessage-ID: <m1@gmail.example>\r\n\r\nHi.\r\n";
    mail.envelope_from = own_address;
    mail.envelope_to = {"priya.nair@gmail.example", "tom.becker@gmail.example"};
    return mail;
  }
};

INSTANTIATE_TEST_SUITE_P(OverSandbox, ImapSmtpBackend, ::testing::Values(over_sandbox),
                         [](const auto& row) { return row.param.name; });

TEST_P(ImapSmtpBackend, ids_are_those_of_the_rest_api) {
  const auto id = deliver(letter("One"));
  const auto page = wait_for(mailbox().search({}));
  ASSERT_THAT(page.messages, SizeIs(1));
  EXPECT_EQ(page.messages[0].id, id);
  EXPECT_EQ(page.messages[0].thread_id.str(), id.str());
}

TEST_P(ImapSmtpBackend, a_list_has_snippets_and_says_how_many_there_are) {
  for (int i = 0; i < 5; ++i) deliver(letter("Mail " + std::to_string(i), "Words of it."));
  Query query;
  query.max_results = 2;
  const auto page = wait_for(mailbox().search(query));
  EXPECT_EQ(page.total_estimate, 5);
  EXPECT_EQ(page.messages.at(0).snippet, "Words of it.");
}

TEST_P(ImapSmtpBackend, new_mail_does_not_move_the_pages_of_a_list) {
  for (int i = 0; i < 4; ++i) deliver(letter("Mail " + std::to_string(i)));
  Query query;
  query.max_results = 2;
  query.page_token = wait_for(mailbox().search(query)).next_page_token;
  deliver(letter("Newer"));
  const auto page = wait_for(mailbox().search(query));
  ASSERT_THAT(page.messages, SizeIs(2));
  EXPECT_EQ(page.messages[0].subject, "Mail 1");
  EXPECT_EQ(page.next_page_token, "");
}

TEST_P(ImapSmtpBackend, a_page_token_of_folders_that_were_renumbered_is_refused) {
  for (int i = 0; i < 3; ++i) deliver(letter("Mail"));
  Query query;
  query.max_results = 1;
  query.page_token = wait_for(mailbox().search(query)).next_page_token;
  sandbox().faults().change_uid_validity(own_address);
  EXPECT_EQ(code_of(mailbox().search(query)), Errc::invalid_argument);
}

TEST_P(ImapSmtpBackend, anywhere_is_all_mail_spam_and_trash_by_date) {
  deliver(letter("Oldest"), {"TRASH"});
  deliver(letter("Second"), {"INBOX"});
  deliver(letter("Third"), {"SPAM"});
  deliver(letter("Newest"), {"INBOX"});
  EXPECT_THAT(found(""), ElementsAre("Newest", "Second"));
  EXPECT_THAT(found("in:spam"), ElementsAre("Third"));
  std::vector<std::string> seen;
  Query query;
  query.text = "in:anywhere";
  query.max_results = 3;
  do {
    auto page = wait_for(mailbox().search(query));
    EXPECT_EQ(page.total_estimate, 4);
    for (auto& message : page.messages) seen.push_back(std::move(message.subject));
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());
  EXPECT_THAT(seen, ElementsAre("Newest", "Third", "Second", "Oldest"));
}

TEST_P(ImapSmtpBackend, folders_are_known_by_their_use_in_any_language) {
  mood().folder_language = "de";
  const auto id = deliver(letter("One"));
  wait_for(mailbox().trash(id));
  EXPECT_THAT(found("in:trash"), ElementsAre("One"));
  wait_for(mailbox().untrash(id));
  EXPECT_THAT(found(""), ElementsAre("One"));
  for (const auto& label : wait_for(mailbox().labels())) {
    EXPECT_THAT(label.id.str(), Not(StartsWith("["))) << "a system folder under its own name";
  }
}

TEST_P(ImapSmtpBackend, without_all_mail_messages_are_found_where_they_are) {
  mood().hide_all_mail = true;
  const auto id = deliver(letter("One"));
  EXPECT_THAT(found(""), ElementsAre("One"));
  EXPECT_EQ(read(id).subject, "One");
  EXPECT_THAT(read(id).labels, UnorderedElementsAre("INBOX", "UNREAD"));
  // Nothing is said to have happened that has not.
  EXPECT_EQ(code_of(mailbox().modify_labels(id, {}, {"INBOX"})), Errc::unsupported);
}

TEST_P(ImapSmtpBackend, many_messages_are_changed_at_once_and_each_is_answered_for) {
  const auto work = world_->add_label("Work");
  std::vector<model::MessageId> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(deliver(letter("Mail")));
  ids.emplace_back("18cfffffffffffff");
  ids.push_back(deliver(letter("In spam"), {"SPAM"}));
  sandbox().reset_counters();
  const auto changes =
      wait_for(mailbox().modify_many(ids, Provenance::given, {work.str()}, {"UNREAD"}));
  ASSERT_THAT(changes, SizeIs(62));
  EXPECT_FALSE(changes[0].failure);
  ASSERT_TRUE(changes[60].failure);
  EXPECT_EQ(changes[60].failure->code, Errc::not_found);
  EXPECT_THAT(read(ids[59]).labels, UnorderedElementsAre("INBOX", "Work"));
  EXPECT_LE(sandbox().counters().requests.at("imap.UID STORE"), 4U);
}

TEST_P(ImapSmtpBackend, nested_labels_and_labels_beyond_ascii_are_labels_like_others) {
  const auto umlaut = world_->add_label("Aufträge/Köln");
  const auto id = deliver(letter("One"));
  EXPECT_THAT(wait_for(mailbox().modify_labels(id, {umlaut.str()}, {})), Contains("Aufträge/Köln"));
  Query query;
  query.label_ids = {umlaut.str()};
  EXPECT_THAT(wait_for(mailbox().search(query)).messages, SizeIs(1));
}

TEST_P(ImapSmtpBackend, only_the_part_that_is_asked_for_is_fetched) {
  std::string big =
      "From: a@elsewhere.example\r\nSubject: Files\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
      "text/plain\r\n\r\nSee.\r\n";
  for (const auto* name : {"one.bin", "two.bin"}) {
    big +=
        "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; "
        "filename=" +
        std::string{name} + "\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    for (int i = 0; i < 20'000; ++i) big += std::string(76, 'A') + "\r\n";
  }
  const auto id = deliver(big + "--b--\r\n");
  const auto message = read(id);
  EXPECT_EQ(message.body_plain, "See.");
  ASSERT_THAT(message.attachments, SizeIs(2));
  EXPECT_EQ(message.attachments[1].size, 20'000 * 57);
  const auto file = wait_for(mailbox().attachment(id, "2"));
  EXPECT_EQ(file.filename, "two.bin");
  EXPECT_EQ(file.content.size(), 20'000U * 57U);
}

TEST_P(ImapSmtpBackend, who_is_in_bcc_gets_it_and_nobody_sees_that) {
  const auto sent =
      wait_for(mailbox().send(mail("Bcc: tom.becker@gmail.example\r\nX-Gmail-MCP-Send: s1\r\n")));
  ASSERT_TRUE(sent.message_id);
  EXPECT_THAT(wait_for(mailbox().source(*sent.message_id)), Not(HasSubstr("tom.becker")));
  EXPECT_EQ(sandbox().counters().smtp_accepted, 1U);
}

TEST_P(ImapSmtpBackend, a_send_whose_confirmation_is_lost_is_unclear_and_happened_once) {
  fault("smtp.body", cut(sandbox::Cut::after_effect));
  EXPECT_EQ(code_of(mailbox().send(mail())), Errc::outcome_unknown);
  EXPECT_EQ(sandbox().counters().smtp_accepted, 1U);
  EXPECT_TRUE(wait_for(mailbox().find_sent("<m1@gmail.example>", "", clock_.now())));
}

TEST_P(ImapSmtpBackend, a_send_that_breaks_before_the_letter_certainly_did_not_happen) {
  fault("smtp.DATA", cut(sandbox::Cut::before_response));
  EXPECT_EQ(code_of(mailbox().send(mail())), Errc::unavailable);
  EXPECT_EQ(sandbox().counters().smtp_accepted, 0U);
}

TEST_P(ImapSmtpBackend, refusals_have_their_codes) {
  fault("smtp.body", reply("550-5.4.5 Daily user sending limit exceeded.\r\n550 5.4.5 x - gsmtp"));
  EXPECT_EQ(code_of(mailbox().send(mail())), Errc::rate_limited);
  fault("smtp.RCPT", reply("550 5.1.1 The email account does not exist."));
  EXPECT_EQ(code_of(mailbox().send(mail())), Errc::invalid_argument);
  EXPECT_EQ(sandbox().counters().smtp_accepted, 0U);
}

TEST_P(ImapSmtpBackend, a_dead_password_asks_the_person_to_reconnect_and_a_busy_server_does_not) {
  deliver(letter("One"));
  fault("smtp.AUTH", reply("454 4.7.0 Too many login attempts, please try again later."));
  EXPECT_EQ(code_of(mailbox().send(mail())), Errc::rate_limited);
  EXPECT_EQ(world().password().refusals, 0);
  sandbox().faults().revoke_app_password(own_address);
  sandbox().faults().drop_imap_connections(own_address);
  EXPECT_EQ(code_of(mailbox().search({})), Errc::reconnect_required);
  EXPECT_EQ(code_of(mailbox().send(mail())), Errc::reconnect_required);
  EXPECT_EQ(world().password().refusals, 2);
}

TEST_P(ImapSmtpBackend, a_connection_that_died_meanwhile_is_replaced_without_anybody_noticing) {
  const auto id = deliver(letter("One"));
  EXPECT_THAT(found(""), ElementsAre("One"));
  sandbox().faults().drop_imap_connections(own_address);
  EXPECT_THAT(found(""), ElementsAre("One"));
  sandbox().faults().drop_imap_connections(own_address);
  wait_for(mailbox().trash(id));
  EXPECT_THAT(found(""), IsEmpty());
}

// By the clock on the wall: one turned by hand would close what rests at once.
TEST(ImapSmtpSessions, a_connection_that_went_silent_is_given_up_for_a_fresh_one) {
  boost::asio::io_context loop;
  SystemClock clock;
  ImapSmtpOverSandbox world{loop, clock};
  const auto id = world.deliver(letter("One"), clock.now(), {"INBOX"});
  const auto silence = [&](const std::string& command) {
    sandbox::FaultRule rule;
    rule.match = command;
    rule.times = 1;
    rule.then.cut = sandbox::Cut::hang;
    world.sandbox().faults().add(std::move(rule));
  };
  const auto use = [&]() -> Task<void> {
    Query all;
    co_await world.mailbox().search(all);
    silence("imap.EXAMINE");
    const auto page = co_await world.mailbox().search(all);
    EXPECT_THAT(page.messages, SizeIs(1));
    EXPECT_EQ(world.sandbox().counters().imap_connections, 2U);
    // What must not be repeated begins with a question, which may.
    silence("imap.NOOP");
    co_await world.mailbox().trash(id);
    EXPECT_EQ(world.sandbox().counters().imap_connections, 3U);
    co_await world.stop();
  };
  run_to_end(loop, use());
}

TEST_P(ImapSmtpBackend, what_imap_cannot_do_for_a_moment_is_tried_again) {
  deliver(letter("One"));
  for (const auto* where : {"imap.greeting", "imap.LIST", "imap.EXAMINE", "imap.UID SEARCH"}) {
    sandbox().faults().drop_imap_connections(own_address);
    fault(where, reply(std::string{where} == "imap.greeting" ? "* BYE Try again later"
                                                             : "NO [UNAVAILABLE] Try again later"));
    EXPECT_THAT(found(""), ElementsAre("One")) << where;
  }
  const auto id = deliver(letter("Two"));
  sandbox().faults().drop_imap_connections(own_address);
  fault("imap.greeting", reply("* BYE Try again later"));
  wait_for(mailbox().trash(id));
  EXPECT_THAT(found(""), ElementsAre("One"));
  // For three seconds, not for ever.
  for (int i = 0; i < 20; ++i) fault("imap.EXAMINE", reply("NO [UNAVAILABLE] Try again later"));
  sandbox().reset_counters();
  EXPECT_EQ(code_of(mailbox().search({})), Errc::unavailable);
  EXPECT_LE(sandbox().counters().requests.at("imap.EXAMINE"), 6U);
}

TEST_P(ImapSmtpBackend, many_calls_at_once_share_few_connections) {
  for (int i = 0; i < 3; ++i) deliver(letter("Mail"));
  std::vector<Task<MessagePage>> searches;
  for (int i = 0; i < 20; ++i) searches.push_back(mailbox().search({}));
  const auto pages = wait_for(run_all(std::move(searches)));
  for (const auto& page : pages) EXPECT_THAT(page.messages, SizeIs(3));
  EXPECT_LE(sandbox().counters().max_imap_open.at(own_address), 2);
}

TEST_P(ImapSmtpBackend, a_message_the_server_does_not_give_is_named_and_the_others_are_found) {
  for (auto* damaged : {&mood().refused_texts, &mood().fatal_texts}) {
    std::vector<std::string> bad;
    for (int i = 0; i < 20; ++i) {
      const auto id = deliver(letter("Letter " + std::to_string(i)));
      if (i == 7 || i == 15) bad.push_back(id.str());
    }
    *damaged = bad;
    for (const bool include_body : {false, true}) {
      Query query;
      query.max_results = 20;
      query.include_body = include_body;
      const auto page = wait_for(mailbox().search(query));
      EXPECT_THAT(page.messages, SizeIs(18));
      ASSERT_THAT(page.omitted, SizeIs(2));
      std::vector<std::string> named{page.omitted[0].id.str(), page.omitted[1].id.str()};
      EXPECT_THAT(named, ::testing::UnorderedElementsAreArray(bad));
      EXPECT_EQ(page.omitted[0].reason, "upstream_error");
    }
    // It is there: nobody is told otherwise.
    for (const auto detail : {Detail::metadata, Detail::full}) {
      EXPECT_EQ(code_of(mailbox().message(model::MessageId{bad[0]}, detail)), Errc::unavailable);
    }
    damaged->clear();
  }
}

TEST_P(ImapSmtpBackend, a_message_the_server_is_silent_at_is_found_out_in_twice_our_patience) {
  constexpr int count = 100;
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    const auto more = "Message-ID: <" + number + "@elsewhere.example>\r\n" +
                      (i > 0 ? "References: <0@elsewhere.example>\r\n" : "");
    ids.push_back(deliver(letter(i > 0 ? "Re: Long" : "Long", "Hello.", more)).str());
  }
  const auto& bad = ids[37];
  mood().silent_texts = {bad};
  Query query;
  query.max_results = count;
  query.include_body = true;
  const auto began = std::chrono::steady_clock::now();
  const auto page = wait_for(mailbox().search(query));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{6});
  EXPECT_THAT(page.messages, SizeIs(count - 1));
  ASSERT_THAT(page.omitted, SizeIs(1));
  EXPECT_EQ(page.omitted[0].id.str(), bad);
  EXPECT_EQ(page.omitted[0].reason, "upstream_error");
  const auto thread = wait_for(mailbox().thread(model::ThreadId{ids[0]}));
  EXPECT_THAT(thread.messages, SizeIs(count - 1));
  ASSERT_THAT(thread.omitted, SizeIs(1));
  EXPECT_EQ(thread.omitted[0].id.str(), bad);
}

TEST_P(ImapSmtpBackend, a_server_that_is_silent_at_many_messages_costs_a_bounded_time) {
  std::vector<std::string> bad;
  for (int i = 0; i < 40; ++i) {
    const auto id = deliver(letter("Letter " + std::to_string(i)));
    if (i < 20) bad.push_back(id.str());
  }
  mood().silent_texts = bad;
  Query query;
  query.max_results = 40;
  const auto began = std::chrono::steady_clock::now();
  const auto page = wait_for(mailbox().search(query));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{12});
  EXPECT_GE(page.messages.size(), 18U);
  EXPECT_EQ(page.messages.size() + page.omitted.size(), 40U);
}

TEST_P(ImapSmtpBackend, a_conversation_names_what_is_not_given_and_what_is_too_much) {
  constexpr int count = 503;
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    const auto more = "Message-ID: <" + number + "@elsewhere.example>\r\n" +
                      (i > 0 ? "References: <0@elsewhere.example>\r\n" : "");
    ids.push_back(deliver(letter(i > 0 ? "Re: Long" : "Long", "Hello.", more)).str());
  }
  mood().fatal_texts = {ids[500]};
  mood().refused_texts = {ids[400]};
  const auto thread = wait_for(mailbox().thread(model::ThreadId{ids[0]}));
  EXPECT_EQ(thread.messages.size(), 498U);
  std::map<std::string, std::string> named;
  for (const auto& one : thread.omitted) named[one.id.str()] = one.reason;
  const std::map<std::string, std::string> expected{{ids[0], "too_many"},
                                                    {ids[1], "too_many"},
                                                    {ids[2], "too_many"},
                                                    {ids[400], "upstream_error"},
                                                    {ids[500], "upstream_error"}};
  EXPECT_EQ(named, expected);
}

// --- a server that is not Gmail

TEST_P(ImapSmtpBackend, elsewhere_folders_flags_and_files_work_and_the_rest_is_declared) {
  mood().without_gmail_extensions = true;
  deliver(letter("One", "apples"));
  Query query;
  query.text = "in:inbox apples is:unread";
  const auto page = wait_for(mailbox().search(query));
  ASSERT_THAT(page.messages, SizeIs(1));
  const auto& id = page.messages[0].id;
  EXPECT_THAT(id.str(), StartsWith("i-"));
  EXPECT_FALSE(mailbox().capabilities().gmail_search);
  EXPECT_FALSE(mailbox().capabilities().threads);
  EXPECT_EQ(read(id).subject, "One");
  EXPECT_THAT(wait_for(mailbox().modify_labels(id, {"STARRED"}, {"UNREAD"})), Contains("STARRED"));
  EXPECT_EQ(code_of(mailbox().thread(model::ThreadId{"18c"})), Errc::unsupported);
  query.text = "has:attachment";
  EXPECT_EQ(code_of(mailbox().search(query)), Errc::unsupported);
  EXPECT_EQ(code_of(mailbox().message(model::MessageId{"18cfffffffffffff"}, Detail::full)),
            Errc::not_found);
  sandbox().faults().change_uid_validity(own_address);
  EXPECT_EQ(code_of(mailbox().message(id, Detail::full)), Errc::not_found);
}

}  // namespace
}  // namespace gmail_mcp::mail
