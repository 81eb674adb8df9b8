#include "sandbox/imap/view.h"

#include <algorithm>

#include "base/text.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

// A number from 1, or "*" as 0.
std::optional<std::uint32_t> read_place(std::string_view text) {
  if (text == "*") return 0;
  const auto number = read_number<std::uint32_t>(text);
  return number == 0 ? std::nullopt : number;
}

}  // namespace

std::optional<SequenceSet> SequenceSet::parse(std::string_view text) {
  SequenceSet set;
  std::size_t at = 0;
  while (at <= text.size()) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto part = text.substr(at, end - at);
    at = end + 1;
    const auto colon = part.find(':');
    const auto first = read_place(part.substr(0, colon));
    const auto last = colon == std::string_view::npos ? first : read_place(part.substr(colon + 1));
    if (!first || !last) return std::nullopt;
    set.ranges_.push_back(Range{*first, *last});
  }
  return set;
}

std::vector<SequenceSet::Range> SequenceSet::resolve(std::uint32_t largest) const {
  std::vector<Range> sorted;
  for (const auto& range : ranges_) {
    const auto a = range.first == 0 ? largest : range.first;
    const auto b = range.last == 0 ? largest : range.last;
    sorted.push_back(Range{std::min(a, b), std::max(a, b)});
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> merged;
  for (const auto& range : sorted) {
    if (!merged.empty() && range.first <= merged.back().last) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

std::string to_set(const std::vector<std::uint32_t>& numbers) {
  std::string out;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (!out.empty()) out += ',';
    out += std::to_string(numbers[i]);
    if (end - i > 1) out += ":" + std::to_string(numbers[end - 1]);
    i = end;
  }
  return out;
}

View::View(Folder& folder, bool read_only, std::function<void()> on_news)
    : folder_{folder}, read_only_{read_only}, on_news_{std::move(on_news)} {
  uids_.reserve(folder.entries().size());
  for (const auto& entry : folder.entries()) uids_.push_back(entry.uid);
  folder_.watchers().push_back(this);
}

View::~View() { std::erase(folder_.watchers(), this); }

std::uint32_t View::number_of(Uid uid) const {
  const auto place = std::lower_bound(uids_.begin(), uids_.end(), uid);
  if (place == uids_.end() || *place != uid) return 0;
  return static_cast<std::uint32_t>(place - uids_.begin()) + 1;
}

std::vector<Uid> View::select(const SequenceSet& set, bool by_uid) const {
  std::vector<Uid> chosen;
  const auto count = static_cast<std::uint32_t>(uids_.size());
  const auto largest = !by_uid ? count : uids_.empty() ? 0 : uids_.back();
  const auto ranges = set.resolve(largest);
  auto range = ranges.begin();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto number = by_uid ? uids_[i] : i + 1;
    while (range != ranges.end() && range->last < number) ++range;
    if (range == ranges.end()) break;
    if (range->first <= number) chosen.push_back(uids_[i]);
  }
  return chosen;
}

View::News View::take_news() {
  News news;
  // The highest first, so that no number changes before it is sent.
  for (const auto uid : gone_) {
    const auto number = number_of(uid);
    if (number == 0) continue;
    news.expunged.push_back(number);
    uids_.erase(uids_.begin() + (number - 1));
  }
  if (!arrived_.empty()) {
    uids_.insert(uids_.end(), arrived_.begin(), arrived_.end());
    news.exists = uids_.size();
  }
  news.changed.assign(changed_.begin(), changed_.end());
  gone_.clear();
  arrived_.clear();
  changed_.clear();
  return news;
}

void View::arrived(Uid uid) {
  arrived_.insert(uid);
  on_news_();
}

void View::gone(Uid uid) {
  changed_.erase(uid);
  // It arrived and left before the client was told of it.
  if (arrived_.erase(uid) == 0) gone_.insert(uid);
  on_news_();
}

void View::changed(Uid uid) {
  if (!arrived_.contains(uid)) changed_.insert(uid);
  on_news_();
}

void View::renumbered() {
  void_ = true;
  on_news_();
}

}  // namespace gmail_mcp::sandbox::imap
