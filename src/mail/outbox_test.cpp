#include "mail/outbox.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "mail/forwarding.h"
#include "mail/testing/memory_mailbox.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::mail {
namespace {

using namespace std::chrono_literals;

// A mailbox whose sending can be held up, lost or refused; everything else is the memory one.
class Moody final : public ForwardingMailbox {
 public:
  enum class Mood { sends, refuses, sends_but_says_nothing, waits, hands_over };

  Moody(MemoryMailbox& inner, const Executor& executor)
      : ForwardingMailbox{inner}, let_go{executor} {}

  Mood mood = Mood::sends;
  Event let_go;
  bool waiting = false;
  bool hides_sent = false;
  int looked = 0;

  Task<model::Sent> send(Outgoing mail) override {
    if (mood == Mood::refuses) throw Error{Errc::unavailable, "Google did not answer."};
    if (mood == Mood::waits || mood == Mood::hands_over) {
      if (mood == Mood::hands_over && mail.handed_over) mail.handed_over();
      waiting = true;
      co_await let_go.wait();
    }
    auto sent = co_await ForwardingMailbox::send(std::move(mail));
    if (mood == Mood::sends_but_says_nothing) {
      throw Error{Errc::outcome_unknown, "The connection broke."};
    }
    co_return sent;
  }
  Task<std::optional<model::Sent>> find_sent(std::string message_id, std::string send_id,
                                             Timestamp since) override {
    ++looked;
    if (hides_sent) co_return std::nullopt;
    co_return co_await ForwardingMailbox::find_sent(std::move(message_id), std::move(send_id),
                                                    since);
  }
};

class Sending : public testing::Test {
 protected:
  void SetUp() override { run(prepare()); }

  void run(Task<void> task) { run_to_end(loop_, std::move(task)); }

  Task<void> prepare() {
    const model::ExternalUserId name{"u"};
    const auto user = co_await store_->users().get_or_create(everybody_, name);
    store::NewCredential credential;
    credential.user_id = user.id;
    credential.gmail_address = "me@example.org";
    credential.google_sub = "1";
    credential.ciphertexts.access_token = "a";
    credential.ciphertexts.refresh_token = "r";
    connection_ = co_await store_->connections().save(everybody_, credential);
    restart();
  }

  // As after a crash: nothing in memory is left, the database is.
  void restart() {
    outbox_.reset();
    outbox_ = std::make_unique<Outbox>(loop_.get_executor(), *store_, pool_, clock_, *log_);
  }

  SendOrder order(std::string key, std::string subject = "Hello") {
    SendOrder made;
    made.connection = connection_;
    made.tool = "gmail_send";
    made.idempotency_key = std::move(key);
    made.fingerprint = "digest of " + subject;
    made.message.to = {"you@example.org"};
    made.message.subject = std::move(subject);
    made.message.body = "Text";
    return made;
  }

  Task<SendOutcome> send(std::string key, std::string subject = "Hello") {
    return outbox_->send(everybody_, order(std::move(key), std::move(subject)), policy_);
  }

  Task<Errc> send_fails(std::string key, std::string subject = "Hello") {
    try {
      co_await send(std::move(key), std::move(subject));
    } catch (const Error& error) {
      co_return error.code;
    }
    ADD_FAILURE() << "the send succeeded";
    co_return Errc::internal;
  }

