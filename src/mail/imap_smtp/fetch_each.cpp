#include "mail/imap_smtp/fetch_each.h"

#include <utility>
#include <vector>

namespace gmail_mcp::mail {

namespace {

// A server that refuses everything is not asked thousands of times.
constexpr int most_refusals = 500;

}  // namespace

bool is_about_what_was_asked(const imap::Client& client, const Error& error) {
  return client.is_open() && error.code != Errc::rate_limited &&
         error.code != Errc::unauthenticated && error.code != Errc::reconnect_required;
}

Task<Given> fetch_each(imap::Client& client, imap::UidSet uids, imap::FetchItems items,
                       TakeFetched take) {
  Given given;
  const imap::FetchSink sink = [&](imap::Fetched one) {
    const auto uid = one.uid;
    if (take(std::move(one))) given.uids.add(uid);
  };
  std::vector<imap::UidSet> todo;
  if (!uids.empty()) todo.push_back(std::move(uids));
  int refusals = 0;
  while (!todo.empty()) {
    auto some = std::move(todo.back());
    todo.pop_back();
    bool is_refused = false;
    try {
      co_await client.fetch(some, items, sink);
    } catch (const Error& error) {
      if (!is_about_what_was_asked(client, error) || ++refusals > most_refusals) throw;
      given.refusal = error;
      is_refused = true;
    }
    if (!is_refused) continue;
    const auto size = some.size();
    some.remove(given.uids);
    if (size == 1) {
      for (const auto uid : some.uids(1)) given.refused.add(uid);
      continue;
    }
    if (some.empty()) continue;
    if (some.size() > 1 && some.size() == size) {
      auto half = some.take_highest(size / 2);
      todo.push_back(std::move(half));
    }
    todo.push_back(std::move(some));
  }
  co_return given;
}

}  // namespace gmail_mcp::mail
