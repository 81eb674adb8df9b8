#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sandbox/mailbox.h"

namespace gmail_mcp::sandbox::imap {

using Uid = std::uint32_t;

/// Is told of changes of one folder while it is selected on a connection.
class FolderWatcher {
 public:
  virtual ~FolderWatcher() = default;
  virtual void arrived(Uid uid) = 0;
  virtual void gone(Uid uid) = 0;
  virtual void changed(Uid uid) = 0;
  /// All UIDs have become invalid.
  virtual void renumbered() = 0;
};

/// One folder's numbering. Its messages are those of the mailbox with the folder's label.
class Folder {
 public:
  struct Entry {
    Uid uid = 0;
    const StoredMessage* message = nullptr;
  };

  Folder(std::string key, std::uint32_t uid_validity)
      : key_{std::move(key)}, uid_validity_{uid_validity} {}

  const std::string& key() const { return key_; }
  std::uint32_t uid_validity() const { return uid_validity_; }
  Uid uid_next() const { return uid_next_; }
  /// By UID, ascending.
  const std::vector<Entry>& entries() const { return entries_; }
  const StoredMessage* find(Uid uid) const;
  /// 0: it is not in here.
  Uid uid_of(const StoredMessage& message) const;
  std::size_t unseen() const;

  /// The messages marked \Deleted, when that does not remove them at once.
  std::set<Uid>& deleted() { return deleted_; }
  std::vector<FolderWatcher*>& watchers() { return watchers_; }

 private:
  friend class FolderBook;
  void add(const StoredMessage& message);
  void drop(const StoredMessage& message);
  void renumber(std::uint32_t uid_validity);

  std::string key_;
  std::uint32_t uid_validity_;
  Uid uid_next_ = 1;
  std::vector<Entry> entries_;
  std::unordered_map<const StoredMessage*, Uid> uids_;
  std::set<Uid> deleted_;
  std::vector<FolderWatcher*> watchers_;
};

/// The folders of one mailbox, kept up to date with its changes. Must live as long as the mailbox
/// changes, because the mailbox calls it. One thread.
class FolderBook {
 public:
  explicit FolderBook(Mailbox& mailbox);
  FolderBook(const FolderBook&) = delete;
  FolderBook& operator=(const FolderBook&) = delete;

  Mailbox& mailbox() { return mailbox_; }
  /// By key; made when it is first asked for. Lives as long as this.
  Folder& folder(std::string_view key);

  /// \Answered and the flags people make up: those that Gmail has no label for.
  const std::set<std::string>& flags(const StoredMessage& message) const;
  void set_flags(const StoredMessage& message, std::set<std::string> flags);
  /// Tells the watchers that a message looks different although the mailbox has not changed.
  void announce(const StoredMessage& message);

  /// Every folder gets another UIDVALIDITY and new UIDs.
  void renumber();

 private:
  void follow(const Change& change);
  static bool belongs(const StoredMessage& message, std::string_view key);

  Mailbox& mailbox_;
  std::map<std::string, std::unique_ptr<Folder>, std::less<>> folders_;
  std::unordered_map<std::string, std::set<std::string>> flags_;  // by message id
  std::uint32_t next_uid_validity_ = 1;
};

}  // namespace gmail_mcp::sandbox::imap
