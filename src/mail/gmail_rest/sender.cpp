#include "mail/gmail_rest/sender.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "mime/address.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::int64_t largest = 1'000'000;

const std::string* from_of(const google::RawPart& payload) {
  const auto found =
      std::find_if(payload.headers.begin(), payload.headers.end(),
                   [](const auto& field) { return equals_ignoring_case(field.first, "From"); });
  return found == payload.headers.end() ? nullptr : &found->second;
}

// The header section alone: what follows costs nothing.
std::string_view head_of(std::string_view rfc822) {
  const auto end = std::min(rfc822.find("\r\n\r\n"), rfc822.find("\n\n"));
  return rfc822.substr(0, end);
}

}  // namespace

bool is_sender_unsure(const google::RawMessage& message) {
  if (message.from_is_as_sent) return false;
  const auto* from = from_of(message.payload);
  return from != nullptr && !mime::names_one_sender(*from);
}

Task<void> settle_sender(google::GmailApi& api, google::RawMessage& message) {
  if (!is_sender_unsure(message) || message.size_estimate > largest) co_return;
  std::string id = message.id;
  google::RawMessage whole;
  try {
    whole = co_await api.get_message(std::move(id), google::View::raw);
  } catch (const Error&) {
    co_return;  // the message itself is there: it is shown with its mark
  }
  const auto head = mime::read_message(head_of(whole.raw));
  if (!head) co_return;
  auto& headers = message.payload.headers;
  std::erase_if(headers,
                [](const auto& field) { return equals_ignoring_case(field.first, "From"); });
  for (const auto& field : head->headers) {
    if (equals_ignoring_case(field.first, "From")) headers.push_back(field);
  }
  message.from_is_as_sent = true;
}

}  // namespace gmail_mcp::mail
