#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mail/unsupported.h"

namespace gmail_mcp::mail {

/// The verbs of a mailbox that only lists and reads its messages, one by one. Nobody asks for them
/// who heard its capabilities().
class ReadingMailbox : public Mailbox {
 public:
  const Capabilities& capabilities() const override { return claims_; }

  Task<model::Thread> thread(model::ThreadId /*id*/) final {
    throw unsupported(&Capabilities::threads);
  }
  Task<model::Label> create_label(LabelWish /*wish*/) final { throw no_changes(); }
  Task<model::Label> update_label(model::LabelId /*id*/, LabelWish /*wish*/) final {
    throw no_changes();
  }
  Task<model::Label> delete_label(model::LabelId /*id*/) final { throw no_changes(); }
  Task<std::vector<std::string>> modify_labels(model::MessageId /*id*/,
                                               std::vector<std::string> /*add*/,
                                               std::vector<std::string> /*remove*/) final {
    throw no_changes();
  }
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> /*ids*/,
                                        Provenance /*provenance*/, std::vector<std::string> /*add*/,
                                        std::vector<std::string> /*remove*/) final {
    throw no_changes();
  }
  Task<void> trash(model::MessageId /*id*/) final { throw no_changes(); }
  Task<void> untrash(model::MessageId /*id*/) final { throw no_changes(); }
  Task<model::Sent> send(Outgoing /*mail*/) final { throw no_sending(); }
  Task<std::optional<model::Sent>> find_sent(std::string /*rfc822_message_id*/,
                                             std::string /*send_id*/, Timestamp /*since*/) final {
    throw no_sending();
  }
  Task<DraftRef> create_draft(Outgoing /*mail*/) final { throw no_drafts(); }
  Task<DraftRef> update_draft(model::DraftId /*id*/, Outgoing /*mail*/) final { throw no_drafts(); }
  Task<void> delete_draft(model::DraftId /*id*/) final { throw no_drafts(); }
  Task<DraftPage> drafts(int /*max_results*/, std::string /*page_token*/) final {
    throw no_drafts();
  }
  Task<DraftRef> draft(model::DraftId /*id*/) final { throw no_drafts(); }
  Task<DraftSource> draft_source(model::DraftId /*id*/) final { throw no_drafts(); }
  Task<model::Sent> send_draft(model::DraftId /*id*/) final { throw no_drafts(); }
  void forget_answers() final {}

  static Capabilities claims() {
    Capabilities none;
    none.gmail_search = none.threads = none.labels = none.changes = none.sending = none.drafts =
        false;
    return none;
  }

 private:
  static Error no_changes() { return unsupported(&Capabilities::changes); }
  static Error no_sending() { return unsupported(&Capabilities::sending); }
  static Error no_drafts() { return unsupported(&Capabilities::drafts); }

  Capabilities claims_ = claims();
};

}  // namespace gmail_mcp::mail
