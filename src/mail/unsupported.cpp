#include "mail/unsupported.h"

#include <string_view>
#include <utility>

#include "mail/forwarding.h"

namespace gmail_mcp::mail {

namespace {

std::string_view in_words(bool Capabilities::*what) {
  if (what == &Capabilities::threads) return "conversations";
  if (what == &Capabilities::changes) return "changes";
  if (what == &Capabilities::sending) return "sending";
  if (what == &Capabilities::drafts) return "drafts";
  return "messages as they came";
}

// Every verb is a coroutine, so that a refusal is thrown where the answer is awaited.
class RefusingMailbox final : public ForwardingMailbox {
 public:
  using ForwardingMailbox::ForwardingMailbox;

  Task<model::Thread> thread(model::ThreadId id) override {
    require(&Capabilities::threads);
    co_return co_await inner().thread(std::move(id));
  }
  Task<std::string> source(model::MessageId id) override {
    require(&Capabilities::sources);
    co_return co_await inner().source(std::move(id));
  }

  Task<model::Label> create_label(LabelWish wish) override {
    require(&Capabilities::changes);
    co_return co_await inner().create_label(std::move(wish));
  }
  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override {
    require(&Capabilities::changes);
    co_return co_await inner().update_label(std::move(id), std::move(wish));
  }
  Task<model::Label> delete_label(model::LabelId id) override {
    require(&Capabilities::changes);
    co_return co_await inner().delete_label(std::move(id));
  }
  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override {
    require(&Capabilities::changes);
    co_return co_await inner().modify_labels(std::move(id), std::move(add), std::move(remove));
  }
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids, Provenance provenance,
                                        std::vector<std::string> add,
                                        std::vector<std::string> remove) override {
    require(&Capabilities::changes);
    co_return co_await inner().modify_many(std::move(ids), provenance, std::move(add),
                                           std::move(remove));
  }
  Task<void> trash(model::MessageId id) override {
    require(&Capabilities::changes);
    co_await inner().trash(std::move(id));
  }
  Task<void> untrash(model::MessageId id) override {
    require(&Capabilities::changes);
    co_await inner().untrash(std::move(id));
  }

  Task<model::Sent> send(Outgoing mail) override {
    require(&Capabilities::sending);
    co_return co_await inner().send(std::move(mail));
  }
  Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id, std::string send_id,
                                             Timestamp since) override {
    require(&Capabilities::sending);
    co_return co_await inner().find_sent(std::move(rfc822_message_id), std::move(send_id), since);
  }

  Task<DraftRef> create_draft(Outgoing mail) override {
    require(&Capabilities::drafts);
    co_return co_await inner().create_draft(std::move(mail));
  }
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override {
    require(&Capabilities::drafts);
    co_return co_await inner().update_draft(std::move(id), std::move(mail));
  }
  Task<void> delete_draft(model::DraftId id) override {
    require(&Capabilities::drafts);
    co_await inner().delete_draft(std::move(id));
  }
  Task<DraftPage> drafts(int max_results, std::string page_token) override {
    require(&Capabilities::drafts);
    co_return co_await inner().drafts(max_results, std::move(page_token));
  }
  Task<DraftRef> draft(model::DraftId id) override {
    require(&Capabilities::drafts);
    co_return co_await inner().draft(std::move(id));
  }
  Task<DraftSource> draft_source(model::DraftId id) override {
    require(&Capabilities::drafts);
    co_return co_await inner().draft_source(std::move(id));
  }
  Task<model::Sent> send_draft(model::DraftId id) override {
    require(&Capabilities::drafts);
    co_return co_await inner().send_draft(std::move(id));
  }

 private:
  void require(bool Capabilities::*what) const {
    if (!(capabilities().*what)) throw unsupported(what);
  }
};

}  // namespace

Error unsupported(bool Capabilities::*what) {
  return {Errc::unsupported,
          "This kind of account does not offer " + std::string{in_words(what)} + ".",
          "gmail_list_connections shows which other accounts there are."};
}

std::unique_ptr<Mailbox> refuse_unsupported(std::unique_ptr<Mailbox> mailbox) {
  return std::make_unique<RefusingMailbox>(std::move(mailbox));
}

}  // namespace gmail_mcp::mail
