// What the Gmail REST backend promises beyond the contract: how much it asks of Google, and what it
// makes of Google's bad days. Over HTTP against the simulated Google.
#include "tests/contract/gmail_rest_over_sandbox.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class GmailRestBackend : public MailboxContract {
 protected:
  void deliver_many(int count) {
    for (int i = 0; i < count; ++i) {
      deliver("From: a@elsewhere.example\r\nSubject: Mail " + std::to_string(i) +
              "\r\n\r\nHello.\r\n");
    }
    // Signing in is not what we count.
    wait_for(mailbox().profile());
    sandbox().reset_counters();
  }

  MessagePage search_hundred() {
    Query query;
    query.max_results = 100;
    return wait_for(mailbox().search(query));
  }

  sandbox::Sandbox& sandbox() { return dynamic_cast<GmailRestOverSandbox&>(*world_).sandbox(); }

  // As a 5xx or 429 with the given reason, `times` times.
  void fail(std::string method, int status, std::string reason, int times) {
    sandbox::FaultRule rule;
    rule.match = std::move(method);
    rule.times = times;
    rule.then.status = status;
    rule.then.reason = std::move(reason);
    sandbox().faults().add(rule);
  }

  sandbox::FaultRule cut(std::string method, sandbox::Cut where) {
    sandbox::FaultRule rule;
    rule.match = std::move(method);
    rule.times = 1;
    rule.then.cut = where;
    return rule;
  }
};

INSTANTIATE_TEST_SUITE_P(OverSandbox, GmailRestBackend, ::testing::Values(mail_backends().at(1)),
                         [](const auto& row) { return row.param.name; });

TEST_P(GmailRestBackend, a_hundred_results_are_three_requests) {
  deliver_many(120);
  const auto page = search_hundred();
  EXPECT_THAT(page.messages, SizeIs(100));
  EXPECT_EQ(page.messages.front().subject, "Mail 119");
  const auto counters = sandbox().counters();
  EXPECT_EQ(counters.http_requests, 3U);
  EXPECT_EQ(counters.batches, 2U);
  EXPECT_EQ(counters.batch_parts, 100U);
}

TEST_P(GmailRestBackend, a_hundred_results_come_though_google_serves_but_twenty_at_a_time) {
  deliver_many(120);
  sandbox().faults().switches().max_concurrent = 20;
  const auto page = search_hundred();
  EXPECT_THAT(page.messages, SizeIs(100));
  EXPECT_THAT(page.omitted, IsEmpty());
  EXPECT_LE(sandbox().counters().http_requests, 14U);
  sandbox().reset_counters();
  EXPECT_THAT(search_hundred().messages, SizeIs(100));
  // It has learnt how much is welcome.
  EXPECT_LE(sandbox().counters().batch_parts, 120U);
}

TEST_P(GmailRestBackend, without_batches_and_with_a_crowd_limit_it_still_comes_through) {
  deliver_many(120);
  sandbox().faults().switches().refuse_batch = 403;
  sandbox().faults().switches().max_concurrent = 20;
  const auto page = search_hundred();
  EXPECT_THAT(page.messages, SizeIs(100));
  sandbox().reset_counters();
  search_hundred();
  EXPECT_EQ(sandbox().counters().batches, 0U);
}

TEST_P(GmailRestBackend, an_access_token_that_died_is_replaced_without_anybody_noticing) {
  deliver_many(60);
  sandbox().faults().expire_access_tokens(own_address);
  EXPECT_THAT(search_hundred().messages, SizeIs(60));
  EXPECT_EQ(sandbox().counters().refreshes, 1U);
}

TEST_P(GmailRestBackend, a_withdrawn_consent_asks_the_person_to_reconnect) {
  deliver_many(1);
  sandbox().faults().revoke(own_address);
  EXPECT_EQ(code_of(mailbox().search({})), Errc::reconnect_required);
}

TEST_P(GmailRestBackend, transient_trouble_is_waited_out) {
  deliver_many(60);
  fail("messages.list", 503, "backendError", 2);
  fail("messages.get", 403, "userRateLimitExceeded", 30);
  EXPECT_THAT(search_hundred().messages, SizeIs(60));
}

