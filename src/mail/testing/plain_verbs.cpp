#include "mail/testing/plain_verbs.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gmail_mcp::mail {

namespace {

constexpr int most_with_messages = 100;  // Query::max_results of `search`

// Of this message alone; anything else would befall the next one as well.
bool concerns_one(Errc code) { return code == Errc::not_found || code == Errc::conflict; }

}  // namespace

Task<IdPage> search_ids(Mailbox& mailbox, Query query) {
  query.max_results = std::min(query.max_results, most_with_messages);
  query.include_body = false;
  auto found = co_await mailbox.search(std::move(query));
  IdPage page;
  for (auto& message : found.messages) page.ids.push_back(std::move(message.id));
  // What could not be read can still be named.
  for (auto& omitted : found.omitted) page.ids.push_back(std::move(omitted.id));
  page.next_page_token = std::move(found.next_page_token);
  co_return page;
}

Task<std::vector<Change>> modify_one_by_one(Mailbox& mailbox, std::vector<model::MessageId> ids,
                                            std::vector<std::string> add,
                                            std::vector<std::string> remove) {
  std::vector<Change> changes;
  changes.reserve(ids.size());
  std::optional<Error> trouble;
  for (auto& id : ids) {
    Change change{.id = std::move(id), .failure = trouble};
    if (!trouble) {
      try {
        co_await mailbox.modify_labels(change.id, add, remove);
      } catch (const Error& failure) {
        const bool is_first = changes.empty();
        if (is_first && !concerns_one(failure.code)) throw;
        if (!concerns_one(failure.code)) trouble = failure;
        change.failure = failure;
      }
    }
    changes.push_back(std::move(change));
  }
  co_return changes;
}

Task<DraftRef> draft_in_list(Mailbox& mailbox, model::DraftId id) {
  std::string token;
  do {
    auto page = co_await mailbox.drafts(most_with_messages, std::move(token));
    for (auto& one : page.drafts) {
      if (one.id == id) co_return std::move(one);
    }
    token = std::move(page.next_page_token);
  } while (!token.empty());
  throw Error{Errc::not_found, "There is no such draft.", "gmail_list_drafts shows what there is."};
}

Task<DraftSource> source_of_draft(Mailbox& mailbox, model::DraftId id) {
  DraftSource found;
  found.ref = co_await mailbox.draft(std::move(id));
  if (!found.ref.sent.message_id) throw Error{Errc::not_found, "There is no such draft."};
  found.rfc822 = co_await mailbox.source(*found.ref.sent.message_id);
  co_return found;
}

}  // namespace gmail_mcp::mail
