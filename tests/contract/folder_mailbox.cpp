#include "tests/contract/folder_mailbox.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

#include "mail/message_reader.h"
#include "mail/testing/plain_verbs.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

std::int64_t number_of(std::string_view text) {
  std::int64_t number = -1;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  const bool is_all = end == text.data() + text.size();
  return is_all ? number : -1;
}

Timestamp time_of(std::string_view id) {
  return Timestamp{std::chrono::milliseconds{number_of(id.substr(0, id.find('-')))}};
}

std::pair<std::int64_t, std::int64_t> place_of(const std::string& id) {
  return {number_of(id.substr(0, id.find('-'))), number_of(id.substr(id.find('-') + 1))};
}

}  // namespace

std::vector<std::string> FolderMailbox::newest_first() const {
  std::vector<std::string> ids;
  for (const auto& file : std::filesystem::directory_iterator{folder_}) {
    ids.push_back(file.path().stem().string());
  }
  std::sort(ids.begin(), ids.end(),
            [](const auto& a, const auto& b) { return place_of(a) > place_of(b); });
  return ids;
}

std::string FolderMailbox::bytes_of(const model::MessageId& id) const {
  std::ifstream file{folder_ / (id.str() + ".eml"), std::ios::binary};
  if (!file) throw Error{Errc::not_found, "There is no such message."};
  return {std::istreambuf_iterator<char>{file}, {}};
}

model::Message FolderMailbox::read(const model::MessageId& id, Detail detail) const {
  const auto root = mime::read_message(bytes_of(id)).value();
  model::Message message;
  if (detail != Detail::minimal) message = read_message(root);
  if (detail == Detail::metadata) {
    message.body_plain.clear();
    message.body_html.reset();
  }
  message.id = id;
  message.thread_id = model::ThreadId{id.str()};
  message.date = time_of(id.str());
  message.labels = {"INBOX", "UNREAD"};
  return message;
}

Task<model::Profile> FolderMailbox::profile() {
  const auto all = newest_first();
  model::Profile profile;
  profile.email_address = address_;
  profile.messages_total = profile.threads_total = static_cast<std::int64_t>(all.size());
  profile.history_id = all.empty() ? "0" : all.front();
  co_return profile;
}

Task<std::vector<model::Label>> FolderMailbox::labels() {
  model::Label inbox;
  inbox.id = model::LabelId{"INBOX"};
  inbox.name = "INBOX";
  inbox.is_system = true;
  inbox.messages_total = inbox.messages_unread = static_cast<std::int64_t>(newest_first().size());
  std::vector<model::Label> all;
  all.push_back(std::move(inbox));
  co_return all;
}

Task<std::vector<model::SenderAddress>> FolderMailbox::sender_addresses() {
  co_return only_own_address(address_);
}

Task<MessagePage> FolderMailbox::search(Query query) {
  if (!query.text.empty()) {
    throw Error{Errc::unsupported, "This mailbox cannot search.", "List all of it."};
  }
  const auto ids = newest_first();
  const auto begin = query.page_token.empty() ? 0 : number_of(query.page_token);
  if (begin < 0) throw Error{Errc::invalid_argument, "This page token is of another list."};
  MessagePage page;
  page.total_estimate = static_cast<std::int64_t>(ids.size());
  const auto end = std::min(begin + query.max_results, page.total_estimate);
  const auto detail = query.include_body ? Detail::full : Detail::metadata;
  for (auto at = begin; at < end; ++at) {
    page.messages.push_back(read(model::MessageId{ids[static_cast<std::size_t>(at)]}, detail));
  }
  if (end < page.total_estimate) page.next_page_token = std::to_string(end);
  co_return page;
}

Task<IdPage> FolderMailbox::search_ids(Query query) {
  return mail::search_ids(*this, std::move(query));
}

Task<model::Message> FolderMailbox::message(model::MessageId id, Detail detail) {
  co_return read(id, detail);
}

Task<model::Attachment> FolderMailbox::attachment(model::MessageId message,
                                                  std::string attachment_id) {
  const auto root = mime::read_message(bytes_of(message)).value();
  const auto* part = find_attachment(root, attachment_id);
  if (part == nullptr) throw Error{Errc::not_found, "There is no such attachment."};
  model::Attachment attachment;
  for (const auto& info : read_message(root).attachments) {
    if (info.id == attachment_id) attachment.filename = info.filename;
  }
  attachment.mime_type = part->mime_type;
  attachment.content = mime::file_content(*part);
  co_return attachment;
}

Task<std::string> FolderMailbox::source(model::MessageId id) { co_return bytes_of(id); }

}  // namespace gmail_mcp::mail
