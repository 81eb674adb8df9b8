#include "mail/gmail_rest/gmail_rest.h"

#include <algorithm>
#include <utility>

#include "base/offload.h"
#include "google/failure.h"
#include "mail/gmail_rest/convert.h"
#include "mail/gmail_rest/people.h"
#include "mail/gmail_rest/rest_mailbox.h"
#include "mail/gmail_rest/separate_texts.h"
#include "mail/message_reader.h"

namespace gmail_mcp::mail {

using google::Method;
using google::View;

namespace {

Error missing_scope(Method method) {
  google::Failure failure;
  failure.kind = google::FailureKind::insufficient_scope;
  return google::to_error(failure, method);
}

}  // namespace

std::unique_ptr<Mailbox> open_gmail_rest(const GmailRest& shared,
                                         std::shared_ptr<google::TokenSource> tokens,
                                         std::string address,
                                         std::vector<std::string> granted_scopes,
                                         Shareholder reader) {
  GmailRest own = shared;
  own.policy.reader = std::move(reader);
  return std::make_unique<RestMailbox>(own, std::move(tokens), std::move(address),
                                       std::move(granted_scopes));
}

RestMailbox::RestMailbox(const GmailRest& shared, std::shared_ptr<google::TokenSource> tokens,
                         std::string address, std::vector<std::string> granted_scopes)
    : tokens_{std::move(tokens)},
      api_{shared.http,      shared.root, *tokens_, gate_, shared.clock, shared.policy_for(address),
           shared.work_pool, shared.tally},
      work_pool_{shared.work_pool},
      address_{std::move(address)},
      granted_{std::move(granted_scopes)} {}

void GrantedScopes::require(Method method) const {
  if (!scopes.empty() && !google::allows(scopes, method)) throw missing_scope(method);
}

void GrantedScopes::require_content(Method method) const {
  require(method);
  if (!scopes.empty() && !google::allows_content(scopes)) throw missing_scope(method);
}

Task<model::Profile> RestMailbox::profile() {
  require(Method::get_profile);
  auto raw = co_await api_.get_profile();
  model::Profile profile;
  profile.email_address = std::move(raw.email_address);
  profile.messages_total = raw.messages_total;
  profile.threads_total = raw.threads_total;
  profile.history_id = std::move(raw.history_id);
  co_return profile;
}

Task<google::RawMessage> RestMailbox::outline(std::string id) {
  auto message = co_await api_.get_message(id, View::outline);
  if (is_cut_off(message.payload)) message = co_await api_.get_message(std::move(id), View::full);
  co_return message;
}

Task<model::Message> RestMailbox::message(model::MessageId id, Detail detail) {
  google::RawMessage raw;
  switch (detail) {
    case Detail::minimal:
      require(Method::messages_get);
      raw = co_await api_.get_message(id.str(), View::minimal);
      break;
    case Detail::metadata:
      require_content(Method::messages_get);
      raw = co_await outline(id.str());
      if (can_settle_people(raw)) co_await settle_people(api_, raw);
      break;
    case Detail::full:
      require_content(Method::messages_get);
      raw = co_await api_.get_message(id.str(), View::full);
      if (may_have_separate_texts(raw)) co_await fetch_separate_texts(api_, raw);
      if (can_settle_people(raw)) co_await settle_people(api_, raw);
      break;
  }
  auto work = [&raw] { return to_message(std::move(raw)); };
  model::Message message;
  const auto bytes = bytes_of(raw.payload);
  if (bytes < worth_a_hop) {
    message = work();  // as most are: no task is begun for it
  } else {
    message = co_await offload(work_pool_, bytes, work);
  }
  if (detail == Detail::metadata) remove_bodies(message);
  co_return message;
}

Task<model::Thread> RestMailbox::thread(model::ThreadId id) {
  require_content(Method::threads_get);
  model::Thread thread;
  thread.id = id;
  auto raw = co_await whole_thread(id.str());
  if (!raw) {
    co_await read_in_pieces(thread);
  } else {
    std::size_t bytes = 0;
    for (const auto& message : raw->messages) bytes += bytes_of(message.payload);
    // Counted together, because many small ones are as much work as a large one.
    auto work = [&raw] {
      std::vector<model::Message> messages;
      for (auto& message : raw->messages) messages.push_back(to_message(std::move(message)));
      return messages;
    };
    thread.messages = co_await offload(work_pool_, bytes, work);
  }
  std::stable_sort(thread.messages.begin(), thread.messages.end(),
                   [](const auto& a, const auto& b) { return a.date < b.date; });
  co_return thread;
}

// nullopt: the answer is larger than the HTTP client accepts.
Task<std::optional<google::RawThread>> RestMailbox::whole_thread(std::string id) {
  try {
    auto raw = co_await api_.get_thread(std::move(id), View::full);
    for (auto& message : raw.messages) {
      if (may_have_separate_texts(message)) co_await fetch_separate_texts(api_, message);
    }
    co_await settle_senders(api_, raw.messages);
    co_return raw;
  } catch (const Error& error) {
    if (error.code != Errc::too_large) throw;
  }
  co_return std::nullopt;
}

Task<void> RestMailbox::read_in_pieces(model::Thread& thread) {
  constexpr std::size_t most_text = std::size_t{32} << 20U;
  constexpr std::size_t longest = std::size_t{1} << 20U;
  constexpr std::size_t shortest = std::size_t{16} << 10U;
  const auto raw = co_await api_.get_thread(thread.id.str(), View::minimal);
  std::vector<std::string> ids;
  for (const auto& message : raw.messages) ids.push_back(message.id);
  const auto share = most_text / std::max<std::size_t>(ids.size(), 1);
  const TextLimit limit{.longest = std::clamp(share, shortest, longest), .notice = text_goes_on};
  auto answers = co_await get_in_pieces(api_, ids, limit, People::as_answered, work_pool_);
  put(std::move(answers), ids, thread.messages, thread.omitted);
}

Task<std::vector<std::string>> RestMailbox::modify_labels(model::MessageId id,
                                                          std::vector<std::string> add,
                                                          std::vector<std::string> remove) {
  require(Method::messages_modify);
  auto changed = co_await api_.modify_message(id.str(), std::move(add), std::move(remove));
  co_return std::move(changed.label_ids);
}

// messages.batchModify costs as much as ten single changes and silently ignores unknown ids: right
// only for many ids that were listed a moment ago.
Task<std::vector<Change>> RestMailbox::modify_many(std::vector<model::MessageId> ids,
                                                   Provenance provenance,
                                                   std::vector<std::string> add,
                                                   std::vector<std::string> remove) {
  constexpr std::size_t worth_it = 10;
  require(Method::messages_modify);
  std::vector<std::string> texts;
  for (const auto& id : ids) texts.push_back(id.str());
  std::vector<Change> changes;
  for (auto& id : ids) changes.push_back({.id = std::move(id), .failure = std::nullopt});
  if (provenance == Provenance::listed && ids.size() >= worth_it) {
    co_await api_.batch_modify(std::move(texts), std::move(add), std::move(remove));
    co_return changes;
  }
  const auto answers =
      co_await api_.modify_messages(std::move(texts), std::move(add), std::move(remove));
  bool any_good = answers.empty();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) changes[i].failure = answers[i].error();
    any_good = any_good || answers[i] || answers[i].error().code == Errc::not_found;
  }
  // If all of them failed, it is about the request, not about single messages.
  if (!any_good) throw Error{*changes.front().failure};
  co_return changes;
}

Task<std::string> RestMailbox::source(model::MessageId id) {
  require_content(Method::messages_get);
  auto message = co_await api_.get_message(id.str(), View::raw);
  co_return std::move(message.raw);
}

Task<void> RestMailbox::trash(model::MessageId id) {
  require(Method::messages_trash);
  co_await api_.trash_message(id.str());
}

Task<void> RestMailbox::untrash(model::MessageId id) {
  require(Method::messages_untrash);
  co_await api_.untrash_message(id.str());
}

}  // namespace gmail_mcp::mail