TEST_P(GmailRestBackend, a_used_up_quota_says_how_long_to_wait) {
  deliver_many(60);
  sandbox().faults().switches().quota_units_per_minute = 100;
  const auto page = search_hundred();
  EXPECT_LT(page.messages.size(), 60U);
  EXPECT_EQ(page.messages.size() + page.omitted.size(), 60U);
  try {
    wait_for(mailbox().message(page.omitted.front().id, Detail::full));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::rate_limited);
    EXPECT_GE(error.retry_after, std::chrono::seconds{1});
    EXPECT_LE(error.retry_after, std::chrono::seconds{60});
  }
}

TEST_P(GmailRestBackend, a_send_whose_answer_is_lost_is_unclear_and_happened_once) {
  deliver_many(0);
  Outgoing mail;
  mail.rfc822 = "From: " + own_address +
                "\r\nTo: priya.nair@gmail.example\r\nSubject: x\r\nMessage-ID: <u1@gmail.example>"
                "\r\n\r\nHi.\r\n";
  sandbox().faults().add(cut("messages.send", sandbox::Cut::after_effect));
  EXPECT_EQ(code_of(mailbox().send(mail)), Errc::outcome_unknown);
  EXPECT_EQ(sandbox().counters().sends, 1U);
  EXPECT_TRUE(wait_for(mailbox().find_sent("<u1@gmail.example>", "", clock_.now())));
}

TEST_P(GmailRestBackend, a_draft_whose_sending_is_unclear_is_found_among_what_was_sent) {
  deliver_many(0);
  Outgoing mail;
  mail.rfc822 = "From: " + own_address +
                "\r\nTo: priya.nair@gmail.example\r\nSubject: x\r\nMessage-ID: <u2@gmail.example>"
                "\r\n\r\nHi.\r\n";
  const auto draft = wait_for(mailbox().create_draft(mail));
  EXPECT_FALSE(wait_for(mailbox().find_sent("<u2@gmail.example>", "", clock_.now())));
  sandbox().faults().add(cut("drafts.send", sandbox::Cut::after_effect));
  EXPECT_EQ(code_of(mailbox().send_draft(draft.id)), Errc::outcome_unknown);
  EXPECT_TRUE(wait_for(mailbox().find_sent("<u2@gmail.example>", "", clock_.now())));
  EXPECT_EQ(code_of(mailbox().send_draft(draft.id)), Errc::not_found);
}

TEST_P(GmailRestBackend, many_listed_messages_are_one_request_and_given_ones_a_batch) {
  deliver_many(120);
  Query query;
  query.max_results = 500;
  const auto ids = wait_for(mailbox().search_ids(query)).ids;
  ASSERT_THAT(ids, SizeIs(120));
  sandbox().reset_counters();
  wait_for(mailbox().modify_many(ids, Provenance::listed, {"STARRED"}, {}));
  EXPECT_EQ(sandbox().counters().http_requests, 1U);
  sandbox().reset_counters();
  wait_for(mailbox().modify_many(ids, Provenance::given, {}, {"STARRED"}));
  EXPECT_LE(sandbox().counters().http_requests, 4U);
  EXPECT_EQ(sandbox().counters().batch_parts, 120U);
}

TEST_P(GmailRestBackend, a_read_whose_answer_is_cut_is_read_again) {
  deliver_many(60);
  sandbox().faults().add(cut("batch", sandbox::Cut::mid_body));
  EXPECT_THAT(search_hundred().messages, SizeIs(60));
}

TEST_P(GmailRestBackend, a_big_mail_goes_up_as_its_bytes) {
  deliver_many(0);
  Outgoing mail;
  mail.rfc822 = "From: " + own_address +
                "\r\nTo: priya.nair@gmail.example\r\nSubject: Big\r\nMIME-Version: 1.0\r\n"
                "Content-Type: application/octet-stream; name=big.bin\r\n"
                "Content-Transfer-Encoding: base64\r\n\r\n";
  for (int i = 0; i < 90'000; ++i) mail.rfc822 += std::string(76, 'A') + "\r\n";
  const auto sent = wait_for(mailbox().send(mail));
  const auto file = wait_for(mailbox().attachment(*sent.message_id, "0"));
  EXPECT_EQ(file.filename, "big.bin");
  EXPECT_EQ(file.content.size(), 90'000U * 57U);
}

}  // namespace
}  // namespace gmail_mcp::mail
