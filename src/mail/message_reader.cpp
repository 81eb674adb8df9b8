#include "mail/message_reader.h"

#include <utility>

#include "base/text.h"
#include "mime/elsewhere.h"
#include "mime/header.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::string_view id_of_whole_message = "0";

std::vector<model::Address> mailboxes(const mime::Part& root, std::string_view name) {
  std::vector<model::Address> list;
  // A sender may have written the field more than once (RFC 5322 §3.6 forbids it; it happens).
  for (const auto& field : root.headers) {
    if (!equals_ignoring_case(field.first, name)) continue;
    for (auto& address : mime::parse_addresses(field.second)) {
      list.push_back({.name = std::move(address.name), .email = std::move(address.email)});
    }
  }
  return list;
}

const mime::Part* find_part(const mime::Part& part, std::string_view id) {
  if (part.id == id) return &part;
  for (const auto& child : part.parts) {
    if (const auto* found = find_part(child, id)) return found;
  }
  return nullptr;
}

}  // namespace

model::Message read_message(const mime::Part& root) {
  model::Message message;
  message.subject = trim(mime::decode_words(mime::header(root, "Subject")));
  auto from = mailboxes(root, "From");
  if (!from.empty()) message.from = std::move(from.front());
  message.from_name_misleads = mime::is_misleading_name(message.from.name, message.from.email);
  message.to = mailboxes(root, "To");
  message.cc = mailboxes(root, "Cc");
  message.bcc = mailboxes(root, "Bcc");
  message.reply_to = mailboxes(root, "Reply-To");

  auto ids = mime::parse_message_ids(mime::header(root, "Message-ID"));
  if (!ids.empty()) message.message_id_header = std::move(ids.front());
  message.references = mime::parse_message_ids(mime::header(root, "References"));
  message.in_reply_to = mime::parse_message_ids(mime::header(root, "In-Reply-To"));

  auto bodies = mime::bodies(root);
  const bool may_be_elsewhere = trim(bodies.plain).empty() && !mime::leaves_with_text(root).empty();
  if (may_be_elsewhere && mime::are_blank(bodies)) {
    auto found = mime::find_text(root);
    message.text_place = std::move(found.place);
    message.text_source = std::move(found.source);
    if (!message.text_source.empty()) bodies = std::move(found.bodies);
  }
  message.body_plain = std::move(bodies.plain);
  message.body_html = std::move(bodies.html);
  for (auto& info : mime::attachments(root)) {
    message.attachments.push_back({.id = std::string{attachment_id(info)},
                                   .filename = std::move(info.filename),
                                   .mime_type = std::move(info.mime_type),
                                   .size = static_cast<std::int64_t>(info.size),
                                   .is_inline = info.is_inline,
                                   .content_id = std::move(info.content_id),
                                   .is_file = info.is_file});
    message.has_attachments = message.has_attachments || info.is_file;
  }
  return message;
}

void remove_bodies(model::Message& message) {
  message.body_plain.clear();
  message.body_html.reset();
  message.text_place.clear();
  message.text_source.clear();
}

std::string_view attachment_id(const mime::AttachmentInfo& info) {
  return info.part_id.empty() ? id_of_whole_message : std::string_view{info.part_id};
}

const mime::Part* find_attachment(const mime::Part& root, std::string_view attachment_id) {
  for (const auto& info : mime::attachments(root)) {
    if (mail::attachment_id(info) == attachment_id) return find_part(root, info.part_id);
  }
  return nullptr;
}

const mime::Part* find_package(const mime::Part& root, std::string_view attachment_id) {
  for (const auto& info : mime::attachments(root)) {
    if (!mime::is_package(info.mime_type, info.filename)) continue;
    const auto below = std::string{mail::attachment_id(info)} + ".";
    if (attachment_id.starts_with(below)) return find_part(root, info.part_id);
  }
  return nullptr;
}

std::optional<model::Attachment> file_in(mime::Part package, std::string bytes,
                                         std::string_view attachment_id) {
  package.content = std::move(bytes);
  package.parts.clear();
  mime::unpack_files(package);
  for (auto& info : mime::attachments(package)) {
    if (mail::attachment_id(info) != attachment_id) continue;
    return model::Attachment{
        .filename = std::move(info.filename),
        .mime_type = std::move(info.mime_type),
        .content = std::string{mime::file_content(*find_part(package, info.part_id))}};
  }
  return std::nullopt;
}

}  // namespace gmail_mcp::mail
