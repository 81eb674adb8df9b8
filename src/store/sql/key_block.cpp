#include "store/sql/key_block.h"

#include <algorithm>
#include <utility>

#include "store/sql/archive_key.h"

namespace gmail_mcp::store {

namespace {

// A date of whole seconds says nothing about the place within the second: others may come before
// and after.
constexpr std::int64_t middle = archive_key::places / 2;

std::int64_t wish_of(std::int64_t first, const Placed& one) {
  if (archive_key::block_of(one.key) != first) return first;  // its own second had no room
  const bool is_exact = one.key % archive_key::places != 0 || one.message->spot.uid == 0;
  return is_exact ? one.key : first + middle;
}

}  // namespace

void KeyBlock::take(std::int64_t key, const Spot& spot, Timestamp date) {
  taken_.insert(key);
  if (spot.uid > 0) known_.emplace(Order{spot.folder, date, spot.uid}, key);
}

KeyBlock::Order KeyBlock::order_of(const Placed& one) {
  const auto& spot = one.message->spot;
  return {spot.folder, archive_key::within_reach(one.message->archived.message.date), spot.uid};
}

KeyBlock::Between KeyBlock::between(const Placed& one) const {
  Between where{.after = first_ - 1, .before = first_ + archive_key::places};
  if (one.message->spot.uid == 0) return where;
  const auto order = order_of(one);
  const auto next = known_.lower_bound(order);
  const auto is_of_folder = [&](auto at) { return std::get<0>(at->first) == std::get<0>(order); };
  if (next != known_.end() && is_of_folder(next)) {
    where.before = next->second;
    where.is_before_known = true;
  }
  if (next != known_.begin() && is_of_folder(std::prev(next))) {
    where.after = std::prev(next)->second;
    where.is_before_known = false;  // it comes after that one, as close as possible
  }
  return where;
}

std::int64_t KeyBlock::find_free(std::int64_t wish, const Between& where) const {
  if (where.before - where.after < 2) return -1;
  const auto start = std::clamp(wish, where.after + 1, where.before - 1);
  const auto upwards = [&] {
    auto key = start;
    while (key < where.before && taken_.contains(key)) ++key;
    return key < where.before ? key : -1;
  };
  const auto downwards = [&] {
    auto key = start;
    while (key > where.after && taken_.contains(key)) --key;
    return key > where.after ? key : -1;
  };
  if (where.is_before_known) {
    const auto key = downwards();
    return key >= 0 ? key : upwards();
  }
  const auto key = upwards();
  return key >= 0 ? key : downwards();
}

void KeyBlock::place(std::vector<Placed>& waiting, std::vector<Placed>& placed) {
  std::vector<Placed> known, others, left;
  for (auto& one : waiting) (one.message->spot.uid > 0 ? known : others).push_back(one);
  std::sort(known.begin(), known.end(),
            [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  // Away from the existing ones: older ones downwards from the newest, newer ones upwards.
  if (!known.empty()) {
    const bool follows = between(known.front()).after >= first_;
    if (!follows) std::reverse(known.begin(), known.end());
  }
  known.insert(known.end(), others.begin(), others.end());
  for (auto& one : known) {
    const auto wish = wish_of(first_, one);
    auto key = find_free(wish, between(one));
    if (key < 0)
      key = find_free(wish, {.after = first_ - 1, .before = first_ + archive_key::places});
    if (key < 0) {
      left.push_back(one);
      continue;
    }
    one.key = key;
    take(key, one.message->spot, archive_key::within_reach(one.message->archived.message.date));
    placed.push_back(one);
  }
  waiting = std::move(left);
}

}  // namespace gmail_mcp::store