  Task<void> turn() { co_await boost::asio::post(loop_.get_executor(), use_task); }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  model::Access everybody_ = model::Access::system("test");
  store::testing::TestStore store_{clock_, *log_};
  model::Connection connection_;
  MemoryMailbox inner_{"me@example.org", clock_};
  Moody mailbox_{inner_, loop_.get_executor()};
  Pool pool_{[this](const model::Connection&) {
               return std::make_unique<ForwardingMailbox>(static_cast<Mailbox&>(mailbox_));
             },
             clock_};
  SendPolicy policy_ = [](const model::Connection&, const std::vector<std::string>&) -> Task<void> {
    co_return;
  };
  std::unique_ptr<Outbox> outbox_;
};

TEST_F(Sending, the_same_key_and_arguments_send_once_and_answer_twice) {
  auto test = [&]() -> Task<void> {
    const auto first = co_await send("k");
    const auto second = co_await send("k");
    EXPECT_EQ(first.sent.message_id->str(), second.sent.message_id->str());
    EXPECT_FALSE(first.deduplicated);
    EXPECT_TRUE(second.deduplicated);
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 1);
}

TEST_F(Sending, the_same_key_with_other_arguments_is_a_conflict) {
  auto test = [&]() -> Task<void> {
    co_await send("k");
    EXPECT_EQ(co_await send_fails("k", "Another"), Errc::conflict);
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 1);
}

TEST_F(Sending, a_repeat_while_the_first_is_under_way_waits_for_it) {
  auto test = [&]() -> Task<void> {
    mailbox_.mood = Moody::Mood::waits;
    std::vector<Task<SendOutcome>> both;
    both.push_back(send("k"));
    both.push_back(send("k"));
    TaskGroup release{loop_.get_executor()};
    auto let_go = [&]() -> Task<void> {
      while (!mailbox_.waiting) co_await turn();
      for (int i = 0; i < 100; ++i) co_await turn();
      mailbox_.let_go.set();
    };
    release.spawn(let_go());
    const auto results = co_await run_all(std::move(both));
    EXPECT_EQ(results[0].sent.message_id->str(), results[1].sent.message_id->str());
    co_await release.join();
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 1);
}

TEST_F(Sending, nobody_waits_long_for_a_servers_word_and_what_it_says_later_is_recorded) {
  outbox_->set_patience(20ms);
  auto test = [&]() -> Task<void> {
    mailbox_.mood = Moody::Mood::hands_over;
    EXPECT_EQ(co_await send_fails("k"), Errc::outcome_unknown);
    EXPECT_EQ(co_await send_fails("k"), Errc::outcome_unknown) << "still under way";
    mailbox_.let_go.set();
    outbox_->set_patience(60s);
    const auto later = co_await send("k");
    EXPECT_TRUE(later.deduplicated);
    EXPECT_TRUE(later.sent.message_id.has_value());
    // Without the flight, from the row alone.
    co_await outbox_->drain(60s);
    restart();
    const auto last = co_await send("k");
    EXPECT_EQ(last.sent.message_id, later.sent.message_id);
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 1);
  EXPECT_EQ(mailbox_.looked, 0) << "it was recorded, not looked for";
}

TEST_F(Sending, a_message_on_its_way_to_the_server_is_waited_for) {
  outbox_->set_patience(20ms);
  auto test = [&]() -> Task<void> {
    mailbox_.mood = Moody::Mood::waits;
    TaskGroup release{loop_.get_executor()};
    auto let_go = [&]() -> Task<void> {
      SystemClock wall_clock;
      co_await wall_clock.sleep(60ms);
      mailbox_.let_go.set();
    };
    release.spawn(let_go());
    const auto sent = co_await send("k");
    EXPECT_TRUE(sent.sent.message_id.has_value());
    co_await release.join();
  };
  run(test());
}

TEST_F(Sending, a_draft_changed_after_it_was_judged_is_not_sent) {
  std::vector<std::string> judged;
  const auto mail_to = [](const std::string& whom) {
    Outgoing mail;
    mail.rfc822 = "From: me@example.org\r\nTo: " + whom + "\r\nSubject: Draft\r\n\r\nText\r\n";
    return mail;
  };
  auto test = [&]() -> Task<void> {
    auto made = mail_to("you@example.org");
    const auto draft = co_await inner_.create_draft(std::move(made));
    SendPolicy change = [&](const model::Connection&,
                            const std::vector<std::string>& recipients) -> Task<void> {
      judged = recipients;
      auto other = mail_to("mallory@example.org");
      co_await inner_.update_draft(draft.id, std::move(other));
    };
    auto wish = order("k");
    wish.draft = draft.id;
    try {
      co_await outbox_->send(everybody_, wish, std::move(change));
      ADD_FAILURE() << "it was sent";
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::conflict);
    }
    EXPECT_EQ(inner_.sent_count(), 0);
    // Judged again, it is sent under the same key.
    co_await outbox_->send(everybody_, std::move(wish), policy_);
  };
  run(test());
  EXPECT_EQ(judged, std::vector<std::string>{"you@example.org"});
  EXPECT_EQ(inner_.sent_count(), 1);
}

