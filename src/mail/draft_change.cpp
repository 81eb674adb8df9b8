#include "mail/draft_change.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/offload.h"
#include "base/text.h"
#include "mail/message_reader.h"
#include "mime/body_source.h"
#include "mime/html_text.h"
#include "mime/reader.h"
#include "mime/writer.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::size_t longest_subject = 2'000;
constexpr std::size_t longest_file_name = 255;

struct ChangedDraft {
  NewMessage message;
  KeptOfDraft kept;
};

std::optional<mime::Address> address_of(const model::Address& mailbox) {
  if (mailbox.email.empty()) return std::nullopt;
  return mime::Address{mailbox.name, mailbox.email};
}

bool is_finished(const model::Address& one) {
  return !one.email.empty() && mime::parse_one_address(one.email).has_value();
}

// Those who can get mail; others stay in the field as it is.
std::vector<std::string> as_given(const std::vector<model::Address>& mailboxes) {
  std::vector<std::string> out;
  for (const auto& one : mailboxes) {
    if (is_finished(one)) out.push_back(mime::format_address({one.name, one.email}));
  }
  return out;
}

// What is not ours to say and was not written on the way; and recipients who are no addresses yet,
// with those beside them.
std::vector<mime::SourceField> fields_to_keep(std::string_view rfc822,
                                              const model::DraftChange& change,
                                              const model::Message& old) {
  constexpr auto of_transport = std::to_array<std::string_view>(
      {"received", "return-path", "delivered-to", "dkim-signature", "x-gmail-mcp-send"});
  const auto is_unfinished = [](const auto& given, const std::vector<model::Address>& list) {
    return !given && !std::all_of(list.begin(), list.end(), is_finished);
  };
  std::vector<std::string_view> unfinished;
  if (is_unfinished(change.to, old.to)) unfinished.emplace_back("to");
  if (is_unfinished(change.cc, old.cc)) unfinished.emplace_back("cc");
  if (is_unfinished(change.bcc, old.bcc)) unfinished.emplace_back("bcc");
  auto fields = mime::field_sources(rfc822);
  std::erase_if(fields, [&](const mime::SourceField& field) {
    const auto name = to_lower_ascii(field.name);
    if (std::count(unfinished.begin(), unfinished.end(), name) > 0) return false;
    return mime::is_written_field(name) ||
           std::count(of_transport.begin(), of_transport.end(), name) > 0;
  });
  return fields;
}

// An unfolded header may hold a tab; a new one may not.
std::string as_one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7F') c = ' ';
  }
  return text;
}

// Whether the writer accepts this as a media type or charset (RFC 2045 §5.1).
bool is_writable_token(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c < '\x7F' &&
                  std::string_view{"()<>@,;:\\\"/[]?="}.find(c) == std::string_view::npos;
         });
}

// A draft may have names given by a stranger, which must not prevent changing it.
std::string writable_type(std::string_view type, std::string_view charset) {
  constexpr std::size_t longest_type = 60;  // of each half
  constexpr std::size_t longest_charset = 40;
  const auto slash = type.find('/');
  if (slash == std::string_view::npos || !is_writable_token(type.substr(0, slash), longest_type) ||
      !is_writable_token(type.substr(slash + 1), longest_type)) {
    return "application/octet-stream";
  }
  std::string out{type};
  if (is_writable_token(charset, longest_charset)) out += "; charset=" + std::string{charset};
  return out;
}

using PartsById = std::unordered_map<std::string_view, const mime::Part*>;

void collect(const mime::Part& part, PartsById& parts) {
  parts.emplace(part.id, &part);
  for (const auto& child : part.parts) collect(child, parts);
}

// The pictures within the HTML, and the other files.
struct DraftFiles {
  std::vector<NewAttachment> pictures, apart;
};

