#include "mail/forwarding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "base/text.h"
#include "mail/cached_mailbox.h"
#include "mail/conditions.h"
#include "mail/unsupported.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::mail {
namespace {

using VerbsAsked = std::vector<std::string>;

// Notes each verb with its arguments, and answers nothing.
class NotingMailbox final : public Mailbox {
 public:
  explicit NotingMailbox(VerbsAsked& asked, Capabilities claims = {})
      : asked_{asked}, capabilities_{claims} {}

  const Capabilities& capabilities() const override {
    asked_.emplace_back("capabilities");
    return capabilities_;
  }
  const std::string& address() const override {
    asked_.emplace_back("address");
    return address_;
  }
  Task<model::Profile> profile() override { return note<model::Profile>({"profile"}); }
  Task<std::vector<model::Label>> labels() override {
    return note<std::vector<model::Label>>({"labels"});
  }
  Task<std::vector<model::Label>> label_names() override {
    return note<std::vector<model::Label>>({"label_names"});
  }
  Task<model::Label> create_label(LabelWish wish) override {
    return note<model::Label>({"create_label", *wish.name});
  }
  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override {
    return note<model::Label>({"update_label", id.str(), *wish.name});
  }
  Task<model::Label> delete_label(model::LabelId id) override {
    return note<model::Label>({"delete_label", id.str()});
  }
  Task<std::vector<model::SenderAddress>> sender_addresses() override {
    return note<std::vector<model::SenderAddress>>({"sender_addresses"});
  }
  Task<MessagePage> search(Query query) override {
    return note<MessagePage>({"search", query.text});
  }
  Task<IdPage> search_ids(Query query) override { return note<IdPage>({"search_ids", query.text}); }
  Task<model::Message> message(model::MessageId id, Detail detail) override {
    return note<model::Message>({"message", id.str(), detail == Detail::full ? "full" : "part"});
  }
  Task<model::Thread> thread(model::ThreadId id) override {
    return note<model::Thread>({"thread", id.str()});
  }
  Task<model::Attachment> attachment(model::MessageId message, std::string id) override {
    return note<model::Attachment>({"attachment", message.str(), id});
  }
  Task<std::string> source(model::MessageId id) override {
    return note<std::string>({"source", id.str()});
  }
  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override {
    return note<std::vector<std::string>>({"modify_labels", id.str(), add.at(0), remove.at(0)});
  }
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids, Provenance provenance,
                                        std::vector<std::string> add,
                                        std::vector<std::string> remove) override {
    const std::string came = provenance == Provenance::given ? "given" : "listed";
    return note<std::vector<Change>>(
        {"modify_many", ids.at(1).str(), came, add.at(0), remove.at(0)});
  }
  Task<void> trash(model::MessageId id) override { return note_it({"trash", id.str()}); }
  Task<void> untrash(model::MessageId id) override { return note_it({"untrash", id.str()}); }
  Task<model::Sent> send(Outgoing mail) override {
    return note<model::Sent>({"send", mail.rfc822});
  }
  Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id, std::string send_id,
                                             Timestamp /*since*/) override {
    return note<std::optional<model::Sent>>({"find_sent", rfc822_message_id, send_id});
  }
  Task<DraftRef> create_draft(Outgoing mail) override {
    return note<DraftRef>({"create_draft", mail.rfc822});
  }
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override {
    return note<DraftRef>({"update_draft", id.str(), mail.rfc822});
  }
  Task<void> delete_draft(model::DraftId id) override {
    return note_it({"delete_draft", id.str()});
  }
  Task<DraftPage> drafts(int max_results, std::string page_token) override {
    return note<DraftPage>({"drafts", std::to_string(max_results), page_token});
  }
  Task<DraftRef> draft(model::DraftId id) override { return note<DraftRef>({"draft", id.str()}); }
  Task<DraftSource> draft_source(model::DraftId id) override {
    return note<DraftSource>({"draft_source", id.str()});
  }
  Task<model::Sent> send_draft(model::DraftId id) override {
    return note<model::Sent>({"send_draft", id.str()});
  }
  void forget_answers() override { asked_.emplace_back("forget_answers"); }

 private:
  Task<void> note_it(std::vector<std::string> words) {
    asked_.push_back(join(words, " "));
    co_return;
  }
  template <class T>
  Task<T> note(std::vector<std::string> words) {
    co_await note_it(std::move(words));
    co_return T{};
  }

  VerbsAsked& asked_;
  Capabilities capabilities_;
  std::string address_ = "alex@gmail.example";
};

