#include "mail/imap_smtp/outlined.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gmail_mcp::mail {

namespace {

// What is wanted of the text begins only after the header.
constexpr std::uint64_t long_header = std::uint64_t{4} << 20U;
// Of many such messages together, so that whoever sends a hundred does not fill our memory.
constexpr std::uint64_t most_of_many = std::uint64_t{32} << 20U;
constexpr std::uint64_t least_of_one = std::uint64_t{64} << 10U;

}  // namespace

imap::FetchItems beginning_of_source(imap::FetchItems items, std::size_t messages,
                                     std::uint64_t of_source) {
  const auto wanted = long_header + of_source;
  const auto share = std::max(most_of_many, wanted) / std::max<std::size_t>(messages, 1);
  items.structure = false;
  items.size = true;
  items.sections = {""};
  items.window =
      imap::FetchItems::Window{.offset = 0, .bytes = std::clamp(share, least_of_one, wanted)};
  return items;
}

Task<std::vector<imap::Fetched>> fetch_outlined(imap::Client& client, imap::UidSet uids,
                                                imap::FetchItems items, std::uint64_t of_source) {
  items.structure = true;
  auto fetched = co_await client.fetch(uids, items);
  for (const auto& one : fetched) uids.remove(imap::UidSet{one.uid});
  if (uids.empty()) co_return fetched;
  items = beginning_of_source(std::move(items), uids.size(), of_source);
  // One at a time: together they may be more than a response holds, and they are rare.
  for (const auto uid : uids.uids(uids.size())) {
    const imap::UidSet one{uid};
    auto whole = co_await client.fetch(one, items);
    std::move(whole.begin(), whole.end(), std::back_inserter(fetched));
  }
  co_return fetched;
}

bool is_cut_source(const imap::Fetched& fetched) {
  const auto* source = fetched.structure ? nullptr : fetched.section("");
  return source != nullptr && fetched.size.value_or(0) > source->size();
}

}  // namespace gmail_mcp::mail
