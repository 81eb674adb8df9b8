#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "mail/unsupported.h"

namespace gmail_mcp::mail {

/// The verbs of a mailbox that only lists and reads its messages, one by one. Nobody asks for them
/// who heard its capabilities().
class ReadingMailbox : public Mailbox {
 public:
  const Capabilities& capabilities() const override { return claims_; }

  Task<model::Thread> thread(model::ThreadId /*id*/) final {
    return refused<model::Thread>(&Capabilities::threads);
  }
  Task<model::Label> create_label(LabelWish /*wish*/) final {
    return refused<model::Label>(&Capabilities::changes);
  }
  Task<model::Label> update_label(model::LabelId /*id*/, LabelWish /*wish*/) final {
    return refused<model::Label>(&Capabilities::changes);
  }
  Task<model::Label> delete_label(model::LabelId /*id*/) final {
    return refused<model::Label>(&Capabilities::changes);
  }
  Task<std::vector<std::string>> modify_labels(model::MessageId /*id*/,
                                               std::vector<std::string> /*add*/,
                                               std::vector<std::string> /*remove*/) final {
    return refused<std::vector<std::string>>(&Capabilities::changes);
  }
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> /*ids*/,
                                        Provenance /*provenance*/, std::vector<std::string> /*add*/,
                                        std::vector<std::string> /*remove*/) final {
    return refused<std::vector<Change>>(&Capabilities::changes);
  }
  Task<void> trash(model::MessageId /*id*/) final { return refused<void>(&Capabilities::changes); }
  Task<void> untrash(model::MessageId /*id*/) final {
    return refused<void>(&Capabilities::changes);
  }
  Task<model::Sent> send(Outgoing /*mail*/) final {
    return refused<model::Sent>(&Capabilities::sending);
  }
  Task<std::optional<model::Sent>> find_sent(std::string /*rfc822_message_id*/,
                                             std::string /*send_id*/, Timestamp /*since*/) final {
    return refused<std::optional<model::Sent>>(&Capabilities::sending);
  }
  Task<DraftRef> create_draft(Outgoing /*mail*/) final {
    return refused<DraftRef>(&Capabilities::drafts);
  }
  Task<DraftRef> update_draft(model::DraftId /*id*/, Outgoing /*mail*/) final {
    return refused<DraftRef>(&Capabilities::drafts);
  }
  Task<void> delete_draft(model::DraftId /*id*/) final {
    return refused<void>(&Capabilities::drafts);
  }
  Task<DraftPage> drafts(int /*max_results*/, std::string /*page_token*/) final {
    return refused<DraftPage>(&Capabilities::drafts);
  }
  Task<DraftRef> draft(model::DraftId /*id*/) final {
    return refused<DraftRef>(&Capabilities::drafts);
  }
  Task<DraftSource> draft_source(model::DraftId /*id*/) final {
    return refused<DraftSource>(&Capabilities::drafts);
  }
  Task<model::Sent> send_draft(model::DraftId /*id*/) final {
    return refused<model::Sent>(&Capabilities::drafts);
  }
  void forget_answers() final {}

  static Capabilities claims() {
    Capabilities none;
    none.gmail_search = none.threads = none.labels = none.changes = none.sending = none.drafts =
        false;
    return none;
  }

 private:
  template <class T>
  static Task<T> refused(bool Capabilities::*what) {
    throw unsupported(what);
    if constexpr (std::is_void_v<T>) {
      co_return;
    } else {
      co_return T{};
    }
  }

  Capabilities claims_ = claims();
};

}  // namespace gmail_mcp::mail
