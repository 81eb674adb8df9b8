#include "mail/message_reader.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mime/elsewhere.h"
#include "mime/header.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::string_view id_of_whole_message = "0";

// The header fields that are read here.
enum class Field {
  other,
  from,
  to,
  cc,
  bcc,
  reply_to,
  subject,
  message_id,
  references,
  in_reply_to
};

Field field_of(std::string_view name) {
  const auto if_is = [name](std::string_view expected, Field field) {
    return equals_ignoring_case(name, expected) ? field : Field::other;
  };
  switch (name.size()) {
    case 2: {
      const auto to = if_is("To", Field::to);
      return to == Field::other ? if_is("Cc", Field::cc) : to;
    }
    case 3: return if_is("Bcc", Field::bcc);
    case 4: return if_is("From", Field::from);
    case 7: return if_is("Subject", Field::subject);
    case 8: return if_is("Reply-To", Field::reply_to);
    case 10: {
      const auto id = if_is("Message-ID", Field::message_id);
      return id == Field::other ? if_is("References", Field::references) : id;
    }
    case 11: return if_is("In-Reply-To", Field::in_reply_to);
    default: return Field::other;
  }
}

// A sender may have written the field more than once (RFC 5322 §3.6 forbids it; it happens).
void add_people(std::vector<model::Address>& list, std::string_view value) {
  auto addresses = mime::parse_addresses(value);
  if (list.empty()) list.reserve(addresses.size());
  for (auto& address : addresses) {
    list.push_back({.name = std::move(address.name), .email = std::move(address.email)});
  }
}

void read_headers(const mime::Part& root, model::Message& message) {
  std::vector<model::Address> from;
  // The first of each counts.
  const std::string* subject = nullptr;
  const std::string* message_id = nullptr;
  const std::string* references = nullptr;
  const std::string* in_reply_to = nullptr;
  const auto keep_first = [](const std::string*& first, const std::string& value) {
    if (first == nullptr) first = &value;
  };
  for (const auto& [name, value] : root.headers) {
    switch (field_of(name)) {
      case Field::from: add_people(from, value); break;
      case Field::to: add_people(message.to, value); break;
      case Field::cc: add_people(message.cc, value); break;
      case Field::bcc: add_people(message.bcc, value); break;
      case Field::reply_to: add_people(message.reply_to, value); break;
      case Field::subject: keep_first(subject, value); break;
      case Field::message_id: keep_first(message_id, value); break;
      case Field::references: keep_first(references, value); break;
      case Field::in_reply_to: keep_first(in_reply_to, value); break;
      case Field::other: break;
    }
  }
  if (!from.empty()) message.from = std::move(from.front());
  message.from_name_misleads = mime::is_misleading_name(message.from.name, message.from.email);
  if (subject != nullptr) message.subject = trim(mime::decode_words(*subject));
  if (message_id != nullptr) {
    auto ids = mime::parse_message_ids(*message_id);
    if (!ids.empty()) message.message_id_header = std::move(ids.front());
  }
  if (references != nullptr) message.references = mime::parse_message_ids(*references);
  if (in_reply_to != nullptr) message.in_reply_to = mime::parse_message_ids(*in_reply_to);
}

model::Message message_with(const mime::Part& root, std::vector<mime::AttachmentInfo> attachments,
                            mime::Bodies bodies) {
  model::Message message;
  read_headers(root, message);
  const bool may_be_elsewhere = trim(bodies.plain).empty() && !mime::leaves_with_text(root).empty();
  if (may_be_elsewhere && mime::are_blank(bodies)) {
    auto found = mime::find_text(root);
    message.text_place = std::move(found.place);
    message.text_source = std::move(found.source);
    if (!message.text_source.empty()) bodies = std::move(found.bodies);
  }
  message.body_plain = std::move(bodies.plain);
  message.body_html = std::move(bodies.html);
  for (auto& info : attachments) {
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

const mime::Part* find_part(const mime::Part& part, std::string_view id) {
  if (part.id == id) return &part;
  for (const auto& child : part.parts) {
    if (const auto* found = find_part(child, id)) return found;
  }
  return nullptr;
}

}  // namespace

model::Message read_message(const mime::Part& root) {
  return message_with(root, mime::attachments(root), mime::bodies(root));
}

model::Message take_message(mime::Part& root) {
  // Their sizes are those of what is there now.
  auto attachments = mime::attachments(root);
  // Then the text may be looked for in any part.
  const bool may_be_elsewhere = std::ranges::any_of(attachments, [](const auto& info) {
    return mime::can_have_text(info.mime_type, info.filename);
  });
  auto bodies = may_be_elsewhere ? mime::bodies(root) : mime::take_bodies(root);
  return message_with(root, std::move(attachments), std::move(bodies));
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
