#include "mail/cached_mailbox.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "mail/forwarding.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::chrono::minutes labels_last{5};
constexpr std::chrono::hours profile_lasts{1};
constexpr std::chrono::hours addresses_last{1};
constexpr std::chrono::minutes refusals_last{5};
constexpr std::chrono::hours content_lasts{1};

// And no failure that may be over at the next call.
bool is_refusal(const Error& error) {
  return error.code == Errc::forbidden || error.code == Errc::insufficient_scope ||
         error.code == Errc::not_found || error.code == Errc::unsupported;
}

template <class Do>
class AtBothEnds {
 public:
  explicit AtBothEnds(Do what) : do_{std::move(what)} { do_(); }
  ~AtBothEnds() { do_(); }
  AtBothEnds(const AtBothEnds&) = delete;
  AtBothEnds& operator=(const AtBothEnds&) = delete;

 private:
  Do do_;
};

class CachedMailbox final : public ForwardingMailbox {
 public:
  CachedMailbox(std::unique_ptr<Mailbox> mailbox, std::unique_ptr<ResponseCache::Shelf> shelf)
      : ForwardingMailbox{std::move(mailbox)}, shelf_{std::move(shelf)} {}

  Task<model::Profile> profile() override {
    return remembered<model::Profile>(Remembered::profile, {}, profile_lasts, changes_,
                                      [this] { return inner().profile(); });
  }

  Task<std::vector<model::Label>> labels() override {
    return remembered<std::vector<model::Label>>(Remembered::labels, {}, labels_last, changes_,
                                                 [this] { return counted_labels(); });
  }

  Task<std::vector<model::Label>> label_names() override {
    return remembered<std::vector<model::Label>>(Remembered::label_names, {}, labels_last, news_,
                                                 [this] { return inner().label_names(); });
  }

  Task<model::Label> create_label(LabelWish wish) override {
    return naming(inner().create_label(std::move(wish)));
  }
  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override {
    return naming(inner().update_label(std::move(id), std::move(wish)));
  }
  Task<model::Label> delete_label(model::LabelId id) override {
    return naming(inner().delete_label(std::move(id)));
  }

  // Nothing that happens in the mailbox changes them.
  Task<std::vector<model::SenderAddress>> sender_addresses() override {
    return remembered<std::vector<model::SenderAddress>>(Remembered::sender_addresses, {},
                                                         addresses_last, never_,
                                                         [this] { return ask_for_addresses(); });
  }

  Task<model::Message> message(model::MessageId id, Detail detail) override {
    if (detail != Detail::full) co_return co_await inner().message(std::move(id), detail);
    if (auto kept = shelf_->find<model::Message>(Remembered::message, id.str())) {
      try {
        auto now = co_await inner().message(id, Detail::minimal);
        kept->labels = std::move(now.labels);
      } catch (const Error& error) {
        if (error.code == Errc::not_found) shelf_->forget(Remembered::message, id.str());
        throw;
      }
      co_return std::move(*kept);
    }
    const auto asked_at = changes_;
    auto message = co_await inner().message(id, detail);
    if (asked_at == changes_) {
      shelf_->keep(Remembered::message, id.str(), message, content_lasts);
    }
    co_return message;
  }

  Task<model::Attachment> attachment(model::MessageId message, std::string attachment_id) override {
    // A message id holds no slash.
    auto key = message.str() + "/" + attachment_id;
    return remembered<model::Attachment>(
        Remembered::attachment, std::move(key), content_lasts, changes_,
        [this, message, attachment_id] { return inner().attachment(message, attachment_id); });
  }

  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override {
    return changing(inner().modify_labels(std::move(id), std::move(add), std::move(remove)));
  }
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids, Provenance provenance,
                                        std::vector<std::string> add,
                                        std::vector<std::string> remove) override {
    return changing(
        inner().modify_many(std::move(ids), provenance, std::move(add), std::move(remove)));
  }
  Task<void> trash(model::MessageId id) override { return changing(inner().trash(std::move(id))); }
  Task<void> untrash(model::MessageId id) override {
    return changing(inner().untrash(std::move(id)));
  }
  Task<model::Sent> send(Outgoing mail) override { return changing(inner().send(std::move(mail))); }
  Task<DraftRef> create_draft(Outgoing mail) override {
    return changing(inner().create_draft(std::move(mail)));
  }

  // Gmail gives a replaced draft a new message; servers that only resemble it may not.
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override {
    auto draft = co_await changing(inner().update_draft(std::move(id), std::move(mail)));
    if (draft.sent.message_id) {
      shelf_->forget(Remembered::message, draft.sent.message_id->str());
      shelf_->forget(Remembered::attachment);
    }
    co_return draft;
  }

  Task<void> delete_draft(model::DraftId id) override {
    return changing(inner().delete_draft(std::move(id)));
  }
  Task<model::Sent> send_draft(model::DraftId id) override {
    return changing(inner().send_draft(std::move(id)));
  }

  void forget_answers() override {
    ++news_;
    shelf_->forget(Remembered::label_names);
    counts_changed();
    inner().forget_answers();
  }

 private:
  // What is kept, or what `ask` says now: kept in turn unless `changes` grew meanwhile.
  template <class T, class Ask>
  Task<T> remembered(Remembered what, std::string key, std::chrono::seconds lasts,
                     const std::uint64_t& changes, Ask ask) {
    if (auto kept = shelf_->find<T>(what, key)) co_return std::move(*kept);
    const auto asked_at = changes;
    auto answer = co_await ask();
    if (asked_at == changes) shelf_->keep(what, key, answer, lasts);
    co_return answer;
  }

  // Every send asks, and most go out without an answer: what is refused is not asked for each time.
  Task<std::vector<model::SenderAddress>> ask_for_addresses() {
    if (refusal_ && shelf_->now() < refused_until_) throw Error{*refusal_};
    try {
      co_return co_await inner().sender_addresses();
    } catch (const Error& error) {
      if (is_refusal(error)) {
        refusal_ = error;
        refused_until_ = shelf_->now() + refusals_last;
      }
      throw;
    }
  }

  Task<std::vector<model::Label>> counted_labels() {
    const auto now = shelf_->now();
    auto labels = co_await inner().labels();
    for (auto& label : labels) label.counted_at = now;
    co_return labels;
  }

  // Around a change: what is asked for while it runs may be either, and is not kept. A failure is
  // no proof that nothing happened.
  template <class T>
  Task<T> changing(Task<T> work) {
    const AtBothEnds both{[this] { counts_changed(); }};
    co_return co_await std::move(work);
  }
  // The same around a change of the labels themselves.
  template <class T>
  Task<T> naming(Task<T> work) {
    const AtBothEnds both{[this] { forget_answers(); }};
    co_return co_await std::move(work);
  }

  void counts_changed() {
    ++changes_;
    shelf_->forget(Remembered::labels);
    shelf_->forget(Remembered::profile);
  }

  std::unique_ptr<ResponseCache::Shelf> shelf_;
  std::uint64_t changes_ = 0;  // of anything
  std::uint64_t news_ = 0;     // from outside: names of labels may be others
  const std::uint64_t never_ = 0;
  std::optional<Error> refusal_;  // of the addresses
  Timestamp refused_until_;
};

}  // namespace

std::unique_ptr<Mailbox> remember_answers(std::unique_ptr<Mailbox> mailbox, ResponseCache& cache) {
  return std::make_unique<CachedMailbox>(std::move(mailbox), cache.shelf());
}

}  // namespace gmail_mcp::mail
