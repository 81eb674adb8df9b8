#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::imap {

/// A message's number in one folder, valid as long as the folder's UIDVALIDITY. Never 0.
using Uid = std::uint32_t;

/// Unique identifiers as ranges: `1:4,7` (RFC 3501 §9, sequence-set). Ascending, never touching. A
/// server can name four thousand million UIDs in twelve bytes, so nothing here expands ranges
/// without a limit. A value.
class UidSet {
 public:
  struct Range {
    Uid first = 0;
    Uid last = 0;
    bool operator==(const Range&) const = default;
  };

  UidSet() = default;
  UidSet(std::initializer_list<Uid> uids);

  /// nullopt unless `text` is a set of plain numbers (no `*`). "" is the empty set.
  static std::optional<UidSet> parse(std::string_view text);

  void add(Uid uid) { add(uid, uid); }
  void add(Uid first, Uid last);
  void remove(const UidSet& others);

  bool empty() const { return ranges_.empty(); }
  bool contains(Uid uid) const;
  std::uint64_t size() const;
  /// 0 when empty.
  Uid lowest() const { return ranges_.empty() ? 0 : ranges_.front().first; }
  Uid highest() const { return ranges_.empty() ? 0 : ranges_.back().last; }
  const std::vector<Range>& ranges() const { return ranges_; }

  /// The first `most` of them, ascending.
  std::vector<Uid> uids(std::size_t most) const;
  /// The last `most` of them, as a set; they are removed from this one.
  UidSet take_highest(std::size_t most);

  std::string to_string() const;
  /// The same as several texts, none much longer than `max_bytes`, because servers limit a
  /// command's line.
  std::vector<std::string> to_strings(std::size_t max_bytes) const;

  bool operator==(const UidSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

}  // namespace gmail_mcp::imap
