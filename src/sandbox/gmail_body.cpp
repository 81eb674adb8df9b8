#include "sandbox/gmail_body.h"

#include <boost/json/parse.hpp>

#include <algorithm>

#include "base/text.h"
#include "crypto/base64.h"
#include "sandbox/text.h"
#include "schema/fields.h"

namespace gmail_mcp::sandbox {

namespace json = boost::json;

namespace {

constexpr std::size_t max_mail = 36'700'160;

// The writable side of Gmail's resources. What Google ignores on input is accepted and dropped.
struct MessageBody {
  std::string raw, thread_id, id, snippet, history_id, internal_date;
  std::vector<std::string> label_ids;
  json::value payload, size_estimate;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("raw", &MessageBody::raw),
                          field("threadId", &MessageBody::thread_id),
                          field("labelIds", &MessageBody::label_ids),
                          field("id", &MessageBody::id),
                          field("snippet", &MessageBody::snippet),
                          field("historyId", &MessageBody::history_id),
                          field("internalDate", &MessageBody::internal_date),
                          field("payload", &MessageBody::payload),
                          field("sizeEstimate", &MessageBody::size_estimate)};
  }
};

struct DraftBody {
  std::string id;
  std::optional<MessageBody> message;

  static auto fields() {
    return schema::Fields{schema::field("id", &DraftBody::id),
                          schema::field("message", &DraftBody::message)};
  }
};

struct LabelChangeBody {
  std::vector<std::string> ids, add_label_ids, remove_label_ids;

  static auto fields() {
    return schema::Fields{schema::field("ids", &LabelChangeBody::ids).at_most(1000),
                          schema::field("addLabelIds", &LabelChangeBody::add_label_ids),
                          schema::field("removeLabelIds", &LabelChangeBody::remove_label_ids)};
  }
};

struct ColorBody {
  std::string text_color, background_color;

  static auto fields() {
    return schema::Fields{schema::field("textColor", &ColorBody::text_color),
                          schema::field("backgroundColor", &ColorBody::background_color)};
  }
};

struct LabelBody {
  std::string id, name, type, message_list_visibility, label_list_visibility;
  std::optional<ColorBody> color;
  json::value messages_total, messages_unread, threads_total, threads_unread;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &LabelBody::id),
                          field("name", &LabelBody::name),
                          field("type", &LabelBody::type),
                          field("messageListVisibility", &LabelBody::message_list_visibility)
                              .one_of({"", "show", "hide"}),
                          field("labelListVisibility", &LabelBody::label_list_visibility)
                              .one_of({"", "labelShow", "labelShowIfUnread", "labelHide"}),
                          field("color", &LabelBody::color),
                          field("messagesTotal", &LabelBody::messages_total),
                          field("messagesUnread", &LabelBody::messages_unread),
                          field("threadsTotal", &LabelBody::threads_total),
                          field("threadsUnread", &LabelBody::threads_unread)};
  }
};

template <class Body>
Body read(std::string_view text) {
  boost::system::error_code failed;
  const auto value = json::parse(text.empty() ? std::string_view{"{}"} : text, failed);
  if (failed) {
    throw Error{Errc::invalid_argument, "Invalid JSON payload received. Parsing failed."};
  }
  auto body = schema::from_json<Body>(value);
  if (!body) {
    throw Error{Errc::invalid_argument,
                "Invalid JSON payload received. " + std::move(body).error().message};
  }
  return std::move(body).value();
}

IncomingMail to_mail(MessageBody body) {
  IncomingMail mail;
  mail.thread_id = std::move(body.thread_id);
  mail.label_ids = std::move(body.label_ids);
  auto raw = crypto::base64_decode(body.raw);
  if (!raw) {
    throw Error{Errc::invalid_argument,
                "Invalid value at 'raw' (TYPE_BYTES), Base64 decoding failed"};
  }
  mail.raw = std::move(*raw);
  return mail;
}

void judge_size(const std::string& raw, std::size_t limit) {
  if (raw.size() > limit) throw Error{Errc::too_large, "Request Entity Too Large"};
}

}  // namespace

IncomingMail read_mail(const GmailCall& call) {
  auto mail = to_mail(read<MessageBody>(call.body));
  if (call.media) mail.raw = *call.media;
  // The size of an upload was checked when it was read; mail in JSON has the same limit once
  // decoded.
  if (!call.media) judge_size(mail.raw, max_mail);
  if (mail.raw.empty()) {
    throw Error{
        Errc::invalid_argument,
        "'raw' RFC822 payload message string or uploading message via /upload/* URL required"};
  }
  return mail;
}

IncomingDraft read_draft(const GmailCall& call) {
  auto body = read<DraftBody>(call.body);
  IncomingDraft draft;
  draft.id = std::move(body.id);
  if (call.media && !body.message) body.message.emplace();
  if (body.message) {
    draft.mail = to_mail(std::move(*body.message));
    if (call.media) draft.mail->raw = *call.media;
    judge_size(draft.mail->raw, max_mail);
    if (draft.mail->raw.empty()) draft.mail.reset();
  }
  return draft;
}

LabelChange read_label_change(std::string_view body) {
  auto change = read<LabelChangeBody>(body);
  LabelChange out;
  out.ids = std::move(change.ids);
  out.add_label_ids = std::move(change.add_label_ids);
  out.remove_label_ids = std::move(change.remove_label_ids);
  return out;
}

Label read_label(std::string_view text) {
  auto body = read<LabelBody>(text);
  Label label;
  label.name = std::move(body.name);
  label.message_list_visibility = std::move(body.message_list_visibility);
  label.label_list_visibility = std::move(body.label_list_visibility);
  if (body.color) {
    label.text_color = std::move(body.color->text_color);
    label.background_color = std::move(body.color->background_color);
  }
  return label;
}

View read_view(const GmailCall& call) {
  const auto name = to_lower_ascii(call.text("format"));
  View view;
  view.metadata_headers = call.texts("metadataHeaders");
  if (name == "minimal") {
    view.format = Format::minimal;
  } else if (name == "raw") {
    view.format = Format::raw;
  } else if (name == "metadata") {
    view.format = Format::metadata;
  } else if (!name.empty() && name != "full") {
    throw Error{
        Errc::invalid_argument,
        "Invalid value at 'format' (type.googleapis.com/gmail.v1.MessageFormat), \"" + name + "\""};
  }
  return view;
}

View read_mail_view(const GmailCall& call) {
  auto view = read_view(call);
  const bool whole = view.format == Format::full || view.format == Format::raw;
  if (whole && !any_scope_granted(call.scopes, "full gmail.modify gmail.readonly")) {
    throw Error{Errc::forbidden, "Metadata scope doesn't allow format FULL"};
  }
  return view;
}

std::string GmailCall::text(std::string_view name) const {
  return std::string{http::query_value(query, name)};
}

std::vector<std::string> GmailCall::texts(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

bool GmailCall::flag(std::string_view name) const {
  const auto value = text(name);
  if (value.empty() || value == "false") return false;
  if (value == "true") return true;
  throw Error{Errc::invalid_argument,
              "Invalid value at '" + std::string{name} + "' (TYPE_BOOL), \"" + value + "\""};
}

std::size_t GmailCall::number(std::string_view name, std::size_t fallback) const {
  const auto value = text(name);
  if (value.empty()) return fallback;
  if (const auto parsed = read_number<std::uint32_t>(value)) return *parsed;
  throw Error{Errc::invalid_argument,
              "Invalid value at '" + std::string{name} + "' (TYPE_UINT32), \"" + value + "\""};
}

}  // namespace gmail_mcp::sandbox
