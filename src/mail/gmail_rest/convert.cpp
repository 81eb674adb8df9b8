#include "mail/gmail_rest/convert.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "mail/gmail_rest/people.h"
#include "mail/message_reader.h"
#include "mime/elsewhere.h"
#include "mime/header.h"
#include "mime/leaf.h"
#include "mime/parameter.h"

namespace gmail_mcp::mail {

namespace {

void collect_sizes(const google::RawPart& part,
                   std::unordered_map<std::string_view, std::int64_t>& sizes) {
  sizes.emplace(part.part_id, part.body.size);
  for (const auto& child : part.parts) collect_sizes(child, sizes);
}

void append_utf8(std::string& out, unsigned long code) {
  const auto byte = [](unsigned long bits) { return static_cast<char>(bits); };
  if (code < 0x80) {
    out += byte(code);
  } else if (code < 0x800) {
    out += byte(0xC0 | (code >> 6U));
    out += byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += byte(0xE0 | (code >> 12U));
    out += byte(0x80 | ((code >> 6U) & 0x3F));
    out += byte(0x80 | (code & 0x3F));
  } else {
    out += byte(0xF0 | (code >> 18U));
    out += byte(0x80 | ((code >> 12U) & 0x3F));
    out += byte(0x80 | ((code >> 6U) & 0x3F));
    out += byte(0x80 | (code & 0x3F));
  }
}

// "amp" or "#39" or "#x27" → the character; nullopt for what is no reference we know.
std::optional<unsigned long> character_of(std::string_view reference) {
  static constexpr std::array<std::pair<std::string_view, unsigned long>, 6> named{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xA0}}};
  for (const auto& [name, code] : named) {
    if (name == reference) return code;
  }
  if (!reference.starts_with('#')) return std::nullopt;
  reference.remove_prefix(1);
  const bool is_hex = reference.starts_with('x') || reference.starts_with('X');
  if (is_hex) reference.remove_prefix(1);
  unsigned long code = 0;
  const auto* const end = reference.data() + reference.size();
  const auto [stop, failed] = std::from_chars(reference.data(), end, code, is_hex ? 16 : 10);
  const bool is_character = code > 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (failed != std::errc{} || stop != end || !is_character) return std::nullopt;
  return code;
}

}  // namespace

namespace {

constexpr bool may_be_recoded = true;

mime::Part part_made_of(const google::RawPart& raw, bool is_alternative, mime::TextRule& rule) {
  mime::Part part;
  part.id = raw.part_id;
  part.headers = raw.headers;
  const auto type = mime::parse_parameterized(mime::header(part, "Content-Type"));
  part.mime_type = to_lower_ascii(raw.mime_type.empty() ? type.value : raw.mime_type);
  if (part.mime_type.empty()) part.mime_type = "text/plain";
  if (part.mime_type.starts_with("multipart/")) {
    part.parts.reserve(raw.parts.size());
    for (const auto& child : raw.parts) {
      const bool is_form = part.mime_type == "multipart/alternative";
      part.parts.push_back(part_made_of(child, is_form, rule));
    }
    return part;
  }
  // Gmail takes an embedded message apart; for us it is one file, as it is for mime::read_message.
  const auto disposition = mime::parse_parameterized(mime::header(part, "Content-Disposition"));
  part.filename = mime::decode_words(raw.filename);
  mime::describe_leaf(part, type, disposition, mime::header(part, "Content-ID"));
  part.is_text = rule.is_text(part, is_alternative);
  // Gmail gives texts mostly as UTF-8 and leaves the header's charset as it was; emulators, and
  // Gmail now and then, give them as sent.
  part.content =
      part.is_text ? mime::text_of_leaf(part, raw.body.data, may_be_recoded) : raw.body.data;
  if (part.is_text && !part.filename.empty()) part.as_attached = raw.body.data;
  if (!part.is_text) mime::unpack_files(part);
  return part;
}

}  // namespace

mime::Part to_part(const google::RawPart& raw) {
  mime::TextRule rule;
  return part_made_of(raw, false, rule);
}

model::Message to_message(const google::RawMessage& raw) {
  const auto root = to_part(raw.payload);
  auto message = read_message(root);
  // An outline has the part but not its text.
  if (message.body_html && message.body_html->empty()) message.body_html.reset();
  message.id = model::MessageId{raw.id};
  message.thread_id = model::ThreadId{raw.thread_id};
  message.labels = raw.label_ids;
  mark_unsure_people(raw, message);
  message.snippet = unescape_html(raw.snippet);
  if (raw.internal_date) {
    message.date = Timestamp{std::chrono::milliseconds{*raw.internal_date}};
  } else if (const auto claimed = mime::parse_date(mime::header(root, "Date"))) {
    message.date = *claimed;
  }
  // Contents of files are not there, so only Gmail knows their sizes.
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
  // What a node of the tree costs whoever walks it, whatever is in it.
  std::size_t bytes = 64 + part.body.data.size() + part.filename.size();
  for (const auto& [name, value] : part.headers) bytes += name.size() + value.size();
  for (const auto& child : part.parts) bytes += bytes_of(child);
  return bytes;
}

void remove_bodies(model::Message& message) {
  message.body_plain.clear();
  message.body_html.reset();
  message.text_place.clear();
  message.text_source.clear();
}

std::string unescape_html(std::string_view text) {
  constexpr std::size_t longest_reference = 12;
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto ampersand = text.find('&');
    out += text.substr(0, ampersand);
    if (ampersand == std::string_view::npos) break;
    text.remove_prefix(ampersand + 1);
    const auto end = text.substr(0, longest_reference).find(';');
    const auto code =
        end == std::string_view::npos ? std::nullopt : character_of(text.substr(0, end));
    if (code) {
      append_utf8(out, *code);
      text.remove_prefix(end + 1);
    } else {
      out += '&';
    }
  }
  return out;
}

}  // namespace gmail_mcp::mail
