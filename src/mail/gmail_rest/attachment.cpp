// RestMailbox::attachment. Gmail's own attachment ids change from one get to the next, so they are
// looked up just before they are used.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/offload.h"
#include "mail/gmail_rest/convert.h"
#include "mail/gmail_rest/rest_mailbox.h"
#include "mail/message_reader.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

using google::Method;
using google::View;

namespace {

using RawParts = std::unordered_map<std::string_view, const google::RawPart*>;

// The parts by id; the first of each.
void collect(const google::RawPart& part, RawParts& parts) {
  parts.emplace(part.part_id, &part);
  for (const auto& child : part.parts) collect(child, parts);
}

// Part ids of ours are short and numeric; Gmail's own attachment ids are neither.
bool is_part_id(std::string_view id) {
  return id.find_first_not_of("0123456789.") == std::string_view::npos;
}

Error no_such_attachment() {
  return {Errc::not_found, "The message has no such attachment.",
          "Use an id from the message's attachments."};
}

}  // namespace

Task<model::Attachment> RestMailbox::attachment(model::MessageId message,
                                                std::string attachment_id) {
  require_content(Method::attachments_get);
  const auto raw = co_await outline(message.str());
  const auto root = to_part(raw.payload);
  const auto infos = mime::attachments(root);
  RawParts parts;
  collect(raw.payload, parts);
  const auto raw_of = [&](const mime::AttachmentInfo& info) { return parts.at(info.part_id); };

  auto info = std::find_if(infos.begin(), infos.end(), [&](const auto& one) {
    return mail::attachment_id(one) == attachment_id ||
           raw_of(one)->body.attachment_id == attachment_id;
  });
  if (const auto* package = info == infos.end() ? find_package(root, attachment_id) : nullptr) {
    auto bytes = co_await attachment_bytes(message.str(), *parts.at(package->id));
    const auto size = bytes.size();
    auto work = [&] { return file_in(*package, std::move(bytes), attachment_id); };
    auto file = co_await offload(work_pool_, size, work);
    if (!file) throw no_such_attachment();
    co_return std::move(*file);
  }
  model::Attachment attachment;
  if (info != infos.end()) {
    attachment.content = co_await attachment_bytes(message.str(), *raw_of(*info));
  } else {
    // This may be Gmail's own id from an earlier answer: it still opens the file, but does not show
    // its name.
    if (is_part_id(attachment_id)) throw no_such_attachment();
    auto body = co_await api_.get_attachment(message.str(), attachment_id);
    attachment.content = std::move(body.data);
    const auto has_its_size = [&](const mime::AttachmentInfo& one) {
      return raw_of(one)->body.size == static_cast<std::int64_t>(attachment.content.size());
    };
    info = std::find_if(infos.begin(), infos.end(), has_its_size);
    const bool is_unique = info != infos.end() && std::none_of(info + 1, infos.end(), has_its_size);
    if (!is_unique) info = infos.end();
  }
  attachment.filename = info != infos.end() ? info->filename : "attachment";
  attachment.mime_type = info != infos.end() ? info->mime_type : "application/octet-stream";
  co_return attachment;
}

Task<std::string> RestMailbox::attachment_bytes(const std::string& message_id,
                                                const google::RawPart& part) {
  if (!part.body.attachment_id.empty()) {
    auto body = co_await api_.get_attachment(message_id, part.body.attachment_id);
    co_return std::move(body.data);
  }
  // Gmail sends small parts and embedded messages without an id of their own. Inline contents it
  // may have recoded; the message itself has the original bytes.
  const auto whole = co_await api_.get_message(message_id, View::raw);
  auto work = [&whole] { return mime::read_message(whole.raw); };
  const auto root = co_await offload(work_pool_, whole.raw.size(), work);
  const auto id = part.part_id.empty() ? std::string{"0"} : part.part_id;
  const auto* found = root ? find_attachment(*root, id) : nullptr;
  if (found == nullptr) throw no_such_attachment();
  co_return std::string{mime::file_content(*found)};
}

}  // namespace gmail_mcp::mail
