#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "sandbox/rfc822.h"

namespace gmail_mcp::sandbox {

/// The searchable form of a mail, made once: every field by words_of().
struct SearchText {
  std::string from, to, cc, bcc, subject, body, list, delivered_to;
  std::vector<std::string> filenames;
};

struct StoredMessage {
  std::string id;         // 16 hex digits
  std::string thread_id;  // the id of the thread's first message
  std::vector<std::string> labels;
  Timestamp internal_date;
  std::uint64_t history_id = 0;  // of its last change
  std::string raw;
  Part mail;               // `raw` taken apart
  std::string message_id;  // the header, without brackets
  std::string snippet;
  SearchText text;
  bool has_attachment = false;

  bool has_label(std::string_view label) const;
};

struct Label {
  std::string id;
  std::string name;
  bool is_system = false;
  std::string message_list_visibility;  // "" where Gmail leaves it out
  std::string label_list_visibility;
  std::string text_color, background_color;
};

struct Change {
  enum class Kind { message_added, message_deleted, label_added, label_removed };
  std::uint64_t id = 0;
  Kind kind = Kind::message_added;
  std::string message_id, thread_id;
  std::vector<std::string> changed;  // labels added or removed
  std::vector<std::string> labels;   // of the message afterwards
};

/// A mail to be put into a mailbox.
struct Arrival {
  std::string raw;
  std::vector<std::string> labels = {"INBOX", "UNREAD"};
  std::optional<Timestamp> internal_date;  // now
  /// The thread that the sender names; it counts only if subject and references agree, as at
  /// Google.
  std::string thread_id;
};

/// One person's mail: messages, labels, drafts and the history of their changes. No I/O. Verbs
/// answer Errc::not_found, invalid_argument, conflict or too_large. Messages are borrowed until the
/// next change. One thread.
class Mailbox {
 public:
  Mailbox(std::string address, Clock& clock);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  const std::string& address() const { return address_; }

  const StoredMessage* find(std::string_view id) const;
  /// Errc::invalid_argument for a malformed id, Errc::not_found for an unknown one.
  Result<const StoredMessage*> message(std::string_view id) const;
  /// Oldest first; the same errors.
  Result<std::vector<const StoredMessage*>> thread(std::string_view id) const;
  /// Every message, newest first.
  std::vector<const StoredMessage*> newest_first() const;
  std::size_t message_count() const { return by_id_.size(); }
  std::size_t thread_count() const { return threads_.size(); }

  Result<const StoredMessage*> add(Arrival arrival);
  /// At most 100 each; only Gmail itself adds SENT and DRAFT.
  Result<const StoredMessage*> modify(std::string_view id, const std::vector<std::string>& add,
                                      const std::vector<std::string>& remove);
  Result<const StoredMessage*> trash(std::string_view id);
  Result<const StoredMessage*> untrash(std::string_view id);
  /// For good.
  Result<bool> remove(std::string_view id);
  /// Whether modify() would accept these, judged before anything is changed.
  std::optional<Error> judge_labels(const std::vector<std::string>& add,
                                    const std::vector<std::string>& remove) const;

  const std::vector<Label>& labels() const { return labels_; }
  const Label* find_label(std::string_view id) const;
  Result<const Label*> create_label(Label label);
  /// Replaces what is set in `label`; empty fields stay.
  Result<const Label*> update_label(std::string_view id, Label label);
  Result<bool> delete_label(std::string_view id);

  /// Draft id → message. A draft keeps its id when its message is replaced.
  using Draft = std::pair<std::string, const StoredMessage*>;
  std::vector<Draft> drafts() const;  // newest first
  Result<Draft> draft(std::string_view id) const;
  Result<Draft> create_draft(std::string raw, std::string thread_id);
  Result<Draft> update_draft(std::string_view id, std::string raw, std::string thread_id);
  Result<bool> delete_draft(std::string_view id);

  std::uint64_t history_id() const { return history_id_; }
  /// The changes after `start`, oldest first; Errc::not_found when they are no longer (or not yet)
  /// known.
  Result<std::vector<const Change*>> history_since(std::uint64_t start) const;
  /// Forgets everything up to now, as Google does after a week.
  void forget_history();

  /// The thread a mail belongs to by its References or In-Reply-To and Subject; "" for none.
  std::string thread_of(const Part& mail) const;

  /// A change that REST does not show (an IMAP flag): the message gets a new history id.
  Result<const StoredMessage*> touch(std::string_view id);

  /// Called after each change (before a removed message is destroyed), to push news. There may be
  /// several listeners; they must stay callable for as long as the mailbox changes.
  void on_change(std::function<void(const Change&)> listener) {
    listeners_.push_back(std::move(listener));
  }

 private:
  struct Key {
    Timestamp date;
    std::string id;
    auto operator<=>(const Key&) const = default;
  };

  StoredMessage* editable(std::string_view id);
  std::optional<Error> judge_arrival(const Arrival& arrival) const;
  std::optional<Error> judge_label_name(std::string_view name, std::string_view own_id) const;
  /// `thread_id` "": decided by the mail's headers.
  const StoredMessage* store(Arrival arrival, std::string thread_id);
  std::string fresh_id(Timestamp date);
  void record(StoredMessage& message, Change::Kind kind, std::vector<std::string> changed);
  void apply(StoredMessage& message, const std::vector<std::string>& add,
             const std::vector<std::string>& remove);
  void unlink(const StoredMessage& message);
  std::uint64_t random_bits();

  std::string address_;
  Clock& clock_;
  std::uint64_t random_state_;
  std::map<Key, std::unique_ptr<StoredMessage>> messages_;  // oldest first
  std::unordered_map<std::string, StoredMessage*> by_id_;
  std::map<std::string, std::vector<StoredMessage*>, std::less<>> threads_;  // oldest first
  std::unordered_multimap<std::string, StoredMessage*> by_message_id_;
  std::vector<Label> labels_;
  std::map<std::string, std::string, std::less<>> drafts_;  // draft id → message id
  std::deque<Change> history_;
  std::uint64_t history_id_;
  std::uint64_t history_floor_;  // changes up to here are forgotten
  std::size_t bytes_ = 0;
  std::vector<std::function<void(const Change&)>> listeners_;
};

}  // namespace gmail_mcp::sandbox