DraftFiles files_of(const mime::Part& root, const std::string& html) {
  PartsById parts;
  collect(root, parts);
  std::unordered_set<std::string> known;
  DraftFiles files;
  for (auto& info : mime::attachments(root)) {
    const auto& part = *parts.at(info.part_id);
    // If two have the same id, HTML means the first.
    const bool is_picture = info.is_inline && mime::is_content_id(info.content_id) &&
                            !html.empty() && known.insert(info.content_id).second;
    NewAttachment file;
    file.is_inline = is_picture;
    if (is_picture) file.content_id = std::move(info.content_id);
    file.filename = utf8_prefix(as_one_line(std::move(info.filename)), longest_file_name);
    file.mime_type = writable_type(info.mime_type, part.charset);
    file.content = mime::file_content(part);
    (is_picture ? files.pictures : files.apart).push_back(std::move(file));
  }
  return files;
}

void set_texts(NewMessage& message, model::DraftChange& change, model::Message& old) {
  if (!change.body && !change.body_html) {
    message.body = std::move(old.body_plain);
    message.body_html = std::move(old.body_html);
  } else {
    message.body = std::move(change.body).value_or(std::string{});
    message.body_html = std::move(change.body_html);
  }
  if (message.body_html && message.body_html->empty()) message.body_html.reset();
  if (message.body_html && message.body.empty()) {
    message.body = mime::html_to_text(*message.body_html).text;
  }
}

ChangedDraft apply(const DraftSource& draft, model::DraftChange change) {
  const auto root = mime::read_message(draft.rfc822).value();
  auto old = read_message(root);
  ChangedDraft out;
  auto fields = fields_to_keep(draft.rfc822, change, old);
  auto& message = out.message;
  message.to = change.to ? std::move(*change.to) : as_given(old.to);
  message.cc = change.cc ? std::move(*change.cc) : as_given(old.cc);
  message.bcc = change.bcc ? std::move(*change.bcc) : as_given(old.bcc);
  if (change.subject) {
    message.subject = std::move(*change.subject);
  } else {
    message.subject = utf8_prefix(as_one_line(old.subject), longest_subject);
  }
  message.reply_to_message_id = std::move(change.reply_to_message_id);
  auto& kept = out.kept;
  kept.from = address_of(old.from);
  for (const auto& one : old.reply_to) {
    auto address = address_of(one);
    if (address && mime::parse_one_address(address->email)) {
      kept.reply_to.push_back(std::move(*address));
    }
  }
  kept.in_reply_to = std::move(old.in_reply_to);
  kept.references = std::move(old.references);
  kept.thread_id = draft.ref.sent.thread_id;
  kept.fields = std::move(fields);
  if (!change.body && !change.body_html && !change.attachments) {
    kept.body = mime::body_source(draft.rfc822);
    return out;
  }
  // Pictures go with the HTML that shows them, or stay as files.
  const bool keeps_html = !change.body && !change.body_html;
  const auto shown = keeps_html ? old.body_html : change.body_html;
  auto files = files_of(root, shown.value_or(std::string{}));
  if (change.attachments) files.apart = std::move(*change.attachments);
  if (!change.attachments || keeps_html) message.attachments = std::move(files.pictures);
  for (auto& one : files.apart) message.attachments.push_back(std::move(one));
  set_texts(message, change, old);
  return out;
}

}  // namespace

Task<Composed> compose_change(Mailbox& mailbox, DraftSource draft, model::DraftChange change,
                              Timestamp now, WorkPool* pool, Shareholder reader) {
  auto read = [&draft, &change] { return apply(draft, std::move(change)); };
  const auto work = draft.rfc822.size() + (change.body_html ? change.body_html->size() : 0);
  auto changed = co_await offload(pool, mime::html_weight * work, read);
  const std::string not_sent;
  co_return co_await compose(mailbox, std::move(changed.message), not_sent, now, pool,
                             std::move(reader), &changed.kept);
}

}  // namespace gmail_mcp::mail
