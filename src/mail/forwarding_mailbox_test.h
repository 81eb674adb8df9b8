#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mail/mailbox.h"

namespace gmail_mcp::mail {

/// A mailbox for tests that passes everything on to another, which outlives it: a test overrides
/// what it is about. What a Mailbox answers by itself (search_ids, modify_many, …) is left so.
class ForwardingMailbox : public Mailbox {
 public:
  explicit ForwardingMailbox(Mailbox& inner) : inner_{inner} {}
  // One that stands before another is no copy of it: the other is given as a Mailbox.
  ForwardingMailbox(const ForwardingMailbox&) = delete;
  ForwardingMailbox& operator=(const ForwardingMailbox&) = delete;

  const Capabilities& capabilities() const override { return inner_.capabilities(); }
  const std::string& address() const override { return inner_.address(); }
  Task<model::Profile> profile() override { return inner_.profile(); }
  Task<std::vector<model::Label>> labels() override { return inner_.labels(); }
  Task<model::Label> create_label(LabelWish wish) override {
    return inner_.create_label(std::move(wish));
  }
  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override {
    return inner_.update_label(std::move(id), std::move(wish));
  }
  Task<model::Label> delete_label(model::LabelId id) override {
    return inner_.delete_label(std::move(id));
  }
  Task<std::vector<model::SenderAddress>> sender_addresses() override {
    return inner_.sender_addresses();
  }
  Task<Page> search(Query query) override { return inner_.search(std::move(query)); }
  Task<model::Message> message(model::MessageId id, Detail detail) override {
    return inner_.message(std::move(id), detail);
  }
  Task<model::Thread> thread(model::ThreadId id) override { return inner_.thread(std::move(id)); }
  Task<model::Attachment> attachment(model::MessageId message, std::string id) override {
    return inner_.attachment(std::move(message), std::move(id));
  }
  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override {
    return inner_.modify_labels(std::move(id), std::move(add), std::move(remove));
  }
  Task<void> trash(model::MessageId id) override { return inner_.trash(std::move(id)); }
  Task<void> untrash(model::MessageId id) override { return inner_.untrash(std::move(id)); }
  Task<model::Sent> send(Outgoing mail) override { return inner_.send(std::move(mail)); }
  Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id, std::string send_id,
                                             Timestamp since) override {
    return inner_.find_sent(std::move(rfc822_message_id), std::move(send_id), since);
  }
  Task<DraftRef> create_draft(Outgoing mail) override {
    return inner_.create_draft(std::move(mail));
  }
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override {
    return inner_.update_draft(std::move(id), std::move(mail));
  }
  Task<void> delete_draft(model::DraftId id) override { return inner_.delete_draft(std::move(id)); }
  Task<DraftPage> drafts(int max_results, std::string page_token) override {
    return inner_.drafts(max_results, std::move(page_token));
  }
  Task<model::Sent> send_draft(model::DraftId id) override {
    return inner_.send_draft(std::move(id));
  }

 private:
  Mailbox& inner_;
};

}  // namespace gmail_mcp::mail
