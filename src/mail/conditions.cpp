#include "mail/conditions.h"

#include <type_traits>
#include <utility>

#include "mail/forwarding.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::chrono::minutes said_again{5};

// Failures that are about a request and say nothing about the mailbox.
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

// Says whose condition a piece of work tells, and to whom.
struct Reporter {
  model::ConnectionId id;
  Conditions& conditions;

  template <class T>
  Task<T> operator()(Task<T> work, Need /*need*/ = nullptr) const {
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

class ReportingMailbox final : public MailboxBehind<Reporter> {
 public:
  using MailboxBehind::MailboxBehind;

  // Where nobody has to be asked for them, they say nothing of the mailbox.
  Task<std::vector<model::SenderAddress>> sender_addresses() override {
    return inner().sender_addresses();
  }
};

class ReportingFeed final : public FeedBehind<Reporter> {
 public:
  using FeedBehind::FeedBehind;

  Task<void> rest() override { return inner().rest(); }  // asks nothing
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
