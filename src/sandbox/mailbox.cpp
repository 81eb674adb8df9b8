#include "sandbox/mailbox.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/system_labels.h"
#include "sandbox/text.h"
#include "sandbox/words.h"

namespace gmail_mcp::sandbox {

namespace {

// Limits, so that a forgotten sandbox does not use up the machine.
constexpr std::size_t max_messages = 200'000;
constexpr std::size_t max_bytes = std::size_t{1} << 30;
constexpr std::size_t max_history = 20'000;

bool is_hex_id(std::string_view id) {
  return !id.empty() && id.size() <= 16 &&
         id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error not_found() { return {Errc::not_found, "Requested entity was not found."}; }

// "Re: Fwd: Lunch" → "lunch": what makes two subjects the same conversation.
std::string thread_subject(std::string_view subject) {
  auto text = to_lower_ascii(trim(subject));
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view prefix : {"re:", "fwd:", "fw:", "aw:"}) {
      if (text.starts_with(prefix)) {
        text = std::string{trim(std::string_view{text}.substr(prefix.size()))};
        again = true;
      }
    }
  }
  return text;
}

std::vector<std::string> parents_of(const Part& mail) {
  auto ids = message_ids(header(mail, "References"));
  for (auto& id : message_ids(header(mail, "In-Reply-To"))) ids.push_back(std::move(id));
  return ids;
}

// The first text of the wanted type that is not a file.
const Part* find_text(const Part& part, std::string_view type) {
  if (part.mime_type == type && !part.is_attachment) return &part;
  if (part.mime_type == "message/rfc822") return nullptr;
  for (const auto& child : part.parts) {
    if (const auto* found = find_text(child, type)) return found;
  }
  return nullptr;
}

void collect_files(const Part& part, StoredMessage& message) {
  if (part.is_attachment) {
    const bool inline_image = !header(part, "Content-ID").empty() &&
                              header(part, "Content-Disposition").starts_with("inline");
    message.has_attachment |= !part.filename.empty() && !inline_image;
    if (!part.filename.empty()) message.text.filenames.push_back(words_of(part.filename));
  }
  for (const auto& child : part.parts) collect_files(child, message);
}

// Fills everything that is derived from `raw`.
void digest(StoredMessage& message) {
  message.mail = parse_mail(message.raw);
  const auto& mail = message.mail;
  const auto ids = message_ids(header(mail, "Message-ID"));
  if (!ids.empty()) message.message_id = ids.front();
  std::string body;
  if (const auto* plain = find_text(mail, "text/plain")) {
    body = text_body(*plain, message.raw);
  } else if (const auto* html = find_text(mail, "text/html")) {
    body = text_of_html(text_body(*html, message.raw));
  }
  message.snippet = snippet_of(body);
  auto& text = message.text;
  text.from = words_of(header(mail, "From"));
  text.to = words_of(header(mail, "To"));
  text.cc = words_of(header(mail, "Cc"));
  text.bcc = words_of(header(mail, "Bcc"));
  text.subject = words_of(header(mail, "Subject"));
  text.list = words_of(header(mail, "List-Id"));
  text.delivered_to = words_of(header(mail, "Delivered-To"));
  text.body = words_of(body);
  collect_files(mail, message);
}

}  // namespace

bool StoredMessage::has_label(std::string_view label) const { return contains(labels, label); }

