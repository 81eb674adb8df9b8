#include "mail/testing/memory_mailbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mail/label_rules.h"
#include "mail/message_reader.h"
#include "mail/system_labels.h"
#include "mail/testing/query.h"
#include "mime/header.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::size_t memory_snippet_bytes = 200;

Error absent(std::string_view thing) {
  return {Errc::not_found, fmt::format("There is no such {}.", thing)};
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

void add_once(std::vector<std::string>& list, std::string_view text) {
  if (!contains(list, text)) list.emplace_back(text);
}

// The first words, on one line.
std::string snippet_of(const model::Message& message) {
  std::string line;
  for (const char c : message.body_plain) {
    const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!is_blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
    if (line.size() > 2 * memory_snippet_bytes) break;
  }
  return std::string{trim(utf8_prefix(line, memory_snippet_bytes))};
}

model::Message seen_as(const model::Message& whole, Detail detail) {
  model::Message seen = whole;
  if (detail == Detail::full) return seen;
  seen.body_plain.clear();
  seen.body_html.reset();
  if (detail == Detail::metadata) return seen;
  model::Message minimal;
  minimal.id = seen.id;
  minimal.thread_id = seen.thread_id;
  minimal.date = seen.date;
  minimal.snippet = std::move(seen.snippet);
  minimal.labels = std::move(seen.labels);
  return minimal;
}

model::Sent sent(const model::Message& message) {
  model::Sent sent;
  sent.message_id = message.id;
  sent.thread_id = message.thread_id;
  return sent;
}

// The place of `token` in a list, as written by page_token().
std::size_t offset_of(const std::string& token) {
  if (token.empty()) return 0;
  const bool is_number = token.size() < 10 && token.find_first_not_of("0123456789") == token.npos;
  if (!is_number) throw Error{Errc::invalid_argument, "The page token is not one of this mailbox."};
  return std::stoul(token);
}

}  // namespace

MemoryMailbox::MemoryMailbox(std::string address, Clock& clock)
    : address_{std::move(address)}, clock_{clock}, next_id_{0x18c0'0000'0000'0001} {
  for (const auto& one : system_labels()) {
    model::Label label;
    label.id = model::LabelId{std::string{one.id}};
    label.name = one.id;
    label.is_system = true;
    labels_.push_back(std::move(label));
  }
}

model::MessageId MemoryMailbox::deliver(std::string rfc822, std::vector<std::string> labels,
                                        std::optional<Timestamp> at) {
  auto& message = add(std::move(rfc822), std::move(labels), std::nullopt).message;
  if (at) message.date = *at;
  return message.id;
}

model::LabelId MemoryMailbox::add_label(std::string name) {
  model::Label label;
  label.id = model::LabelId{fmt::format("Label_{}", ++next_label_)};
  label.name = std::move(name);
  labels_.push_back(std::move(label));
  return labels_.back().id;
}

void MemoryMailbox::erase(const model::MessageId& id) { messages_.erase(id); }

MemoryMailbox::Stored& MemoryMailbox::add(std::string rfc822, std::vector<std::string> labels,
                                          const std::optional<model::ThreadId>& thread) {
  Stored stored;
  stored.root = mime::read_message(rfc822).value();
  stored.message = read_message(stored.root);
  stored.rfc822 = std::move(rfc822);
  auto& message = stored.message;
  message.id = model::MessageId{fmt::format("{:x}", next_id_++)};
  message.thread_id = thread ? *thread : thread_of(message);
  message.date = clock_.now();
  message.snippet = snippet_of(message);
  message.labels = std::move(labels);
  ++changes_;
  const auto id = message.id;
  return messages_.insert_or_assign(id, std::move(stored)).first->second;
}

model::ThreadId MemoryMailbox::thread_of(const model::Message& message) const {
  for (const auto& [id, stored] : messages_) {
    const auto& known = stored.message;
    if (!known.message_id_header.empty() && contains(message.references, known.message_id_header)) {
      return known.thread_id;
    }
  }
  return model::ThreadId{message.id.str()};
}

MemoryMailbox::Stored& MemoryMailbox::find(const model::MessageId& id) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) throw absent("message");
  return found->second;
}

MemoryMailbox::Drafts::iterator MemoryMailbox::find_draft(const model::DraftId& id) {
  const auto found = drafts_.find(id);
  if (found == drafts_.end()) throw absent("draft");
  return found;
}

