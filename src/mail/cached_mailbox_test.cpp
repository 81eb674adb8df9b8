#include "mail/cached_mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <map>

#include "mail/forwarding.h"
#include "mail/testing/memory_mailbox.h"

namespace gmail_mcp::mail {
namespace {

using namespace std::chrono_literals;

// Counts what reaches the mailbox; everything is answered by the memory one.
class Asked final : public ForwardingMailbox {
 public:
  using ForwardingMailbox::ForwardingMailbox;

  std::map<std::string, int> times;
  std::function<void()> while_listing_labels = [] {};
  std::optional<Errc> addresses_fail_with;

  Task<model::Profile> profile() override {
    ++times["profile"];
    return ForwardingMailbox::profile();
  }
  Task<std::vector<model::Label>> labels() override {
    ++times["labels"];
    auto labels = co_await ForwardingMailbox::labels();
    while_listing_labels();
    co_return labels;
  }
  Task<std::vector<model::SenderAddress>> sender_addresses() override {
    ++times["sender_addresses"];
    if (addresses_fail_with) throw Error{*addresses_fail_with, "Refused."};
    return ForwardingMailbox::sender_addresses();
  }
  Task<model::Message> message(model::MessageId id, Detail detail) override {
    ++times[detail == Detail::full ? "full" : "minimal"];
    return ForwardingMailbox::message(std::move(id), detail);
  }
  Task<model::Attachment> attachment(model::MessageId message, std::string id) override {
    ++times["attachment"];
    return ForwardingMailbox::attachment(std::move(message), std::move(id));
  }
};

const std::string raw_letter =
    "From: Priya <priya@elsewhere.example>\r\nTo: alex@gmail.example\r\nSubject: Figures\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n"
    "--b\r\nContent-Type: text/csv; name=q.csv\r\nContent-Disposition: attachment; "
    "filename=q.csv\r\n\r\n1,2,3\r\n--b--\r\n";

class CachedMailbox : public ::testing::Test {
 protected:
  CachedMailbox() { open(); }

  void open() {
    auto asked = std::make_unique<Asked>(memory_);
    asked_ = asked.get();
    mailbox_ = remember_answers(std::move(asked), cache_);
  }

  template <class T>
  T wait_for(Task<T> task) {
    std::optional<T> result;
    wait_for(detail::store_result(std::move(task), result));
    return std::move(*result);
  }
  void wait_for(Task<void> task) {
    std::exception_ptr failure;
    boost::asio::co_spawn(loop_, std::move(task),
                          [&](std::exception_ptr thrown) { failure = std::move(thrown); });
    loop_.restart();
    loop_.run();
    if (failure) std::rethrow_exception(failure);
  }

