#include "mail/cached_mailbox.h"

#include <utility>

namespace gmail_mcp::mail {

namespace {

constexpr std::chrono::minutes labels_last{5};
constexpr std::chrono::hours profile_lasts{1};
constexpr std::chrono::hours addresses_last{1};
constexpr std::chrono::hours content_lasts{1};

class CachedMailbox final : public Mailbox {
 public:
  CachedMailbox(std::unique_ptr<Mailbox> mailbox, std::unique_ptr<ResponseCache::Shelf> shelf)
      : inner_{std::move(mailbox)}, shelf_{std::move(shelf)} {}

  const Capabilities& capabilities() const override { return inner_->capabilities(); }
  const std::string& address() const override { return inner_->address(); }

  Task<model::Profile> profile() override {
    if (auto kept = shelf_->find<model::Profile>(Remembered::profile)) {
      co_return std::move(*kept);
    }
    const auto asked_at = changes_;
    auto profile = co_await inner_->profile();
    if (asked_at == changes_) shelf_->keep(Remembered::profile, {}, profile, profile_lasts);
    co_return profile;
  }

  Task<std::vector<model::Label>> labels() override {
    if (auto kept = shelf_->find<std::vector<model::Label>>(Remembered::labels)) {
      co_return std::move(*kept);
    }
    const auto asked_at = changes_;
    const auto now = shelf_->now();
    auto labels = co_await inner_->labels();
    for (auto& label : labels) label.counted_at = now;
    if (asked_at == changes_) shelf_->keep(Remembered::labels, {}, labels, labels_last);
    co_return labels;
  }

  Task<std::vector<model::Label>> label_names() override {
    if (auto kept = shelf_->find<std::vector<model::Label>>(Remembered::label_names)) {
      co_return std::move(*kept);
    }
    const auto asked_at = news_;
    auto labels = co_await inner_->label_names();
    if (asked_at == news_) shelf_->keep(Remembered::label_names, {}, labels, labels_last);
    co_return labels;
  }

  Task<model::Label> create_label(LabelWish wish) override {
    const Naming naming{*this};
    co_return co_await inner_->create_label(std::move(wish));
  }

  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override {
    const Naming naming{*this};
    co_return co_await inner_->update_label(std::move(id), std::move(wish));
  }

  Task<model::Label> delete_label(model::LabelId id) override {
    const Naming naming{*this};
    co_return co_await inner_->delete_label(std::move(id));
  }

  Task<std::vector<model::SenderAddress>> sender_addresses() override {
    using Addresses = std::vector<model::SenderAddress>;
    if (auto kept = shelf_->find<Addresses>(Remembered::sender_addresses)) {
      co_return std::move(*kept);
    }
    auto addresses = co_await inner_->sender_addresses();
    shelf_->keep(Remembered::sender_addresses, {}, addresses, addresses_last);
    co_return addresses;
  }

  Task<Page> search(Query query) override { return inner_->search(std::move(query)); }
  Task<IdPage> search_ids(Query query) override { return inner_->search_ids(std::move(query)); }
  Task<model::Thread> thread(model::ThreadId id) override { return inner_->thread(std::move(id)); }
  Task<std::string> source(model::MessageId id) override { return inner_->source(std::move(id)); }

  Task<model::Message> message(model::MessageId id, Detail detail) override {
    if (detail != Detail::full) co_return co_await inner_->message(std::move(id), detail);
    if (auto kept = shelf_->find<model::Message>(Remembered::message, id.str())) {
      try {
        auto now = co_await inner_->message(id, Detail::minimal);
        kept->labels = std::move(now.labels);
      } catch (const Error& error) {
        if (error.code == Errc::not_found) shelf_->forget(Remembered::message, id.str());
        throw;
      }
      co_return std::move(*kept);
    }
    const auto asked_at = changes_;
    auto message = co_await inner_->message(id, detail);
    if (asked_at == changes_) {
      shelf_->keep(Remembered::message, id.str(), message, content_lasts);
    }
    co_return message;
  }

