#include "mail/imap_smtp/uid_slices.h"

#include <limits>

namespace gmail_mcp::mail {

namespace {

using imap::Uid;
using imap::UidSet;

constexpr Uid highest_uid = std::numeric_limits<Uid>::max();

}  // namespace

UidSet at_or_above(const UidSet& uids, Uid bound) {
  auto some = uids;
  UidSet below;
  if (bound > 1) below.add(1, bound - 1);
  some.remove(below);
  return some;
}

UidSet below(const UidSet& uids, Uid bound) {
  auto some = uids;
  UidSet rest;
  rest.add(bound, highest_uid);
  some.remove(rest);
  return some;
}

UidSet both(UidSet some, const UidSet& others) {
  auto rest = some;
  rest.remove(others);
  some.remove(rest);
  return some;
}

UidSet lowest(const UidSet& uids, std::size_t most) {
  UidSet some;
  for (const auto uid : uids.uids(most)) some.add(uid);
  return some;
}

}  // namespace gmail_mcp::mail