  model::Message read(const model::MessageId& id) {
    return wait_for(mailbox_->message(id, Detail::full));
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  MemoryMailbox memory_{"alex@gmail.example", clock_};
  ResponseCache cache_{std::size_t{1} << 20U, clock_};
  Asked* asked_ = nullptr;
  std::unique_ptr<Mailbox> mailbox_;
};

TEST_F(CachedMailbox, counts_say_when_they_were_taken) {
  const auto then = clock_.now();
  wait_for(mailbox_->labels());
  clock_.advance(std::chrono::minutes{4});
  for (const auto& label : wait_for(mailbox_->labels())) EXPECT_EQ(label.counted_at, then);
}

TEST_F(CachedMailbox, a_label_that_was_made_is_known_at_once_and_one_deleted_no_more) {
  const auto names = [this] { return wait_for(mailbox_->label_names()); };
  const auto before = names().size();
  LabelWish wish;
  wish.name = "Work";
  const auto made = wait_for(mailbox_->create_label(wish));
  EXPECT_EQ(names().size(), before + 1);
  wait_for(mailbox_->delete_label(made.id));
  EXPECT_EQ(names().size(), before);
}

TEST_F(CachedMailbox, asks_for_labels_once_in_five_minutes) {
  wait_for(mailbox_->labels());
  clock_.advance(4min);
  wait_for(mailbox_->labels());
  EXPECT_EQ(asked_->times["labels"], 1);
  clock_.advance(1min);
  wait_for(mailbox_->labels());
  EXPECT_EQ(asked_->times["labels"], 2);
}

TEST_F(CachedMailbox, asks_for_the_profile_once_in_an_hour) {
  wait_for(mailbox_->profile());
  clock_.advance(59min);
  wait_for(mailbox_->profile());
  EXPECT_EQ(asked_->times["profile"], 1);
  clock_.advance(1min);
  wait_for(mailbox_->profile());
  EXPECT_EQ(asked_->times["profile"], 2);
}

TEST_F(CachedMailbox, asks_for_the_addresses_it_may_write_under_once_in_an_hour) {
  wait_for(mailbox_->sender_addresses());
  clock_.advance(59min);
  mailbox_->forget_answers();
  EXPECT_EQ(wait_for(mailbox_->sender_addresses()).front().email, mailbox_->address());
  EXPECT_EQ(asked_->times["sender_addresses"], 1);
  clock_.advance(1min);
  wait_for(mailbox_->sender_addresses());
  EXPECT_EQ(asked_->times["sender_addresses"], 2);
}

TEST_F(CachedMailbox, refused_addresses_are_asked_for_again_after_five_minutes) {
  const auto refused = [this](Errc code) {
    asked_->addresses_fail_with = code;
    try {
      wait_for(mailbox_->sender_addresses());
    } catch (const Error& error) {
      return error.code;
    }
    return Errc::internal;
  };
  EXPECT_EQ(refused(Errc::unavailable), Errc::unavailable);
  EXPECT_EQ(refused(Errc::forbidden), Errc::forbidden);
  EXPECT_EQ(asked_->times["sender_addresses"], 2) << "what may be over is asked for at once";
  clock_.advance(299s);
  EXPECT_EQ(refused(Errc::unavailable), Errc::forbidden);
  EXPECT_EQ(asked_->times["sender_addresses"], 2);
  clock_.advance(1s);
  asked_->addresses_fail_with.reset();
  EXPECT_EQ(wait_for(mailbox_->sender_addresses()).size(), 1U);
  EXPECT_EQ(asked_->times["sender_addresses"], 3);
}

TEST_F(CachedMailbox, counts_are_right_after_a_write_of_ours) {
  const auto id = memory_.deliver(raw_letter);
  const auto unread = [this] {
    for (const auto& label : wait_for(mailbox_->labels())) {
      if (label.id.str() == "INBOX") return label.messages_unread.value_or(-1);
    }
    return std::int64_t{-1};
  };
  EXPECT_EQ(unread(), 1);
  wait_for(mailbox_->modify_labels(id, {}, {"UNREAD"}));
  EXPECT_EQ(unread(), 0);
}

TEST_F(CachedMailbox, totals_are_right_after_a_message_is_sent) {
  const auto before = wait_for(mailbox_->profile()).messages_total;
  Outgoing mail;
  mail.rfc822 = raw_letter;
  mail.envelope_to = {"priya@elsewhere.example"};
  wait_for(mailbox_->send(mail));
  EXPECT_GT(wait_for(mailbox_->profile()).messages_total, before);
}

TEST_F(CachedMailbox, news_from_outside_end_what_was_remembered) {
  wait_for(mailbox_->label_names());
  memory_.add_label("Travel");
  mailbox_->forget_answers();
  const auto labels = wait_for(mailbox_->label_names());
  EXPECT_THAT(labels, ::testing::Contains(::testing::Field(&model::Label::name, "Travel")));
}

// The answer was made before the write and arrives after it.
TEST_F(CachedMailbox, an_answer_that_a_write_overtook_is_not_remembered) {
  const auto id = memory_.deliver(raw_letter);
  asked_->while_listing_labels = [this] { mailbox_->forget_answers(); };
  wait_for(mailbox_->labels());
  asked_->while_listing_labels = [] {};
  wait_for(mailbox_->labels());
  EXPECT_EQ(asked_->times["labels"], 2);
}

TEST_F(CachedMailbox, what_a_message_says_is_fetched_once_and_its_labels_each_time) {
  const auto id = memory_.deliver(raw_letter);
  EXPECT_THAT(read(id).body_plain, ::testing::HasSubstr("Here they are."));
  wait_for(memory_.modify_labels(id, {"STARRED"}, {}));
  const auto again = read(id);
  EXPECT_EQ(again.subject, "Figures");
  EXPECT_THAT(again.body_plain, ::testing::HasSubstr("Here they are."));
  EXPECT_THAT(again.labels, ::testing::Contains("STARRED"));
  EXPECT_EQ(asked_->times["full"], 1);
}

TEST_F(CachedMailbox, a_message_that_is_gone_is_not_found) {
  const auto id = memory_.deliver(raw_letter);
  read(id);
  memory_.erase(id);
  try {
    read(id);
    FAIL() << "it was found";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::not_found);
  }
  EXPECT_EQ(cache_.bytes(), 0U);
}

TEST_F(CachedMailbox, a_file_is_fetched_once) {
  const auto id = memory_.deliver(raw_letter);
  const auto file = read(id).attachments.at(0).id;
  const auto first = wait_for(mailbox_->attachment(id, file));
  const auto second = wait_for(mailbox_->attachment(id, file));
  EXPECT_EQ(second.content, first.content);
  EXPECT_EQ(second.filename, "q.csv");
  EXPECT_EQ(asked_->times["attachment"], 1);
}

TEST_F(CachedMailbox, a_mailbox_never_answers_with_what_another_one_said) {
  const auto id = memory_.deliver(raw_letter);
  read(id);
  auto counting = std::make_unique<Asked>(memory_);
  auto* const second = counting.get();
  const auto other = remember_answers(std::move(counting), cache_);
  wait_for(other->message(id, Detail::full));
  EXPECT_EQ(second->times["full"], 1);
}

TEST_F(CachedMailbox, nothing_is_kept_of_a_mailbox_that_is_closed) {
  const auto id = memory_.deliver(raw_letter);
  read(id);
  wait_for(mailbox_->labels());
  EXPECT_GT(cache_.bytes(), 0U);
  mailbox_.reset();
  EXPECT_EQ(cache_.bytes(), 0U);
}

TEST_F(CachedMailbox, what_was_unused_longest_makes_room) {
  std::string big = raw_letter;
  big.insert(big.find("Here they are."), std::string(100'000, 'x'));
  std::vector<model::MessageId> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(memory_.deliver(big));
  for (const auto& id : ids) read(id);
  EXPECT_LE(cache_.bytes(), std::size_t{1} << 20U);
  EXPECT_EQ(asked_->times["full"], 12);
  read(ids.back());
  EXPECT_EQ(asked_->times["full"], 12);
  read(ids.front());
  EXPECT_EQ(asked_->times["full"], 13);
}

TEST_F(CachedMailbox, without_room_nothing_is_remembered) {
  ResponseCache none{0, clock_};
  auto counting = std::make_unique<Asked>(memory_);
  auto* const asked = counting.get();
  const auto mailbox = remember_answers(std::move(counting), none);
  wait_for(mailbox->labels());
  wait_for(mailbox->labels());
  EXPECT_EQ(asked->times["labels"], 2);
  EXPECT_EQ(none.bytes(), 0U);
}

TEST(ResponseCache, counts_hits_and_misses_for_metrics) {
  ManualClock clock;
  Meter meter;
  ResponseCache cache{std::size_t{1} << 20U, clock, &meter};
  const auto shelf = cache.shelf();
  EXPECT_FALSE(shelf->find<model::Profile>(Remembered::profile));
  shelf->keep(Remembered::profile, {}, model::Profile{.email_address = "a@b.example"}, 1min);
  EXPECT_EQ(shelf->find<model::Profile>(Remembered::profile)->email_address, "a@b.example");
  const auto text = meter.text();
  const std::string name = "gmail_mcp_response_cache_total{kind=\"profile\",result=";
  EXPECT_THAT(text, ::testing::HasSubstr(name + "\"hit\"} 1"));
  EXPECT_THAT(text, ::testing::HasSubstr(name + "\"miss\"} 1"));
}

}  // namespace
}  // namespace gmail_mcp::mail
