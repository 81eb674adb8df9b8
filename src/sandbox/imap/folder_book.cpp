#include "sandbox/imap/folder_book.h"

#include <algorithm>

#include "sandbox/imap/folder_list.h"

namespace gmail_mcp::sandbox::imap {

namespace {

std::vector<Folder::Entry>::const_iterator place_of(const std::vector<Folder::Entry>& entries,
                                                    Uid uid) {
  const auto place =
      std::lower_bound(entries.begin(), entries.end(), uid,
                       [](const Folder::Entry& entry, Uid wanted) { return entry.uid < wanted; });
  return place != entries.end() && place->uid == uid ? place : entries.end();
}

}  // namespace

const StoredMessage* Folder::find(Uid uid) const {
  const auto place = place_of(entries_, uid);
  return place == entries_.end() ? nullptr : place->message;
}

Uid Folder::uid_of(const StoredMessage& message) const {
  const auto found = uids_.find(&message);
  return found == uids_.end() ? 0 : found->second;
}

std::size_t Folder::unseen() const {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [](const Entry& entry) { return entry.message->has_label("UNREAD"); }));
}

void Folder::add(const StoredMessage& message) {
  const auto uid = uid_next_++;
  entries_.push_back(Entry{uid, &message});
  uids_.emplace(&message, uid);
  for (auto* watcher : watchers_) watcher->arrived(uid);
}

void Folder::drop(const StoredMessage& message) {
  const auto uid = uid_of(message);
  entries_.erase(place_of(entries_, uid));
  uids_.erase(&message);
  deleted_.erase(uid);
  for (auto* watcher : watchers_) watcher->gone(uid);
}

void Folder::renumber(std::uint32_t uid_validity) {
  uid_validity_ = uid_validity;
  uid_next_ = 1;
  deleted_.clear();
  for (auto& entry : entries_) {
    entry.uid = uid_next_++;
    uids_[entry.message] = entry.uid;
  }
  for (auto* watcher : watchers_) watcher->renumbered();
}

FolderBook::FolderBook(Mailbox& mailbox) : mailbox_{mailbox} {
  mailbox_.on_change([this](const Change& change) { follow(change); });
}

bool FolderBook::belongs(const StoredMessage& message, std::string_view key) {
  // Spam and trash hide a message from everywhere else; trash is the stronger.
  if (message.has_label("TRASH")) return key == "TRASH";
  if (message.has_label("SPAM")) return key == "SPAM";
  return key == all_mail || message.has_label(key);
}

Folder& FolderBook::folder(std::string_view key) {
  const auto found = folders_.find(key);
  if (found != folders_.end()) return *found->second;
  auto made = std::make_unique<Folder>(std::string{key}, next_uid_validity_++);
  auto messages = mailbox_.newest_first();
  std::reverse(messages.begin(), messages.end());
  for (const auto* message : messages) {
    if (belongs(*message, key)) made->add(*message);
  }
  return *folders_.emplace(std::string{key}, std::move(made)).first->second;
}

void FolderBook::follow(const Change& change) {
  const auto* message = mailbox_.find(change.message_id);
  if (message == nullptr) return;
  const bool removed = change.kind == Change::Kind::message_deleted;
  if (removed) flags_.erase(message->id);
  for (auto& [key, folder] : folders_) {
    const auto uid = folder->uid_of(*message);
    const bool wanted = !removed && belongs(*message, key);
    if (uid != 0 && !wanted) folder->drop(*message);
    if (uid == 0 && wanted) folder->add(*message);
    if (uid != 0 && wanted) {
      for (auto* watcher : folder->watchers()) watcher->changed(uid);
    }
  }
}

const std::set<std::string>& FolderBook::flags(const StoredMessage& message) const {
  static const std::set<std::string> none;
  const auto found = flags_.find(message.id);
  return found == flags_.end() ? none : found->second;
}

void FolderBook::set_flags(const StoredMessage& message, std::set<std::string> flags) {
  flags_[message.id] = std::move(flags);
}

void FolderBook::announce(const StoredMessage& message) {
  for (auto& [key, folder] : folders_) {
    const auto uid = folder->uid_of(message);
    if (uid == 0) continue;
    for (auto* watcher : folder->watchers()) watcher->changed(uid);
  }
}

void FolderBook::renumber() {
  for (auto& [key, folder] : folders_) folder->renumber(next_uid_validity_++);
}

}  // namespace gmail_mcp::sandbox::imap