// The same for a feed.
class NotingFeed final : public Feed {
 public:
  explicit NotingFeed(VerbsAsked& asked) : asked_{asked} {}

  Task<Step> next(std::string cursor, std::size_t most) override {
    asked_.push_back("next " + cursor + ' ' + std::to_string(most));
    co_return Step{};
  }
  std::optional<std::string> lacks(const std::vector<model::MessageId>& ids) override {
    asked_.push_back("lacks " + ids.at(0).str());
    return "then";
  }
  Task<Anew> read_again(std::vector<model::MessageId> ids) override {
    asked_.push_back("read_again " + ids.at(0).str());
    co_return Anew{};
  }
  bool can_wait() const override {
    asked_.emplace_back("can_wait");
    return true;
  }
  Task<void> wait() override {
    asked_.emplace_back("wait");
    co_return;
  }
  Task<void> rest() override {
    asked_.emplace_back("rest");
    co_return;
  }

 private:
  VerbsAsked& asked_;
};

template <class T>
Task<void> drop(Task<T> work) {
  co_await std::move(work);
}

struct AskedVerb {
  std::string words;
  std::function<Task<void>(Mailbox&)> ask;
};

// Calls every awaited verb of a mailbox, each with different arguments.
std::vector<AskedVerb> awaited_verbs() {
  const model::MessageId message{"m1"};
  const model::LabelId label{"l1"};
  const model::DraftId draft{"d1"};
  Query query;
  query.text = "from:ann";
  LabelWish wish;
  wish.name = "Work";
  Outgoing mail;
  mail.rfc822 = "bytes";
  const std::vector<model::MessageId> two{model::MessageId{"m1"}, model::MessageId{"m2"}};
  return {
      {"profile", [](auto& box) { return drop(box.profile()); }},
      {"labels", [](auto& box) { return drop(box.labels()); }},
      {"label_names", [](auto& box) { return drop(box.label_names()); }},
      {"create_label Work", [=](auto& box) { return drop(box.create_label(wish)); }},
      {"update_label l1 Work", [=](auto& box) { return drop(box.update_label(label, wish)); }},
      {"delete_label l1", [=](auto& box) { return drop(box.delete_label(label)); }},
      {"sender_addresses", [](auto& box) { return drop(box.sender_addresses()); }},
      {"search from:ann", [=](auto& box) { return drop(box.search(query)); }},
      {"search_ids from:ann", [=](auto& box) { return drop(box.search_ids(query)); }},
      {"message m1 full", [=](auto& box) { return drop(box.message(message, Detail::full)); }},
      {"thread t1", [](auto& box) { return drop(box.thread(model::ThreadId{"t1"})); }},
      {"attachment m1 a1", [=](auto& box) { return drop(box.attachment(message, "a1")); }},
      {"source m1", [=](auto& box) { return drop(box.source(message)); }},
      {"modify_labels m1 A B",
       [=](auto& box) { return drop(box.modify_labels(message, {"A"}, {"B"})); }},
      {"modify_many m2 given A B",
       [=](auto& box) { return drop(box.modify_many(two, Provenance::given, {"A"}, {"B"})); }},
      {"trash m1", [=](auto& box) { return box.trash(message); }},
      {"untrash m1", [=](auto& box) { return box.untrash(message); }},
      {"send bytes", [=](auto& box) { return drop(box.send(mail)); }},
      {"find_sent <1@x> s1",
       [](auto& box) { return drop(box.find_sent("<1@x>", "s1", Timestamp{})); }},
      {"create_draft bytes", [=](auto& box) { return drop(box.create_draft(mail)); }},
      {"update_draft d1 bytes", [=](auto& box) { return drop(box.update_draft(draft, mail)); }},
      {"delete_draft d1", [=](auto& box) { return box.delete_draft(draft); }},
      {"drafts 7 next", [](auto& box) { return drop(box.drafts(7, "next")); }},
      {"draft d1", [=](auto& box) { return drop(box.draft(draft)); }},
      {"draft_source d1", [=](auto& box) { return drop(box.draft_source(draft)); }},
      {"send_draft d1", [=](auto& box) { return drop(box.send_draft(draft)); }},
  };
}