  Task<model::Attachment> attachment(model::MessageId message, std::string attachment_id) override {
    // A message id holds no slash.
    const auto key = message.str() + "/" + attachment_id;
    if (auto kept = shelf_->find<model::Attachment>(Remembered::attachment, key)) {
      co_return std::move(*kept);
    }
    const auto asked_at = changes_;
    auto attachment = co_await inner_->attachment(std::move(message), std::move(attachment_id));
    if (asked_at == changes_) {
      shelf_->keep(Remembered::attachment, key, attachment, content_lasts);
    }
    co_return attachment;
  }

  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override {
    const Changing changing{*this};
    co_return co_await inner_->modify_labels(std::move(id), std::move(add), std::move(remove));
  }

  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids, Provenance provenance,
                                        std::vector<std::string> add,
                                        std::vector<std::string> remove) override {
    const Changing changing{*this};
    co_return co_await inner_->modify_many(std::move(ids), provenance, std::move(add),
                                           std::move(remove));
  }

  Task<void> trash(model::MessageId id) override {
    const Changing changing{*this};
    co_await inner_->trash(std::move(id));
  }

  Task<void> untrash(model::MessageId id) override {
    const Changing changing{*this};
    co_await inner_->untrash(std::move(id));
  }

  Task<model::Sent> send(Outgoing mail) override {
    const Changing changing{*this};
    co_return co_await inner_->send(std::move(mail));
  }

  Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id, std::string send_id,
                                             Timestamp since) override {
    return inner_->find_sent(std::move(rfc822_message_id), std::move(send_id), since);
  }

  Task<DraftRef> create_draft(Outgoing mail) override {
    const Changing changing{*this};
    co_return co_await inner_->create_draft(std::move(mail));
  }

  // Gmail gives a replaced draft a new message; servers that only resemble it may not.
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override {
    const Changing changing{*this};
    auto draft = co_await inner_->update_draft(std::move(id), std::move(mail));
    if (draft.sent.message_id) {
      shelf_->forget(Remembered::message, draft.sent.message_id->str());
      shelf_->forget(Remembered::attachment);
    }
    co_return draft;
  }

  Task<void> delete_draft(model::DraftId id) override {
    const Changing changing{*this};
    co_await inner_->delete_draft(std::move(id));
  }

  Task<DraftPage> drafts(int max_results, std::string page_token) override {
    return inner_->drafts(max_results, std::move(page_token));
  }
  Task<DraftRef> draft(model::DraftId id) override { return inner_->draft(std::move(id)); }
  Task<DraftSource> draft_source(model::DraftId id) override {
    return inner_->draft_source(std::move(id));
  }

  Task<model::Sent> send_draft(model::DraftId id) override {
    const Changing changing{*this};
    co_return co_await inner_->send_draft(std::move(id));
  }

  void forget_answers() override {
    ++news_;
    shelf_->forget(Remembered::label_names);
    counts_changed();
  }

 private:
  // Around a change: what is asked for while it runs may be either, and is not kept. A failure is
  // no proof that nothing happened.
  class Changing {
   public:
    explicit Changing(CachedMailbox& mailbox) : mailbox_{mailbox} { mailbox_.counts_changed(); }
    ~Changing() { mailbox_.counts_changed(); }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;

   private:
    CachedMailbox& mailbox_;
  };

  // The same around a change of the labels themselves.
  class Naming {
   public:
    explicit Naming(CachedMailbox& mailbox) : mailbox_{mailbox} { mailbox_.forget_answers(); }
    ~Naming() { mailbox_.forget_answers(); }
    Naming(const Naming&) = delete;
    Naming& operator=(const Naming&) = delete;

   private:
    CachedMailbox& mailbox_;
  };

  void counts_changed() {
    ++changes_;
    shelf_->forget(Remembered::labels);
    shelf_->forget(Remembered::profile);
  }

  std::unique_ptr<Mailbox> inner_;
  std::unique_ptr<ResponseCache::Shelf> shelf_;
  std::uint64_t changes_ = 0;  // of anything
  std::uint64_t news_ = 0;     // from outside: names of labels may be others
};

}  // namespace

std::unique_ptr<Mailbox> remember_answers(std::unique_ptr<Mailbox> mailbox, ResponseCache& cache) {
  return std::make_unique<CachedMailbox>(std::move(mailbox), cache.shelf());
}

}  // namespace gmail_mcp::mail
