#include "mail/imap_smtp/outlined.h"

#include <algorithm>
#include <utility>

namespace gmail_mcp::mail {

namespace {

// The wanted part of the text begins only after the header.
constexpr std::uint64_t long_header = std::uint64_t{4} << 20U;
// The limit for many such messages together, so that a hundred of them do not fill our memory.
constexpr std::uint64_t most_of_many = std::uint64_t{32} << 20U;
constexpr std::uint64_t least_of_one = std::uint64_t{64} << 10U;

}  // namespace

Task<Given> fetch_outlined(imap::Client& client, imap::UidSet uids, imap::FetchItems items,
                           std::uint64_t of_source, TakeFetched take) {
  items.structure = true;
  auto given = co_await fetch_each(client, uids, items, take);
  uids.remove(given.uids);
  if (uids.empty()) co_return given;
  const auto wanted = long_header + of_source;
  const auto share = std::max(most_of_many, wanted) / uids.size();
  items.structure = false;
  items.size = true;
  items.sections = {""};
  items.window =
      imap::FetchItems::Window{.offset = 0, .bytes = std::clamp(share, least_of_one, wanted)};
  // One at a time, because together they may be more than a response may have; they are rare.
  for (const auto uid : uids.uids(uids.size())) {
    const imap::UidSet one{uid};
    auto more = co_await fetch_each(client, one, items, take);
    if (!more.uids.empty()) given.uids.add(uid);
    if (more.refusal) given.refusal = std::move(more.refusal);
  }
  uids.remove(given.uids);
  if (uids.empty()) given.refusal.reset();  // all that was refused before has come now
  co_return given;
}

bool is_cut_source(const imap::Fetched& fetched) {
  const auto* source = fetched.structure ? nullptr : fetched.section("");
  return source != nullptr && fetched.size.value_or(0) > source->size();
}

}  // namespace gmail_mcp::mail
