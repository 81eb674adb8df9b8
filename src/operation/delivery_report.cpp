#include "operation/delivery_report.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "mime/delivery_status.h"
#include "mime/header.h"
#include "mime/reader.h"

namespace gmail_mcp::operation {

namespace {

constexpr std::int64_t largest_report = std::int64_t{1} << 20U;

// RFC 3464 and RFC 6533; RFC 6522 and RFC 6533.
constexpr std::array<std::string_view, 2> report_types{"message/delivery-status",
                                                       "message/global-delivery-status"};
constexpr std::array<std::string_view, 4> returned_types{
    "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"};

template <class Types>
const model::AttachmentInfo* find_of(const model::Message& message, const Types& types) {
  for (const auto& one : message.attachments) {
    const bool is_one = std::find(types.begin(), types.end(), one.mime_type) != types.end();
    if (is_one && one.size <= largest_report) return &one;
  }
  return nullptr;
}

// "" if it cannot be fetched: the message itself can be read without it.
Task<std::string> content_of(mail::Mailbox& mailbox, model::MessageId message,
                             const model::AttachmentInfo* attachment) {
  if (attachment == nullptr) co_return std::string{};
  try {
    auto fetched = co_await mailbox.attachment(std::move(message), attachment->id);
    co_return std::move(fetched.content);
  } catch (const Error&) {
    co_return std::string{};
  }
}

std::string_view header_of(std::string_view rfc822) {
  const auto crlf = rfc822.find("\r\n\r\n");
  const auto lf = rfc822.find("\n\n");
  return rfc822.substr(0, std::min(crlf, lf));
}

// nullopt if it was not sent from here, or cannot be searched for.
Task<std::optional<model::MessageId>> sent_as(mail::Mailbox& mailbox, std::string message_id) {
  if (message_id.size() < 3) co_return std::nullopt;
  const auto bare = message_id.substr(1, message_id.size() - 2);
  const bool is_word = std::all_of(bare.begin(), bare.end(), [](char c) {
    return c > ' ' && c < '\x7F' &&
           std::string_view{"\"(){}<>\\"}.find(c) == std::string_view::npos;
  });
  if (!is_word) co_return std::nullopt;
  try {
    mail::Query query;
    query.text = "in:sent rfc822msgid:" + bare;
    query.max_results = 1;
    auto page = co_await mailbox.search_ids(std::move(query));
    if (page.ids.empty()) co_return std::nullopt;
    co_return std::move(page.ids.front());
  } catch (const Error&) {
    co_return std::nullopt;
  }
}

}  // namespace

Task<std::optional<model::DeliveryReport>> delivery_report(mail::Mailbox& mailbox,
                                                           const model::Message& message) {
  const auto* report = find_of(message, report_types);
  if (report == nullptr) co_return std::nullopt;
  const auto content = co_await content_of(mailbox, message.id, report);
  model::DeliveryReport out;
  for (auto& one : mime::parse_delivery_status(content)) {
    model::DeliveryReport::Recipient recipient;
    recipient.email = std::move(one.recipient);
    recipient.action = std::move(one.action);
    recipient.status = std::move(one.status);
    recipient.reason = std::move(one.diagnostic);
    out.recipients.push_back(std::move(recipient));
  }
  if (out.recipients.empty()) co_return std::nullopt;
  const auto returned = co_await content_of(mailbox, message.id, find_of(message, returned_types));
  const auto header = mime::read_message(header_of(returned));
  if (!header) co_return out;
  out.subject = mime::decode_words(mime::header(*header, "Subject"));
  auto ids = mime::parse_message_ids(mime::header(*header, "Message-ID"));
  if (!ids.empty()) out.message_id = co_await sent_as(mailbox, std::move(ids.front()));
  co_return out;
}

}  // namespace gmail_mcp::operation
