#include "imap/uid_set.h"

#include <algorithm>
#include <charconv>

namespace gmail_mcp::imap {

namespace {

std::optional<Uid> uid_of(std::string_view text) {
  Uid value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

void append(std::string& text, UidSet::Range range) {
  if (!text.empty()) text += ',';
  text += std::to_string(range.first);
  if (range.last == range.first) return;
  text += ':';
  text += std::to_string(range.last);
}

}  // namespace

UidSet::UidSet(std::initializer_list<Uid> uids) {
  for (const Uid uid : uids) add(uid);
}

std::optional<UidSet> UidSet::parse(std::string_view text) {
  UidSet set;
  std::vector<Range> found;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto piece = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    if (comma != std::string_view::npos && text.empty()) return std::nullopt;
    const auto colon = piece.find(':');
    const auto first = uid_of(piece.substr(0, colon));
    const auto last = colon == std::string_view::npos ? first : uid_of(piece.substr(colon + 1));
    if (!first || !last) return std::nullopt;
    found.push_back({std::min(*first, *last), std::max(*first, *last)});
  }
  // Sorted first, so that each range is added at the end, whatever order a server chose.
  std::sort(found.begin(), found.end(), [](Range a, Range b) { return a.first < b.first; });
  for (const auto range : found) set.add(range.first, range.last);
  return set;
}

void UidSet::add(Uid first, Uid last) {
  if (first == 0 || last < first) return;
  // The first range that touches or follows [first, last].
  auto at = std::lower_bound(ranges_.begin(), ranges_.end(), first, [](Range range, Uid uid) {
    return std::uint64_t{range.last} + 1 < uid;
  });
  auto end = at;
  while (end != ranges_.end() && end->first <= std::uint64_t{last} + 1) {
    first = std::min(first, end->first);
    last = std::max(last, end->last);
    ++end;
  }
  if (at == end) {
    ranges_.insert(at, {first, last});
    return;
  }
  *at = {first, last};
  ranges_.erase(at + 1, end);
}

void UidSet::remove(const UidSet& others) {
  std::vector<Range> left;
  auto other = others.ranges_.begin();
  for (auto range : ranges_) {
    while (other != others.ranges_.end() && other->last < range.first) ++other;
    bool is_used_up = false;
    for (auto at = other; at != others.ranges_.end() && at->first <= range.last; ++at) {
      if (at->first > range.first) left.push_back({range.first, at->first - 1});
      if (at->last >= range.last) {
        is_used_up = true;
        break;
      }
      range.first = at->last + 1;
    }
    if (!is_used_up) left.push_back(range);
  }
  ranges_ = std::move(left);
}

bool UidSet::contains(Uid uid) const {
  const auto at = std::lower_bound(ranges_.begin(), ranges_.end(), uid,
                                   [](Range range, Uid sought) { return range.last < sought; });
  return at != ranges_.end() && at->first <= uid;
}

std::uint64_t UidSet::size() const {
  std::uint64_t count = 0;
  for (const auto range : ranges_) count += std::uint64_t{range.last} - range.first + 1;
  return count;
}

std::vector<Uid> UidSet::uids(std::size_t most) const {
  std::vector<Uid> list;
  for (const auto range : ranges_) {
    for (std::uint64_t uid = range.first; uid <= range.last; ++uid) {
      if (list.size() >= most) return list;
      list.push_back(static_cast<Uid>(uid));
    }
  }
  return list;
}

UidSet UidSet::take_highest(std::size_t most) {
  UidSet taken;
  while (most > 0 && !ranges_.empty()) {
    auto& range = ranges_.back();
    const auto count = std::uint64_t{range.last} - range.first + 1;
    if (count <= most) {
      taken.ranges_.push_back(range);
      most -= static_cast<std::size_t>(count);
      ranges_.pop_back();
    } else {
      const auto first = static_cast<Uid>(range.last - most + 1);
      taken.ranges_.push_back({first, range.last});
      range.last = first - 1;
      most = 0;
    }
  }
  std::reverse(taken.ranges_.begin(), taken.ranges_.end());
  return taken;
}

std::string UidSet::to_string() const {
  std::string text;
  for (const auto range : ranges_) append(text, range);
  return text;
}

std::vector<std::string> UidSet::to_strings(std::size_t max_bytes) const {
  std::vector<std::string> texts;
  for (const auto range : ranges_) {
    if (texts.empty() || texts.back().size() >= max_bytes) texts.emplace_back();
    append(texts.back(), range);
  }
  return texts;
}

}  // namespace gmail_mcp::imap
