#include <gtest/gtest.h>

#include "mail/forwarding.h"
#include "mail/outbox.h"
#include "mail/testing/memory_mailbox.h"
#include "store/stored_play_test.h"

namespace gmail_mcp::mail {
namespace {

// A mailbox in memory whose sending takes some turns of the loop, before and after the message is
// out. `sends` counts those that began.
class SlowSender final : public ForwardingMailbox {
 public:
  SlowSender(MemoryMailbox& inner, boost::asio::io_context& loop)
      : ForwardingMailbox{inner}, loop_{loop} {}

  Task<model::Sent> send(Outgoing mail) override {
    for (int i = 0; i < 3; ++i) co_await boost::asio::post(loop_, use_task);
    auto sent = co_await ForwardingMailbox::send(std::move(mail));
    for (int i = 0; i < 3; ++i) co_await boost::asio::post(loop_, use_task);
    co_return sent;
  }

 private:
  boost::asio::io_context& loop_;
};

// One send under a key. A later repeat gets a definite answer, and the message was sent once.
class KeyedSend : public store::StoredPlay {
 public:
  explicit KeyedSend(boost::asio::io_context& on) : store::StoredPlay{on} { restart(); }

  Task<void> act() override { co_await outbox_->send(all_, order(), policy_); }

  void judge() override {
    run(end());
    const auto row = run(store_->sends().find(all_, id_of_the_row()));
    if (row) {
      EXPECT_NE(row->status, store::SendStatus::pending) << "what became of it is recorded";
    }
    run(repeat());
    EXPECT_EQ(inner_.sent_count(), 1);
  }

 protected:
  SendOrder order() {
    SendOrder made;
    made.connection = connection_;
    made.tool = "gmail_send";
    made.idempotency_key = "key";
    made.fingerprint = "digest";
    made.message.to = {"you@example.org"};
    made.message.subject = "Hello";
    made.message.body = "Text";
    return made;
  }
  virtual Task<void> end() {
    co_await side_.join();
    co_await outbox_->drain(std::chrono::seconds{60});
  }
  // As after a restart of the process.
  void restart() {
    outbox_ = std::make_unique<Outbox>(loop.get_executor(), *store_, pool_, clock_, *log_);
  }
  Task<void> repeat() {
    restart();
    const auto outcome = co_await outbox_->send(all_, order(), policy_);
    EXPECT_TRUE(outcome.sent.message_id);
    co_await outbox_->drain(std::chrono::seconds{60});
  }
  std::string id_of_the_row() {
    sql::Statement statement{"SELECT id FROM sends"};
    const auto rows = run(store_.database->read(std::move(statement)));
    return rows.empty() ? std::string{} : std::string{rows[0][0].text()};
  }

  MemoryMailbox inner_{"me@example.org", clock_};
  Pool pool_{
      [this](const model::Connection&) { return std::make_unique<SlowSender>(inner_, loop); },
      clock_};
  SendPolicy policy_ = [](const model::Connection&, const std::vector<std::string>&) -> Task<void> {
    co_return;
  };
  std::unique_ptr<Outbox> outbox_;
};

// The server stops without waiting: a send cut in the middle is recorded as unknown, and the repeat
// looks for it.
class StoppedSend final : public KeyedSend {
 public:
  using KeyedSend::KeyedSend;
  void interfere(boost::asio::cancellation_signal&) override {
    side_.spawn(outbox_->drain(std::chrono::milliseconds{0}));
  }
  void judge() override {
    run(end());
    const auto id = id_of_the_row();
    const auto row = run(store_->sends().find(all_, id));
    if (row) {
      EXPECT_NE(row->status, store::SendStatus::pending);
    }
    restart();
    try {
      run(repeat());
      EXPECT_EQ(inner_.sent_count(), 1);
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::outcome_unknown);
      EXPECT_EQ(inner_.sent_count(), 0);
    }
  }
};

// Two callers with one key; the first leaves.
class SharedSend final : public KeyedSend {
 public:
  using KeyedSend::KeyedSend;
  Task<void> act() override {
    side_.spawn(repeat_of_another());
    return KeyedSend::act();
  }

 private:
  Task<void> repeat_of_another() {
    const auto outcome = co_await outbox_->send(all_, order(), policy_);
    EXPECT_TRUE(outcome.sent.message_id);
  }
};

TEST(OutboxCancelled, at_every_point_of_a_send_its_caller_may_leave) {
  EXPECT_GT(interfere_at_every_point<KeyedSend>("send"), 10U);
}

TEST(OutboxCancelled, at_every_point_of_a_send_the_server_may_stop) {
  EXPECT_GT(interfere_at_every_point<StoppedSend>("send while the server stops"), 10U);
}

TEST(OutboxCancelled, at_every_point_one_of_two_callers_may_leave) {
  EXPECT_GT(interfere_at_every_point<SharedSend>("send of two callers"), 10U);
}

}  // namespace
}  // namespace gmail_mcp::mail