TEST_F(Sending, after_a_crash_a_pending_send_is_looked_for_and_never_repeated) {
  auto test = [&]() -> Task<void> {
    mailbox_.mood = Moody::Mood::sends_but_says_nothing;
    EXPECT_EQ(co_await send_fails("k"), Errc::outcome_unknown);
    restart();
    mailbox_.mood = Moody::Mood::sends;
    const auto repeated = co_await send("k");
    EXPECT_TRUE(repeated.deduplicated);
    EXPECT_TRUE(repeated.sent.message_id.has_value());
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 1);
}

TEST_F(Sending, what_cannot_be_found_stays_unknown_and_is_not_sent_again) {
  auto test = [&]() -> Task<void> {
    mailbox_.mood = Moody::Mood::sends_but_says_nothing;
    EXPECT_EQ(co_await send_fails("k"), Errc::outcome_unknown);
    restart();
    mailbox_.mood = Moody::Mood::sends;
    mailbox_.hides_sent = true;
    EXPECT_EQ(co_await send_fails("k"), Errc::outcome_unknown);
    EXPECT_EQ(co_await send_fails("k"), Errc::outcome_unknown);
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 1);
  EXPECT_EQ(mailbox_.looked, 2);
}

TEST_F(Sending, what_certainly_failed_may_be_tried_again_under_its_key) {
  auto test = [&]() -> Task<void> {
    mailbox_.mood = Moody::Mood::refuses;
    EXPECT_EQ(co_await send_fails("k"), Errc::unavailable);
    mailbox_.mood = Moody::Mood::sends;
    const auto sent = co_await send("k");
    EXPECT_FALSE(sent.deduplicated);
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 1);
}

TEST_F(Sending, without_a_key_two_equal_messages_are_two_messages) {
  auto test = [&]() -> Task<void> {
    auto first = co_await send("");
    first.receipt.delivered();
    const auto second = co_await send("");
    EXPECT_NE(first.sent.message_id->str(), second.sent.message_id->str());
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 2);
}

TEST_F(Sending, a_caller_who_hangs_up_does_not_stop_the_send_and_may_repeat_it) {
  auto test = [&]() -> Task<void> {
    mailbox_.mood = Moody::Mood::waits;
    TaskGroup callers{loop_.get_executor()};
    auto call = [&]() -> Task<void> { co_await send(""); };
    callers.spawn(call());
    while (!mailbox_.waiting) co_await turn();
    callers.cancel();
    co_await callers.join();
    // The repeat comes while the first is still under way …
    TaskGroup release{loop_.get_executor()};
    auto let_go = [&]() -> Task<void> {
      while (!mailbox_.waiting) co_await turn();
      for (int i = 0; i < 100; ++i) co_await turn();
      mailbox_.let_go.set();
    };
    release.spawn(let_go());
    const auto repeated = co_await send("");
    EXPECT_TRUE(repeated.deduplicated);
    co_await release.join();
    // … and once more after it has ended.
    const auto again = co_await send("");
    EXPECT_TRUE(again.deduplicated);
    clock_.advance(2min);
    const auto later = co_await send("");
    EXPECT_FALSE(later.deduplicated);
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 2);
}

TEST_F(Sending, an_answer_that_was_lost_makes_the_same_again_a_repeat) {
  auto test = [&]() -> Task<void> {
    {
      const auto lost = co_await send("");
      EXPECT_FALSE(lost.deduplicated);
    }
    // At once, while the store has not heard of it yet, and later.
    const auto at_once = co_await send("");
    EXPECT_TRUE(at_once.deduplicated);
    co_await outbox_->drain(1s);
    restart();
    const auto after_restart = co_await send("");
    EXPECT_TRUE(after_restart.deduplicated);
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 1);
}

TEST_F(Sending, a_receipt_may_outlive_the_outbox) {
  SendOutcome outcome;
  auto test = [&]() -> Task<void> { outcome = co_await send(""); };
  run(test());
  outbox_.reset();
  outcome = {};
  EXPECT_EQ(inner_.sent_count(), 1);
}

