// What a mailbox does in terms of its other verbs, where a backend knows no shorter way.
#include "mail/mailbox.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gmail_mcp::mail {

namespace {

constexpr int most_with_messages = 100;  // Query::max_results of `search`

// Of this message alone; anything else would befall the next one as well.
bool concerns_one(Errc code) { return code == Errc::not_found || code == Errc::conflict; }

}  // namespace

std::span<const std::string_view> system_label_ids() {
  static constexpr std::array<std::string_view, 13> ids{"INBOX",
                                                        "SENT",
                                                        "DRAFT",
                                                        "TRASH",
                                                        "SPAM",
                                                        "STARRED",
                                                        "UNREAD",
                                                        "IMPORTANT",
                                                        "CATEGORY_PERSONAL",
                                                        "CATEGORY_SOCIAL",
                                                        "CATEGORY_PROMOTIONS",
                                                        "CATEGORY_UPDATES",
                                                        "CATEGORY_FORUMS"};
  return ids;
}

Task<IdPage> Mailbox::search_ids(Query query) {
  query.max_results = std::min(query.max_results, most_with_messages);
  query.include_body = false;
  auto found = co_await search(std::move(query));
  IdPage page;
  for (auto& message : found.messages) page.ids.push_back(std::move(message.id));
  // What could not be read can still be named.
  for (auto& omitted : found.omitted) page.ids.push_back(std::move(omitted.id));
  page.next_page_token = std::move(found.next_page_token);
  co_return page;
}

std::vector<model::SenderAddress> only_own_address(std::string address) {
  std::vector<model::SenderAddress> all(1);
  all.front().email = std::move(address);
  all.front().is_own = true;
  return all;
}

Task<std::string> Mailbox::source(model::MessageId /*id*/) {
  throw Error{Errc::unsupported, "This kind of connection cannot give the source of a message.",
              "Read it as text or HTML instead."};
}

Task<std::vector<Change>> Mailbox::modify_many(std::vector<model::MessageId> ids,
                                               Provenance /*provenance*/,
                                               std::vector<std::string> add,
                                               std::vector<std::string> remove) {
  std::vector<Change> changes;
  changes.reserve(ids.size());
  std::optional<Error> trouble;
  for (auto& id : ids) {
    Change change{.id = std::move(id), .failure = trouble};
    if (!trouble) {
      try {
        co_await modify_labels(change.id, add, remove);
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

Task<DraftRef> Mailbox::draft(model::DraftId id) {
  std::string token;
  do {
    auto page = co_await drafts(most_with_messages, std::move(token));
    for (auto& one : page.drafts) {
      if (one.id == id) co_return std::move(one);
    }
    token = std::move(page.next_page_token);
  } while (!token.empty());
  throw Error{Errc::not_found, "There is no such draft.", "gmail_list_drafts shows what there is."};
}

Task<DraftSource> Mailbox::draft_source(model::DraftId id) {
  DraftSource found;
  found.ref = co_await draft(std::move(id));
  if (!found.ref.sent.message_id) throw Error{Errc::not_found, "There is no such draft."};
  found.rfc822 = co_await source(*found.ref.sent.message_id);
  co_return found;
}

}  // namespace gmail_mcp::mail
