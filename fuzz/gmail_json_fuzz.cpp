// Whatever Gmail's answer is: it is read exactly when it is a JSON object within the limits, and
// then all texts in it and in the message made of it are valid UTF-8.
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "google/batch.h"
#include "google/message_json.h"
#include "mail/gmail_rest/convert.h"
#include "schema/json_text.h"

using namespace gmail_mcp;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_object(std::string_view text) {
  schema::JsonRules rules;
  rules.depth = 256;
  rules.values = 1'000'000;
  rules.allow_invalid_utf8 = rules.allow_repeated_names = true;
  const auto read = schema::read_json(text, rules);
  const auto* value = std::get_if<boost::json::value>(&read);
  return value != nullptr && value->is_object();
}

void require_texts(const google::RawPart& part) {
  require(is_valid_utf8(part.part_id) && is_valid_utf8(part.mime_type));
  require(is_valid_utf8(part.filename) && is_valid_utf8(part.body.attachment_id));
  require(part.body.has_data || part.body.data.empty());
  for (const auto& [name, value] : part.headers) {
    require(!name.empty() && is_valid_utf8(name) && is_valid_utf8(value));
  }
  for (const auto& child : part.parts) require_texts(child);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  auto message = google::read_message(text);
  const bool is_too_large = !message && message.error().code == Errc::too_large;
  require(is_too_large || message.has_value() == is_object(text));
  google::read_thread(text).has_value();
  google::read_draft_message(text).has_value();
  google::read_body(text).has_value();
  google::parse_batch("multipart/mixed; boundary=b", text, 3);
  if (!message) return 0;
  require(is_valid_utf8(message->id) && is_valid_utf8(message->snippet));
  for (const auto& label : message->label_ids) require(!label.empty() && is_valid_utf8(label));
  require_texts(message->payload);
  const auto shown = mail::to_message(*std::move(message));
  require(is_valid_utf8(shown.subject) && is_valid_utf8(shown.from.name));
  require(is_valid_utf8(shown.body_plain) && is_valid_utf8(shown.body_html.value_or("")));
  return 0;
}
