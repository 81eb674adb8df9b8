#include <algorithm>
#include <utility>

#include "mail/imap_smtp/imap_smtp_mailbox.h"
#include "mail/imap_smtp/labels.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;

// Counting threads means fetching a number of each message. Above this it is not worth it, and
// the messages stand for them.
constexpr std::int64_t most_counted = 100'000;

}  // namespace

Task<model::Profile> ImapSmtpMailbox::profile() {
  const auto work = [&](Client& client) -> Task<model::Profile> {
    const auto known = co_await places(client);
    model::Profile profile;
    profile.email_address = account_.address;
    std::uint64_t changes = 0;
    for (const auto& place : known->everywhere()) {
      const auto status = co_await client.status(place.folder);
      profile.messages_total += status.messages;
      changes = std::max<std::uint64_t>(
          changes, status.highest_modseq > 0 ? status.highest_modseq : status.uid_next);
    }
    profile.history_id = std::to_string(changes);
    profile.threads_total = profile.messages_total;
    if (!client.is_gmail() || profile.messages_total > most_counted) co_return profile;
    std::vector<std::uint64_t> threads;
    const imap::FetchSink sink = [&](const imap::Fetched& one) {
      if (one.gmail_thread_id) threads.push_back(*one.gmail_thread_id);
    };
    for (const auto& place : known->everywhere()) {
      imap::Search search;
      search.keys("ALL");
      auto uids = co_await search_in(client, place.folder, std::move(search), Mode::read);
      if (uids.empty()) continue;
      imap::FetchItems items;
      items.gmail_ids = true;
      co_await client.fetch(std::move(uids), std::move(items), sink);
    }
    std::sort(threads.begin(), threads.end());
    profile.threads_total = std::unique(threads.begin(), threads.end()) - threads.begin();
    co_return profile;
  };
  co_return co_await with<model::Profile>(work);
}

}  // namespace gmail_mcp::mail