Mailbox::Mailbox(std::string address, Clock& clock)
    : address_{std::move(address)}, clock_{clock}, random_state_{0x9E3779B97F4A7C15} {
  // Seeded by the address alone: the same run gives the same ids.
  for (const char c : address_) {
    random_state_ = (random_state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  history_id_ = 1000 + random_bits() % 9000;
  history_floor_ = history_id_;
  labels_ = system_labels();
}

// splitmix64: ids look random and yet are the same in each run.
std::uint64_t Mailbox::random_bits() {
  random_state_ += 0x9E3779B97F4A7C15;
  auto x = random_state_;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EB;
  return x ^ (x >> 31U);
}

// As at Google: milliseconds above 20 other bits.
std::string Mailbox::fresh_id(Timestamp date) {
  const auto ms = static_cast<std::uint64_t>(date.time_since_epoch().count());
  while (true) {
    auto id = fmt::format("{:016x}", (ms << 20U) | (random_bits() & 0xFFFFFU));
    if (!by_id_.contains(id)) return id;
  }
}

const StoredMessage* Mailbox::find(std::string_view id) const {
  const auto found = by_id_.find(std::string{id});
  return found == by_id_.end() ? nullptr : found->second;
}

StoredMessage* Mailbox::editable(std::string_view id) {
  const auto found = by_id_.find(std::string{id});
  return found == by_id_.end() ? nullptr : found->second;
}

Result<const StoredMessage*> Mailbox::message(std::string_view id) const {
  if (!is_hex_id(id)) return Error{Errc::invalid_argument, "Invalid id value"};
  if (const auto* found = find(id)) return found;
  return not_found();
}

Result<std::vector<const StoredMessage*>> Mailbox::thread(std::string_view id) const {
  if (!is_hex_id(id)) return Error{Errc::invalid_argument, "Invalid id value"};
  const auto found = threads_.find(id);
  if (found == threads_.end()) return not_found();
  return std::vector<const StoredMessage*>{found->second.begin(), found->second.end()};
}

std::vector<const StoredMessage*> Mailbox::newest_first() const {
  std::vector<const StoredMessage*> all;
  all.reserve(messages_.size());
  for (auto it = messages_.rbegin(); it != messages_.rend(); ++it) all.push_back(it->second.get());
  return all;
}

std::string Mailbox::thread_of(const Part& mail) const {
  const auto subject = thread_subject(header(mail, "Subject"));
  for (const auto& parent : parents_of(mail)) {
    const auto [first, last] = by_message_id_.equal_range(parent);
    for (auto it = first; it != last; ++it) {
      if (thread_subject(header(it->second->mail, "Subject")) == subject) {
        return it->second->thread_id;
      }
    }
  }
  return {};
}

std::optional<Error> Mailbox::judge_arrival(const Arrival& arrival) const {
  if (messages_.size() >= max_messages || bytes_ + arrival.raw.size() > max_bytes) {
    return Error{Errc::too_large, "The sandbox mailbox is full."};
  }
  // A claimed thread must exist; whether the mail joins it is still decided by its headers.
  if (!arrival.thread_id.empty() && !is_hex_id(arrival.thread_id)) {
    return Error{Errc::invalid_argument, "Invalid thread_id value"};
  }
  if (!arrival.thread_id.empty() && !threads_.contains(arrival.thread_id)) return not_found();
  for (const auto& label : arrival.labels) {
    if (find_label(label) == nullptr) {
      return Error{Errc::invalid_argument, "Invalid label: " + label};
    }
  }
  return std::nullopt;
}

Result<const StoredMessage*> Mailbox::add(Arrival arrival) {
  if (auto wrong = judge_arrival(arrival)) return std::move(*wrong);
  return store(std::move(arrival), {});
}

const StoredMessage* Mailbox::store(Arrival arrival, std::string thread_id) {
  auto owned = std::make_unique<StoredMessage>();
  auto& message = *owned;
  message.raw = std::move(arrival.raw);
  message.labels = std::move(arrival.labels);
  message.internal_date = arrival.internal_date.value_or(clock_.now());
  message.id = fresh_id(message.internal_date);
  digest(message);
  message.thread_id = thread_id.empty() ? thread_of(message.mail) : std::move(thread_id);
  if (message.thread_id.empty()) message.thread_id = message.id;
  by_id_.emplace(message.id, &message);
  if (!message.message_id.empty()) by_message_id_.emplace(message.message_id, &message);
  auto& thread = threads_[message.thread_id];
  const auto older = [](const StoredMessage* a, const StoredMessage* b) {
    return Key{a->internal_date, a->id} < Key{b->internal_date, b->id};
  };
  thread.insert(std::upper_bound(thread.begin(), thread.end(), &message, older), &message);
  bytes_ += message.raw.size();
  messages_.emplace(Key{message.internal_date, message.id}, std::move(owned));
  record(message, Change::Kind::message_added, {});
  return &message;
}

void Mailbox::record(StoredMessage& message, Change::Kind kind, std::vector<std::string> changed) {
  history_id_ += 1 + random_bits() % 37;  // ids grow with gaps
  message.history_id = history_id_;
  history_.push_back(Change{.id = history_id_,
                            .kind = kind,
                            .message_id = message.id,
                            .thread_id = message.thread_id,
                            .changed = std::move(changed),
                            .labels = message.labels});
  if (history_.size() > max_history) {
    history_floor_ = history_.front().id;
    history_.pop_front();
  }
  for (const auto& listener : listeners_) listener(history_.back());
}

void Mailbox::apply(StoredMessage& message, const std::vector<std::string>& add,
                    const std::vector<std::string>& remove) {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  const auto drop = [&](const std::string& label) {
    if (std::erase(message.labels, label) > 0) removed.push_back(label);
  };
  for (const auto& label : add) {
    if (message.has_label(label)) continue;
    message.labels.push_back(label);
    added.push_back(label);
    // The inbox, spam and trash exclude one another.
    if (label == "TRASH" || label == "SPAM") drop("INBOX");
    if (label == "INBOX") {
      drop("TRASH");
      drop("SPAM");
    }
  }
  for (const auto& label : remove) drop(label);
  if (!added.empty()) record(message, Change::Kind::label_added, std::move(added));
  if (!removed.empty()) record(message, Change::Kind::label_removed, std::move(removed));
}

std::optional<Error> Mailbox::judge_labels(const std::vector<std::string>& add,
                                           const std::vector<std::string>& remove) const {
  if (add.empty() && remove.empty()) {
    return Error{Errc::invalid_argument, "No label add or removes specified"};
  }
  if (add.size() > 100 || remove.size() > 100) {
    return Error{Errc::invalid_argument, "Too many labels specified"};
  }
  for (const auto* list : {&add, &remove}) {
    for (const auto& label : *list) {
      if (label == "SENT" || label == "DRAFT" || find_label(label) == nullptr) {
        return Error{Errc::invalid_argument, "Invalid label: " + label};
      }
    }
  }
  for (const auto& label : add) {
    if (contains(remove, label)) {
      return Error{Errc::invalid_argument, "Cannot both add and remove the same label"};
    }
  }
  return std::nullopt;
}

Result<const StoredMessage*> Mailbox::modify(std::string_view id,
                                             const std::vector<std::string>& add,
                                             const std::vector<std::string>& remove) {
  auto known = message(id);
  if (!known) return known;
  if (auto wrong = judge_labels(add, remove)) return std::move(*wrong);
  auto& target = *editable(id);
  apply(target, add, remove);
  return &target;
}

Result<const StoredMessage*> Mailbox::trash(std::string_view id) {
  return modify(id, {"TRASH"}, {});
}

Result<const StoredMessage*> Mailbox::untrash(std::string_view id) {
  return modify(id, {}, {"TRASH"});
}

Result<const StoredMessage*> Mailbox::touch(std::string_view id) {
  auto known = message(id);
  if (!known) return known;
  history_id_ += 1 + random_bits() % 37;
  editable(id)->history_id = history_id_;
  return known;
}

void Mailbox::unlink(const StoredMessage& message) {
  by_id_.erase(message.id);
  auto& thread = threads_.find(message.thread_id)->second;
  std::erase(thread, &message);
  if (thread.empty()) threads_.erase(message.thread_id);
  const auto [first, last] = by_message_id_.equal_range(message.message_id);
  for (auto it = first; it != last; ++it) {
    if (it->second == &message) {
      by_message_id_.erase(it);
      break;
    }
  }
}

Result<bool> Mailbox::remove(std::string_view id) {
  auto known = message(id);
  if (!known) return std::move(known).error();
  auto& target = *editable(id);
  record(target, Change::Kind::message_deleted, {});
  bytes_ -= target.raw.size();
  std::erase_if(drafts_, [&](const auto& draft) { return draft.second == target.id; });
  unlink(target);
  messages_.erase(Key{target.internal_date, target.id});
  return true;
}

Result<std::vector<const Change*>> Mailbox::history_since(std::uint64_t start) const {
  if (start < history_floor_ || start > history_id_) return not_found();
  std::vector<const Change*> changes;
  for (const auto& change : history_) {
    if (change.id > start) changes.push_back(&change);
  }
  return changes;
}

void Mailbox::forget_history() {
  history_.clear();
  // The current id itself stays a valid start.
  history_floor_ = history_id_;
}

}  // namespace gmail_mcp::sandbox