class StandingBefore : public ::testing::Test {
 protected:
  std::unique_ptr<Mailbox> noting() { return std::make_unique<NotingMailbox>(asked_); }
  std::unique_ptr<Feed> noting_feed() { return std::make_unique<NotingFeed>(asked_); }

  // Each class that wraps a mailbox, with its name.
  std::vector<std::pair<std::string, std::unique_ptr<Mailbox>>> all_before_one() {
    std::vector<std::pair<std::string, std::unique_ptr<Mailbox>>> all;
    all.emplace_back("forwarding", std::make_unique<ForwardingMailbox>(noting()));
    all.emplace_back("reporting", report_condition(noting(), id_, conditions_));
    all.emplace_back("remembering", remember_answers(noting(), cache_));
    all.emplace_back("refusing", refuse_unsupported(noting()));
    return all;
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  store::testing::TestStore store_{clock_, *log_};
  Conditions conditions_{store_->connections(), clock_};
  ResponseCache cache_{std::size_t{1} << 20U, clock_};
  model::ConnectionId id_{"c1"};
  VerbsAsked asked_;
};

TEST_F(StandingBefore, every_verb_of_a_mailbox_is_handed_on_with_what_it_was_given) {
  for (const auto& [name, mailbox] : all_before_one()) {
    for (const auto& verb : awaited_verbs()) {
      asked_.clear();
      run_to_end(loop_, verb.ask(*mailbox));
      // Some also call another verb of the inner mailbox: to forget answers, or to ask first.
      std::erase(asked_, "forget_answers");
      std::erase(asked_, "capabilities");
      EXPECT_THAT(asked_, testing::ElementsAre(verb.words)) << name;
    }
    asked_.clear();
    mailbox->capabilities();
    mailbox->address();
    mailbox->forget_answers();
    EXPECT_THAT(asked_, testing::ElementsAre("capabilities", "address", "forget_answers")) << name;
  }
}

TEST_F(StandingBefore, what_a_mailbox_does_not_claim_is_refused_without_asking_it) {
  struct Row {
    bool Capabilities::*what;
    std::vector<std::string> verbs;
  };
  const std::vector<Row> rows{
      {&Capabilities::gmail_search, {}},
      {&Capabilities::labels, {}},
      {&Capabilities::threads, {"thread"}},
      {&Capabilities::sources, {"source"}},
      {&Capabilities::changes,
       {"create_label", "update_label", "delete_label", "modify_labels", "modify_many", "trash",
        "untrash"}},
      {&Capabilities::sending, {"send", "find_sent"}},
      {&Capabilities::drafts,
       {"create_draft", "update_draft", "delete_draft", "drafts", "draft", "draft_source",
        "send_draft"}},
  };
  for (const auto& row : rows) {
    Capabilities claims;
    claims.*row.what = false;
    const auto mailbox = refuse_unsupported(std::make_unique<NotingMailbox>(asked_, claims));
    std::vector<std::string> refused;
    for (const auto& verb : awaited_verbs()) {
      asked_.clear();
      try {
        run_to_end(loop_, verb.ask(*mailbox));
      } catch (const Error& error) {
        EXPECT_EQ(error.code, Errc::unsupported);
        refused.push_back(verb.words.substr(0, verb.words.find(' ')));
        EXPECT_THAT(asked_, testing::ElementsAre("capabilities"));
      }
    }
    EXPECT_EQ(refused, row.verbs);
  }
}

TEST_F(StandingBefore, every_verb_of_a_feed_is_handed_on_with_what_it_was_given) {
  std::vector<std::unique_ptr<Feed>> feeds;
  feeds.push_back(std::make_unique<ForwardingFeed>(noting_feed()));
  feeds.push_back(report_condition(noting_feed(), id_, conditions_));
  const std::vector<model::MessageId> ids{model::MessageId{"m1"}};
  for (const auto& feed : feeds) {
    asked_.clear();
    run_to_end(loop_, feed->next("here", 5));
    EXPECT_EQ(feed->lacks(ids), "then");
    run_to_end(loop_, feed->read_again(ids));
    EXPECT_TRUE(feed->can_wait());
    run_to_end(loop_, feed->wait());
    run_to_end(loop_, feed->rest());
    EXPECT_THAT(asked_, testing::ElementsAre("next here 5", "lacks m1", "read_again m1", "can_wait",
                                             "wait", "rest"));
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
