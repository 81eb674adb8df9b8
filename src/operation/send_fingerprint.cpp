#include "operation/send_fingerprint.h"

#include <string_view>
#include <vector>

#include "base/json_escape.h"
#include "crypto/digest.h"

namespace gmail_mcp::operation {

namespace {

void append_text(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

void append_list(std::string& out, const std::vector<std::string>& texts) {
  out += '[';
  for (const auto& one : texts) {
    if (&one != &texts.front()) out += ',';
    append_text(out, one);
  }
  out += ']';
}

void append_if_given(std::string& out, std::string_view name, const std::string& text) {
  if (text.empty()) return;
  append_text(out.append(","), name);
  append_text(out.append(":"), text);
}

void append_attachment(std::string& out, const model::NewAttachment& one) {
  append_text(out.append(R"({"name":)"), one.filename);
  append_text(out.append(R"(,"type":)"), one.mime_type);
  append_text(out.append(R"(,"digest":)"), crypto::sha256_hex(one.content));
  append_text(out.append(R"(,"of":)"),
              one.message_id ? one.message_id->str() + "/" + one.attachment_id : "");
  if (one.is_inline) out += R"(,"inline":true)";
  append_if_given(out, "content_id", one.content_id);
  out += '}';
}

}  // namespace

std::string fingerprint_of(const model::NewMessage& message) {
  std::string all;
  all.reserve(message.body.size() + message.body.size() / 8 + 512);
  append_list(all.append(R"({"to":)"), message.to);
  append_list(all.append(R"(,"cc":)"), message.cc);
  append_list(all.append(R"(,"bcc":)"), message.bcc);
  append_text(all.append(R"(,"subject":)"), message.subject);
  append_text(all.append(R"(,"body":)"), message.body);
  all += R"(,"html":)";
  if (message.body_html) {
    append_text(all, *message.body_html);
  } else {
    all += "null";
  }
  all += R"(,"reply":)";
  if (message.reply_to_message_id) {
    append_text(all, message.reply_to_message_id->str());
  } else {
    all += "null";
  }
  // What came later is named only if it is given.
  if (message.reply_all) all += R"(,"reply_all":true)";
  if (message.quote) all += R"(,"quote":true)";
  if (message.forward_message_id) {
    append_text(all.append(R"(,"forward":)"), message.forward_message_id->str());
  }
  append_if_given(all, "reply_to", message.reply_to);
  append_if_given(all, "from", message.from);
  append_if_given(all, "from_name", message.from_name);
  all += R"(,"attachments":[)";
  for (const auto& one : message.attachments) {
    if (&one != &message.attachments.front()) all += ',';
    append_attachment(all, one);
  }
  all += "]}";
  return crypto::sha256_hex(all);
}

}  // namespace gmail_mcp::operation