std::vector<const MemoryMailbox::Stored*> MemoryMailbox::newest_first() const {
  std::vector<const Stored*> list;
  for (const auto& [id, stored] : messages_) list.push_back(&stored);
  std::stable_sort(list.begin(), list.end(), [](const Stored* a, const Stored* b) {
    return std::pair{a->message.date, a->message.id} > std::pair{b->message.date, b->message.id};
  });
  return list;
}

bool MemoryMailbox::knows_label(std::string_view id) const {
  return std::any_of(labels_.begin(), labels_.end(),
                     [&](const model::Label& label) { return label.id.str() == id; });
}

Task<model::Profile> MemoryMailbox::profile() {
  std::vector<model::ThreadId> threads;
  for (const auto& [id, stored] : messages_) threads.push_back(stored.message.thread_id);
  std::sort(threads.begin(), threads.end());
  model::Profile profile;
  profile.email_address = address_;
  profile.messages_total = static_cast<std::int64_t>(messages_.size());
  profile.threads_total = std::unique(threads.begin(), threads.end()) - threads.begin();
  profile.history_id = std::to_string(changes_);
  co_return profile;
}

Task<std::vector<model::SenderAddress>> MemoryMailbox::sender_addresses() {
  co_return only_own_address(address_);
}

Task<std::vector<model::Label>> MemoryMailbox::labels() {
  auto labels = labels_;
  for (auto& label : labels) {
    label.messages_total = 0;
    label.messages_unread = 0;
    for (const auto& [id, stored] : messages_) {
      const auto& has = stored.message.labels;
      if (!contains(has, label.id.str())) continue;
      ++*label.messages_total;
      if (contains(has, "UNREAD")) ++*label.messages_unread;
    }
  }
  co_return labels;
}

Task<MessagePage> MemoryMailbox::search(Query query) {
  const auto wanted = memory::Query::parse(query.text).value();
  std::vector<const Stored*> found;
  for (const auto* stored : newest_first()) {
    const auto& has = stored->message.labels;
    bool matches = wanted.matches({stored->message, labels_}, clock_.now());
    for (const auto& label : query.label_ids) matches = matches && contains(has, label);
    for (const std::string hidden : {"SPAM", "TRASH"}) {
      const bool asked = wanted.reaches(hidden) || contains(query.label_ids, hidden);
      if (contains(has, hidden) && !asked) matches = false;
    }
    if (matches) found.push_back(stored);
  }
  MessagePage page;
  page.total_estimate = static_cast<std::int64_t>(found.size());
  const auto begin = std::min(offset_of(query.page_token), found.size());
  const auto end = std::min(begin + static_cast<std::size_t>(query.max_results), found.size());
  const auto detail = query.include_body ? Detail::full : Detail::metadata;
  for (auto i = begin; i < end; ++i) page.messages.push_back(seen_as(found[i]->message, detail));
  if (end < found.size()) page.next_page_token = std::to_string(end);
  co_return page;
}

Task<model::Message> MemoryMailbox::message(model::MessageId id, Detail detail) {
  if (const auto bad = spoilt_.find(id); bad != spoilt_.end()) throw Error{bad->second};
  co_return seen_as(find(id).message, detail);
}

Task<model::Thread> MemoryMailbox::thread(model::ThreadId id) {
  model::Thread thread;
  thread.id = id;
  for (const auto& [message_id, stored] : messages_) {
    if (stored.message.thread_id == id) thread.messages.push_back(stored.message);
  }
  if (thread.messages.empty()) throw absent("thread");
  co_return thread;
}

Task<model::Attachment> MemoryMailbox::attachment(model::MessageId message,
                                                  std::string attachment_id) {
  const auto& stored = find(message);
  const auto* part = find_attachment(stored.root, attachment_id);
  if (part == nullptr) throw absent("attachment");
  model::Attachment attachment;
  for (const auto& info : stored.message.attachments) {
    if (info.id == attachment_id) attachment.filename = info.filename;
  }
  attachment.mime_type = part->mime_type;
  attachment.content = mime::file_content(*part);
  co_return attachment;
}

Task<std::string> MemoryMailbox::source(model::MessageId id) { co_return find(id).rfc822; }

Task<std::vector<std::string>> MemoryMailbox::modify_labels(model::MessageId id,
                                                            std::vector<std::string> add,
                                                            std::vector<std::string> remove) {
  auto& labels = find(id).message.labels;
  for (const auto* change : {&add, &remove}) {
    for (const auto& label : *change) {
      // As at Gmail, which sets SENT and DRAFT itself.
      if (!knows_label(label) || label == "SENT" || label == "DRAFT") {
        throw Error{Errc::invalid_argument, "A label does not exist or cannot be set by hand.",
                    "Use ids of the mailbox's labels."};
      }
    }
  }
  for (const auto& label : add) add_once(labels, label);
  std::erase_if(labels, [&](const std::string& label) { return contains(remove, label); });
  ++changes_;
  co_return labels;
}