TEST_F(Sending, a_caller_who_is_gone_without_being_cancelled_may_repeat_at_once) {
  auto test = [&]() -> Task<void> {
    mailbox_.mood = Moody::Mood::waits;
    bool gone = false;
    TaskGroup callers{loop_.get_executor()};
    auto call = [&]() -> Task<void> {
      auto first = order("");
      first.caller_is_gone = [&gone] { return gone; };
      auto outcome = co_await outbox_->send(everybody_, std::move(first), policy_);
      outcome.receipt.delivered();
    };
    callers.spawn(call());
    while (!mailbox_.waiting) co_await turn();
    gone = true;
    auto let_go = [&]() -> Task<void> {
      for (int i = 0; i < 100; ++i) co_await turn();
      mailbox_.let_go.set();
    };
    callers.spawn(let_go());
    const auto repeated = co_await send("");
    EXPECT_TRUE(repeated.deduplicated);
    co_await callers.join();
    const auto again = co_await send("");
    EXPECT_TRUE(again.deduplicated) << "it was gone when the message had been sent";
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 1);
}

TEST_F(Sending, the_policy_judges_before_anything_goes_out) {
  policy_ = [](const model::Connection&, const std::vector<std::string>& recipients) -> Task<void> {
    EXPECT_EQ(recipients, std::vector<std::string>{"you@example.org"});
    throw Error{Errc::forbidden, "No."};
  };
  auto test = [&]() -> Task<void> { EXPECT_EQ(co_await send_fails("k"), Errc::forbidden); };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 0);
}

// A guard that lets everything go, after something has happened to the draft.
TEST_F(Sending, of_a_draft_that_is_guarded_what_was_judged_is_sent) {
  for (const bool is_changed : {false, true}) {
    const auto mail_to = [](const std::string& whom) {
      Outgoing mail;
      mail.rfc822 = "From: me@example.org\r\nTo: " + whom +
                    "\r\nReply-To: answers@example.org, Me@example.org\r\nSubject: Draft\r\n\r\n"
                    "Text\r\n";
      return mail;
    };
    std::vector<std::string> judged, people;
    std::vector<std::string> to;
    std::size_t drafts = 0;
    auto test = [&]() -> Task<void> {
      auto made = mail_to("you@example.org");
      const auto draft = co_await inner_.create_draft(std::move(made));
      SendPolicy note = [&](const model::Connection&,
                            const std::vector<std::string>& recipients) -> Task<void> {
        judged = recipients;
        co_return;
      };
      auto wish = order(is_changed ? "changed" : "same");
      wish.draft = draft.id;
      wish.guard = [&](AboutToSend about) -> Task<void> {
        people = about.people;
        if (!is_changed) co_return;
        auto other = mail_to("mallory@example.org");
        co_await inner_.update_draft(draft.id, std::move(other));
      };
      const auto outcome = co_await outbox_->send(everybody_, std::move(wish), std::move(note));
      const auto sent = co_await inner_.message(outcome.sent.message_id.value(), Detail::metadata);
      EXPECT_EQ(sent.thread_id, draft.sent.thread_id);
      for (const auto& one : sent.to) to.push_back(one.email);
      const auto left = co_await inner_.drafts(10, "");
      drafts = left.drafts.size();
    };
    run(test());
    EXPECT_EQ(to, std::vector<std::string>{"you@example.org"});
    EXPECT_EQ(judged, (std::vector<std::string>{"you@example.org", "answers@example.org"}));
    EXPECT_EQ(people, judged);
    EXPECT_EQ(drafts, is_changed ? 1U : 0U) << "another message in it is kept";
  }
}

TEST_F(Sending, a_draft_to_more_people_than_a_message_may_have_is_not_sent) {
  auto test = [&]() -> Task<void> {
    Outgoing mail;
    mail.rfc822 = "To: a0@example.org";
    for (int i = 1; i <= 500; ++i) mail.rfc822 += ",\r\n a" + std::to_string(i) + "@example.org";
    mail.rfc822 += "\r\n\r\nHi.\r\n";
    const auto draft = co_await inner_.create_draft(std::move(mail));
    auto wish = order("");
    wish.draft = draft.id;
    Errc code = Errc::internal;
    try {
      co_await outbox_->send(everybody_, std::move(wish), policy_);
    } catch (const Error& error) {
      code = error.code;
    }
    EXPECT_EQ(code, Errc::too_large);
  };
  run(test());
  EXPECT_EQ(inner_.sent_count(), 0);
}

}  // namespace
}  // namespace gmail_mcp::mail
