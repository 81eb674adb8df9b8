#include "mail/gmail_rest/convert.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "mail/gmail_rest/people.h"
#include "mail/message_reader.h"
#include "mime/elsewhere.h"
#include "mime/header.h"
#include "mime/html_token.h"
#include "mime/leaf.h"
#include "mime/parameter.h"

namespace gmail_mcp::mail {

namespace {

void collect_sizes(const google::RawPart& part,
                   std::unordered_map<std::string_view, std::int64_t>& sizes) {
  sizes.emplace(part.part_id, part.body.size);
  for (const auto& child : part.parts) collect_sizes(child, sizes);
}

constexpr bool may_be_recoded = true;

// Leaves `raw` its structure, ids and sizes.
mime::Part part_made_of(google::RawPart& raw, bool is_alternative, mime::TextRule& rule) {
  mime::Part part;
  part.id = raw.part_id;
  part.headers = std::move(raw.headers);
  part.mime_type = to_lower_ascii(raw.mime_type);
  mime::ParameterizedValue type;
  // Of a multipart nothing but its type is of use.
  if (!part.mime_type.starts_with("multipart/")) {
    type = mime::parse_parameterized(mime::header(part, "Content-Type"));
    if (part.mime_type.empty()) part.mime_type = type.value;
    if (part.mime_type.empty()) part.mime_type = "text/plain";
  }
  if (part.mime_type.starts_with("multipart/")) {
    part.parts.reserve(raw.parts.size());
    for (auto& child : raw.parts) {
      const bool is_form = part.mime_type == "multipart/alternative";
      part.parts.push_back(part_made_of(child, is_form, rule));
    }
    return part;
  }
  // Gmail takes an embedded message apart; for us it is one file, as for mime::read_message.
  const auto disposition = mime::parse_parameterized(mime::header(part, "Content-Disposition"));
  part.filename = mime::decode_words(raw.filename);
  mime::describe_leaf(part, type, disposition, mime::header(part, "Content-ID"));
  part.is_text = rule.is_text(part, is_alternative);
  // Gmail mostly sends texts as UTF-8 but leaves the header's charset as it was; emulators, and
  // sometimes Gmail, send them in the original charset.
  if (part.is_text) {
    if (!part.filename.empty()) part.as_attached = raw.body.data;
    part.content = mime::text_of_leaf(part, std::move(raw.body.data), may_be_recoded);
  } else {
    part.content = std::move(raw.body.data);
    mime::unpack_files(part);
  }
  return part;
}

}  // namespace

mime::Part to_part(google::RawPart raw) {
  mime::TextRule rule;
  return part_made_of(raw, false, rule);
}

model::Message to_message(google::RawMessage raw) {
  mime::TextRule rule;
  auto root = part_made_of(raw.payload, false, rule);
  auto message = take_message(root);
  // An outline has the part but not its text.
  if (message.body_html && message.body_html->empty()) message.body_html.reset();
  message.id = model::MessageId{std::move(raw.id)};
  message.thread_id = model::ThreadId{std::move(raw.thread_id)};
  message.labels = std::move(raw.label_ids);
  if (!raw.people_are_as_sent) mark_unsure_people(root.headers, message);
  message.snippet = mime::decode_references(raw.snippet, mime::ReferenceContext::text);
  if (raw.internal_date) {
    message.date = Timestamp{std::chrono::milliseconds{*raw.internal_date}};
  } else if (const auto claimed = mime::parse_date(mime::header(root, "Date"))) {
    message.date = *claimed;
  }
  if (message.attachments.empty()) return message;
  // The contents of files are missing here, so only Gmail knows their sizes.
  std::unordered_map<std::string_view, std::int64_t> sizes;
  collect_sizes(raw.payload, sizes);
  const bool is_one_file = !root.mime_type.starts_with("multipart/");
  for (auto& attachment : message.attachments) {
    const bool is_whole = is_one_file && attachment.id == "0";
    const auto size = sizes.find(is_whole ? std::string_view{} : attachment.id);
    if (size != sizes.end()) attachment.size = size->second;
  }
  return message;
}

bool is_cut_off(const google::RawPart& part) {
  if (part.parts.empty()) return to_lower_ascii(part.mime_type).starts_with("multipart/");
  return std::any_of(part.parts.begin(), part.parts.end(), is_cut_off);
}

std::size_t bytes_of(const google::RawPart& part) {
  // A fixed cost for each node of the tree, whatever is in it.
  std::size_t bytes = 64 + part.body.data.size() + part.filename.size();
  for (const auto& [name, value] : part.headers) bytes += name.size() + value.size();
  for (const auto& child : part.parts) bytes += bytes_of(child);
  return bytes;
}

}  // namespace gmail_mcp::mail
