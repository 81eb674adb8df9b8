#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "mail/mailbox.h"
#include "mail/testing/plain_verbs.h"
#include "mime/part.h"

namespace gmail_mcp::mail {

/// A mailbox in memory, for tests. Mail is kept as bytes and read as every backend reads it.
/// Nothing leaves it; mail to its own address arrives. One loop.
class MemoryMailbox final : public Mailbox {
 public:
  MemoryMailbox(std::string address, Clock& clock);

  /// Mail arrives from outside, now or at another time. Throws Errc::too_large.
  model::MessageId deliver(std::string rfc822,
                           std::vector<std::string> labels = {"INBOX", "UNREAD"},
                           std::optional<Timestamp> at = {});
  model::LabelId add_label(std::string name);
  /// Makes the message vanish, as if another program had deleted it for good.
  void erase(const model::MessageId& id);
  /// From now on reading the message gives this error instead.
  void spoil(const model::MessageId& id, Error instead) { spoilt_.emplace(id, std::move(instead)); }
  /// How many messages were sent since the beginning.
  int sent_count() const { return sent_count_; }

  const Capabilities& capabilities() const override { return capabilities_; }
  const std::string& address() const override { return address_; }

  Task<model::Profile> profile() override;
  Task<std::vector<model::Label>> labels() override;
  Task<std::vector<model::Label>> label_names() override { return labels(); }
  Task<std::vector<model::SenderAddress>> sender_addresses() override;

  Task<model::Label> create_label(LabelWish wish) override;
  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override;
  Task<model::Label> delete_label(model::LabelId id) override;

  Task<MessagePage> search(Query query) override;
  Task<IdPage> search_ids(Query query) override {
    return mail::search_ids(*this, std::move(query));
  }
  Task<model::Message> message(model::MessageId id, Detail detail) override;
  Task<model::Thread> thread(model::ThreadId id) override;
  Task<model::Attachment> attachment(model::MessageId message, std::string attachment_id) override;
  Task<std::string> source(model::MessageId id) override;

  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override;
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids,
                                        Provenance /*provenance*/, std::vector<std::string> add,
                                        std::vector<std::string> remove) override {
    return modify_one_by_one(*this, std::move(ids), std::move(add), std::move(remove));
  }
  Task<void> trash(model::MessageId id) override;
  Task<void> untrash(model::MessageId id) override;

  Task<model::Sent> send(Outgoing mail) override;
  Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id, std::string send_id,
                                             Timestamp since) override;

  Task<DraftRef> create_draft(Outgoing mail) override;
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override;
  Task<void> delete_draft(model::DraftId id) override;
  Task<DraftPage> drafts(int max_results, std::string page_token) override;
  Task<DraftRef> draft(model::DraftId id) override { return draft_in_list(*this, std::move(id)); }
  Task<DraftSource> draft_source(model::DraftId id) override {
    return source_of_draft(*this, std::move(id));
  }
  Task<model::Sent> send_draft(model::DraftId id) override;
  void forget_answers() override {}

 private:
  struct Stored {
    model::Message message;  // whole: with bodies
    mime::Part root;
    std::string rfc822;
  };
  using Drafts = std::map<model::DraftId, model::MessageId>;

  Stored& add(std::string rfc822, std::vector<std::string> labels,
              const std::optional<model::ThreadId>& thread);
  Stored& find(const model::MessageId& id);
  Drafts::iterator find_draft(const model::DraftId& id);
  Stored& send_bytes(std::string rfc822, const std::optional<model::ThreadId>& thread);
  model::ThreadId thread_of(const model::Message& message) const;
  std::vector<const Stored*> newest_first() const;
  bool knows_label(std::string_view id) const;
  model::Label& own_label(const model::LabelId& id);
  void judge_label_name(const std::string& name, const model::LabelId* own) const;

  std::string address_;
  Clock& clock_;
  Capabilities capabilities_;
  std::map<model::MessageId, Stored> messages_;  // by id, which grows: oldest first
  Drafts drafts_;
  std::map<model::MessageId, Error> spoilt_;
  std::vector<model::Label> labels_;
  std::size_t next_label_ = 0;
  std::uint64_t next_id_;
  std::uint64_t changes_ = 1;
  int sent_count_ = 0;
};

}  // namespace gmail_mcp::mail