Task<void> MemoryMailbox::trash(model::MessageId id) {
  auto& labels = find(id).message.labels;
  std::erase(labels, "INBOX");
  add_once(labels, "TRASH");
  ++changes_;
  co_return;
}

Task<void> MemoryMailbox::untrash(model::MessageId id) {
  std::erase(find(id).message.labels, "TRASH");
  ++changes_;
  co_return;
}

MemoryMailbox::Stored& MemoryMailbox::send_bytes(std::string rfc822,
                                                 const std::optional<model::ThreadId>& thread) {
  auto& stored = add(std::move(rfc822), {"SENT"}, thread);
  ++sent_count_;
  const auto& message = stored.message;
  for (const auto* list : {&message.to, &message.cc, &message.bcc}) {
    for (const auto& recipient : *list) {
      if (!equals_ignoring_case(recipient.email, address_)) continue;
      // Gmail keeps mail to oneself once.
      add_once(stored.message.labels, "INBOX");
      add_once(stored.message.labels, "UNREAD");
    }
  }
  return stored;
}

Task<model::Sent> MemoryMailbox::send(Outgoing mail) {
  co_return sent(send_bytes(std::move(mail.rfc822), mail.thread_id).message);
}

Task<std::optional<model::Sent>> MemoryMailbox::find_sent(std::string rfc822_message_id,
                                                          std::string send_id, Timestamp since) {
  for (const auto* stored : newest_first()) {
    const auto& message = stored->message;
    if (!contains(message.labels, "SENT")) continue;
    const bool same_id =
        !rfc822_message_id.empty() && message.message_id_header == rfc822_message_id;
    const bool same_mark = !send_id.empty() && message.date >= since &&
                           mime::header(stored->root, "X-Gmail-MCP-Send") == send_id;
    if (same_id || same_mark) co_return sent(message);
  }
  co_return std::nullopt;
}

Task<DraftRef> MemoryMailbox::create_draft(Outgoing mail) {
  const auto& message = add(std::move(mail.rfc822), {"DRAFT"}, mail.thread_id).message;
  DraftRef ref;
  ref.id = model::DraftId{"r" + message.id.str()};
  ref.sent = sent(message);
  drafts_[ref.id] = message.id;
  co_return ref;
}

// As at Gmail: the draft stays, the message inside is replaced.
Task<DraftRef> MemoryMailbox::update_draft(model::DraftId id, Outgoing mail) {
  const auto draft = find_draft(id);
  auto thread = mail.thread_id;
  if (!thread) thread = find(draft->second).message.thread_id;
  const auto& message = add(std::move(mail.rfc822), {"DRAFT"}, thread).message;
  messages_.erase(draft->second);
  draft->second = message.id;
  DraftRef ref;
  ref.id = std::move(id);
  ref.sent = sent(message);
  co_return ref;
}

Task<void> MemoryMailbox::delete_draft(model::DraftId id) {
  const auto draft = find_draft(id);
  messages_.erase(draft->second);
  drafts_.erase(draft);
  ++changes_;
  co_return;
}

Task<DraftPage> MemoryMailbox::drafts(int max_results, std::string page_token) {
  DraftPage page;
  const auto begin = std::min(offset_of(page_token), drafts_.size());
  const auto end = std::min(begin + static_cast<std::size_t>(max_results), drafts_.size());
  std::size_t place = 0;
  for (auto draft = drafts_.rbegin(); draft != drafts_.rend(); ++draft, ++place) {
    if (place < begin || place >= end) continue;
    DraftRef ref;
    ref.id = draft->first;
    ref.sent = sent(find(draft->second).message);
    page.drafts.push_back(std::move(ref));
  }
  if (end < drafts_.size()) page.next_page_token = std::to_string(end);
  co_return page;
}

Task<model::Sent> MemoryMailbox::send_draft(model::DraftId id) {
  const auto draft = find_draft(id);
  auto stored = std::move(messages_.extract(draft->second).mapped());
  drafts_.erase(draft);
  const auto& message = send_bytes(std::move(stored.rfc822), stored.message.thread_id).message;
  co_return sent(message);
}

}  // namespace gmail_mcp::mail
