#include "mail/imap_smtp/outlined.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gmail_mcp::mail {

namespace {

// What is wanted of the text begins only after the header.
constexpr std::uint64_t long_header = std::uint64_t{4} << 20U;

}  // namespace

Task<std::vector<imap::Fetched>> fetch_outlined(imap::Client& client, imap::UidSet uids,
                                                imap::FetchItems items, std::uint64_t of_source) {
  items.structure = true;
  auto fetched = co_await client.fetch(uids, items);
  for (const auto& one : fetched) uids.remove(imap::UidSet{one.uid});
  if (uids.empty()) co_return fetched;
  items.structure = false;
  items.sections = {""};
  items.window = imap::FetchItems::Window{.offset = 0, .bytes = long_header + of_source};
  // One at a time: together they may be more than a response holds, and they are rare.
  for (const auto uid : uids.uids(uids.size())) {
    const imap::UidSet one{uid};
    auto whole = co_await client.fetch(one, items);
    std::move(whole.begin(), whole.end(), std::back_inserter(fetched));
  }
  co_return fetched;
}

bool is_cut_source(const imap::Fetched& fetched, std::uint64_t of_source) {
  const auto* source = fetched.structure ? nullptr : fetched.section("");
  return source != nullptr && source->size() >= long_header + of_source;
}

}  // namespace gmail_mcp::mail
