#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/imap/folder_book.h"

namespace gmail_mcp::sandbox::imap {

/// A sequence set (RFC 3501 §9): "2,4:7,9,12:*". "*" is the largest there is.
class SequenceSet {
 public:
  static std::optional<SequenceSet> parse(std::string_view text);

  struct Range {
    std::uint32_t first = 0, last = 0;
  };
  /// As ranges that ascend and do not touch, for a `*` of `largest`.
  std::vector<Range> resolve(std::uint32_t largest) const;

 private:
  std::vector<Range> ranges_;  // as written; 0 is "*"
};

/// "1:3,7" of ascending numbers.
std::string to_set(const std::vector<std::uint32_t>& numbers);

/// The selected folder as one connection knows it: message numbers change only when the client is
/// told so, whatever happens meanwhile (RFC 3501 §7.4.1).
class View final : public FolderWatcher {
 public:
  /// `on_news` is called during a change when there is something to tell the client.
  View(Folder& folder, bool read_only, std::function<void()> on_news);
  ~View() override;
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  Folder& folder() { return folder_; }
  bool is_read_only() const { return read_only_; }
  bool is_void() const { return void_; }
  /// The UIDs by message number, from 1.
  const std::vector<Uid>& uids() const { return uids_; }
  /// 0: it is not among them.
  std::uint32_t number_of(Uid uid) const;
  /// The UIDs that a set means, ascending.
  std::vector<Uid> select(const SequenceSet& set, bool by_uid) const;

  /// The changes that the client must be told; afterwards they count as told.
  struct News {
    std::vector<std::uint32_t> expunged;  // message numbers, each valid at the moment it is sent
    std::optional<std::size_t> exists;
    std::vector<Uid> changed;
  };
  News take_news();
  bool has_news() const { return !gone_.empty() || !arrived_.empty() || !changed_.empty(); }
  /// The client already knows of this change.
  void forget_change(Uid uid) { changed_.erase(uid); }

  void arrived(Uid uid) override;
  void gone(Uid uid) override;
  void changed(Uid uid) override;
  void renumbered() override;

 private:
  Folder& folder_;
  bool read_only_;
  bool void_ = false;
  std::function<void()> on_news_;
  std::vector<Uid> uids_;
  std::set<Uid> arrived_, changed_;
  std::set<Uid, std::greater<>> gone_;
};

}  // namespace gmail_mcp::sandbox::imap
