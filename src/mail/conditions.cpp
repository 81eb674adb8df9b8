#include "mail/conditions.h"

#include <type_traits>
#include <utility>

namespace gmail_mcp::mail {

namespace {

constexpr std::chrono::minutes said_again{5};

// Failures that tell what was wrong with a request, and nothing of the mailbox.
bool is_about_the_request(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
    case Errc::insufficient_scope:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::too_large:
    case Errc::unsupported: return true;
    case Errc::internal:
    case Errc::unauthenticated:
    case Errc::forbidden:
    case Errc::reconnect_required:
    case Errc::outcome_unknown:
    case Errc::rate_limited:
    case Errc::unavailable:
    case Errc::misconfigured:
    case Errc::timeout: return false;
  }
  return false;
}

// Whose condition a piece of work tells, and to whom.
struct Reporter {
  model::ConnectionId id;
  Conditions& conditions;

  template <class T>
  Task<T> report(Task<T> work) const {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
        conditions.ok(id);
        co_return;
      } else {
        auto result = co_await std::move(work);
        conditions.ok(id);
        co_return std::move(result);
      }
    } catch (const Error& failure) {
      conditions.failed(id, failure);
      throw;
    }
  }
};

class ReportingMailbox final : public Mailbox {
 public:
  ReportingMailbox(std::unique_ptr<Mailbox> mailbox, Reporter to)
      : inner_{std::move(mailbox)}, to_{std::move(to)} {}

  const Capabilities& capabilities() const override { return inner_->capabilities(); }
  const std::string& address() const override { return inner_->address(); }

  Task<model::Profile> profile() override { return to_.report(inner_->profile()); }
  Task<std::vector<model::Label>> labels() override { return to_.report(inner_->labels()); }
  Task<std::vector<model::Label>> label_names() override {
    return to_.report(inner_->label_names());
  }
  Task<model::Label> create_label(LabelWish wish) override {
    return to_.report(inner_->create_label(std::move(wish)));
  }
  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override {
    return to_.report(inner_->update_label(std::move(id), std::move(wish)));
  }
  Task<model::Label> delete_label(model::LabelId id) override {
    return to_.report(inner_->delete_label(std::move(id)));
  }
  // Where nobody has to be asked for them, they say nothing of the mailbox.
  Task<std::vector<model::SenderAddress>> sender_addresses() override {
    return inner_->sender_addresses();
  }
  Task<Page> search(Query query) override { return to_.report(inner_->search(std::move(query))); }
  Task<IdPage> search_ids(Query query) override {
    return to_.report(inner_->search_ids(std::move(query)));
  }
  Task<model::Message> message(model::MessageId id, Detail detail) override {
    return to_.report(inner_->message(std::move(id), detail));
  }
  Task<model::Thread> thread(model::ThreadId id) override {
    return to_.report(inner_->thread(std::move(id)));
  }
  Task<model::Attachment> attachment(model::MessageId message, std::string attachment_id) override {
    return to_.report(inner_->attachment(std::move(message), std::move(attachment_id)));
  }
  Task<std::string> source(model::MessageId id) override {
    return to_.report(inner_->source(std::move(id)));
  }
  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override {
    return to_.report(inner_->modify_labels(std::move(id), std::move(add), std::move(remove)));
  }
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids, Provenance provenance,
                                        std::vector<std::string> add,
                                        std::vector<std::string> remove) override {
    return to_.report(
        inner_->modify_many(std::move(ids), provenance, std::move(add), std::move(remove)));
  }
  Task<void> trash(model::MessageId id) override {
    return to_.report(inner_->trash(std::move(id)));
  }
  Task<void> untrash(model::MessageId id) override {
    return to_.report(inner_->untrash(std::move(id)));
  }
  Task<model::Sent> send(Outgoing mail) override {
    return to_.report(inner_->send(std::move(mail)));
  }
  Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id, std::string send_id,
                                             Timestamp since) override {
    return to_.report(inner_->find_sent(std::move(rfc822_message_id), std::move(send_id), since));
  }
  Task<DraftRef> create_draft(Outgoing mail) override {
    return to_.report(inner_->create_draft(std::move(mail)));
  }
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override {
    return to_.report(inner_->update_draft(std::move(id), std::move(mail)));
  }
  Task<void> delete_draft(model::DraftId id) override {
    return to_.report(inner_->delete_draft(std::move(id)));
  }
  Task<DraftPage> drafts(int max_results, std::string page_token) override {
    return to_.report(inner_->drafts(max_results, std::move(page_token)));
  }
  Task<DraftRef> draft(model::DraftId id) override {
    return to_.report(inner_->draft(std::move(id)));
  }
  Task<DraftSource> draft_source(model::DraftId id) override {
    return to_.report(inner_->draft_source(std::move(id)));
  }
  Task<model::Sent> send_draft(model::DraftId id) override {
    return to_.report(inner_->send_draft(std::move(id)));
  }

  void forget_answers() override { inner_->forget_answers(); }

 private:
  std::unique_ptr<Mailbox> inner_;
  Reporter to_;
};

class ReportingFeed final : public Feed {
 public:
  ReportingFeed(std::unique_ptr<Feed> feed, Reporter to)
      : inner_{std::move(feed)}, to_{std::move(to)} {}

  Task<Step> next(std::string cursor, std::size_t most) override {
    return to_.report(inner_->next(std::move(cursor), most));
  }
  std::optional<std::string> lacks(const std::vector<model::MessageId>& ids) override {
    return inner_->lacks(ids);
  }
  Task<Anew> read_again(std::vector<model::MessageId> ids) override {
    return to_.report(inner_->read_again(std::move(ids)));
  }
  bool can_wait() const override { return inner_->can_wait(); }
  Task<void> wait() override { return to_.report(inner_->wait()); }
  Task<void> rest() override { return inner_->rest(); }

 private:
  std::unique_ptr<Feed> inner_;
  Reporter to_;
};

}  // namespace

bool Conditions::is_news(const model::ConnectionId& id, const std::string& trouble) {
  if (is_closed_) return false;
  const auto now = clock_.steady_now();
  auto& last = written_[id];
  const bool is_new = last.again_at == std::chrono::steady_clock::time_point{};
  if (!is_new && last.trouble == trouble && now < last.again_at) return false;
  last.trouble = trouble;
  last.again_at = now + said_again;
  return true;
}

void Conditions::ok(const model::ConnectionId& id) {
  if (is_news(id, {})) connections_.note_ok(id);
}

void Conditions::trouble(const model::ConnectionId& id, const Error& what) {
  if (is_news(id, what.message)) connections_.note_error(id, what.message);
}

void Conditions::failed(const model::ConnectionId& id, const Error& failure) {
  if (!is_about_the_request(failure.code)) trouble(id, failure);
}

void Conditions::forget(const model::ConnectionId& id) { written_.erase(id); }

std::unique_ptr<Mailbox> report_condition(std::unique_ptr<Mailbox> mailbox, model::ConnectionId id,
                                          Conditions& conditions) {
  return std::make_unique<ReportingMailbox>(std::move(mailbox),
                                            Reporter{std::move(id), conditions});
}

std::unique_ptr<Feed> report_condition(std::unique_ptr<Feed> feed, model::ConnectionId id,
                                       Conditions& conditions) {
  return std::make_unique<ReportingFeed>(std::move(feed), Reporter{std::move(id), conditions});
}

}  // namespace gmail_mcp::mail
