#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mail/feed.h"
#include "mail/mailbox.h"

namespace gmail_mcp::mail {

/// Which capability a verb needs; nullptr: all mailboxes have it.
using Need = bool Capabilities::*;

/// Adds nothing to a verb.
struct PassOn {
  template <class T>
  Task<T> operator()(Task<T> work, Need /*need*/ = nullptr) const {
    return work;
  }
};

/// A mailbox that passes every verb on to another one; the task of each awaited verb, before it
/// begins, through `Around`: (Task<T>, Need) → Task<T>. A derived class overrides the verbs it is
/// about. No verb of Mailbox has a default, so a new one that is not passed on here does not
/// compile.
template <class Around>
class MailboxBehind : public Mailbox {
 public:
  /// `inner` is borrowed.
  explicit MailboxBehind(Mailbox& inner, Around around = {})
      : inner_{inner}, around_{std::move(around)} {}
  explicit MailboxBehind(std::unique_ptr<Mailbox> inner, Around around = {})
      : owned_{std::move(inner)}, inner_{*owned_}, around_{std::move(around)} {}
  // Not a copy: the other mailbox is given as a Mailbox.
  MailboxBehind(const MailboxBehind&) = delete;
  MailboxBehind& operator=(const MailboxBehind&) = delete;

  const Capabilities& capabilities() const override { return inner_.capabilities(); }
  const std::string& address() const override { return inner_.address(); }
  Task<model::Profile> profile() override { return around_(inner_.profile()); }
  Task<std::vector<model::Label>> labels() override { return around_(inner_.labels()); }
  Task<std::vector<model::Label>> label_names() override { return around_(inner_.label_names()); }
  Task<model::Label> create_label(LabelWish wish) override {
    return around_(inner_.create_label(std::move(wish)), &Capabilities::changes);
  }
  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override {
    return around_(inner_.update_label(std::move(id), std::move(wish)), &Capabilities::changes);
  }
  Task<model::Label> delete_label(model::LabelId id) override {
    return around_(inner_.delete_label(std::move(id)), &Capabilities::changes);
  }
  Task<std::vector<model::SenderAddress>> sender_addresses() override {
    return around_(inner_.sender_addresses());
  }
  Task<MessagePage> search(Query query) override {
    return around_(inner_.search(std::move(query)));
  }
  Task<IdPage> search_ids(Query query) override {
    return around_(inner_.search_ids(std::move(query)));
  }
  Task<model::Message> message(model::MessageId id, Detail detail) override {
    return around_(inner_.message(std::move(id), detail));
  }
  Task<model::Thread> thread(model::ThreadId id) override {
    return around_(inner_.thread(std::move(id)), &Capabilities::threads);
  }
  Task<model::Attachment> attachment(model::MessageId message, std::string attachment_id) override {
    return around_(inner_.attachment(std::move(message), std::move(attachment_id)));
  }
  Task<std::string> source(model::MessageId id) override {
    return around_(inner_.source(std::move(id)), &Capabilities::sources);
  }
  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override {
    return around_(inner_.modify_labels(std::move(id), std::move(add), std::move(remove)),
                   &Capabilities::changes);
  }
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids, Provenance provenance,
                                        std::vector<std::string> add,
                                        std::vector<std::string> remove) override {
    return around_(
        inner_.modify_many(std::move(ids), provenance, std::move(add), std::move(remove)),
        &Capabilities::changes);
  }
  Task<void> trash(model::MessageId id) override {
    return around_(inner_.trash(std::move(id)), &Capabilities::changes);
  }
  Task<void> untrash(model::MessageId id) override {
    return around_(inner_.untrash(std::move(id)), &Capabilities::changes);
  }
  Task<model::Sent> send(Outgoing mail) override {
    return around_(inner_.send(std::move(mail)), &Capabilities::sending);
  }
  Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id, std::string send_id,
                                             Timestamp since) override {
    return around_(inner_.find_sent(std::move(rfc822_message_id), std::move(send_id), since),
                   &Capabilities::sending);
  }
  Task<DraftRef> create_draft(Outgoing mail) override {
    return around_(inner_.create_draft(std::move(mail)), &Capabilities::drafts);
  }
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override {
    return around_(inner_.update_draft(std::move(id), std::move(mail)), &Capabilities::drafts);
  }
  Task<void> delete_draft(model::DraftId id) override {
    return around_(inner_.delete_draft(std::move(id)), &Capabilities::drafts);
  }
  Task<DraftPage> drafts(int max_results, std::string page_token) override {
    return around_(inner_.drafts(max_results, std::move(page_token)), &Capabilities::drafts);
  }
  Task<DraftRef> draft(model::DraftId id) override {
    return around_(inner_.draft(std::move(id)), &Capabilities::drafts);
  }
  Task<DraftSource> draft_source(model::DraftId id) override {
    return around_(inner_.draft_source(std::move(id)), &Capabilities::drafts);
  }
  Task<model::Sent> send_draft(model::DraftId id) override {
    return around_(inner_.send_draft(std::move(id)), &Capabilities::drafts);
  }
  void forget_answers() override { inner_.forget_answers(); }

 protected:
  Mailbox& inner() { return inner_; }

 private:
  std::unique_ptr<Mailbox> owned_;  // null if `inner` is borrowed
  Mailbox& inner_;
  Around around_;
};

using ForwardingMailbox = MailboxBehind<PassOn>;

/// The same for a feed.
template <class Around>
class FeedBehind : public Feed {
 public:
  /// `inner` is borrowed.
  explicit FeedBehind(Feed& inner, Around around = {})
      : inner_{inner}, around_{std::move(around)} {}
  explicit FeedBehind(std::unique_ptr<Feed> inner, Around around = {})
      : owned_{std::move(inner)}, inner_{*owned_}, around_{std::move(around)} {}
  FeedBehind(const FeedBehind&) = delete;
  FeedBehind& operator=(const FeedBehind&) = delete;

  Task<Step> next(std::string cursor, std::size_t most) override {
    return around_(inner_.next(std::move(cursor), most));
  }
  std::optional<std::string> lacks(const std::vector<model::MessageId>& ids) override {
    return inner_.lacks(ids);
  }
  Task<Anew> read_again(std::vector<model::MessageId> ids) override {
    return around_(inner_.read_again(std::move(ids)));
  }
  bool can_wait() const override { return inner_.can_wait(); }
  Task<void> wait() override { return around_(inner_.wait()); }
  Task<void> rest() override { return around_(inner_.rest()); }

 protected:
  Feed& inner() { return inner_; }

 private:
  std::unique_ptr<Feed> owned_;  // null if `inner` is borrowed
  Feed& inner_;
  Around around_;
};

using ForwardingFeed = FeedBehind<PassOn>;

}  // namespace gmail_mcp::mail
