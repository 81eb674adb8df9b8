#include "mail/gmail_rest/people.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "mime/address.h"
#include "mime/body_source.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::int64_t largest = 1'000'000;

constexpr int most_settled = 10;

constexpr std::array<std::string_view, 5> fields_of_people{"From", "To", "Cc", "Bcc", "Reply-To"};

bool names_people(std::string_view field) {
  return std::ranges::any_of(fields_of_people,
                             [&](auto one) { return equals_ignoring_case(field, one); });
}

bool is_sure(std::string_view field, std::string_view value) {
  if (equals_ignoring_case(field, "From")) return mime::names_one_sender(value);
  return mime::names_recipients_for_sure(value);
}

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

bool is_field_unsure(const HeaderFields& fields, std::string_view name) {
  return std::ranges::any_of(fields, [&](const auto& field) {
    return field.first.size() == name.size() && equals_ignoring_case(field.first, name) &&
           !is_sure(name, field.second);
  });
}

bool is_field_unsure(const google::RawMessage& message, std::string_view name) {
  return !message.people_are_as_sent && is_field_unsure(message.payload.headers, name);
}

}  // namespace

void mark_unsure_people(const HeaderFields& fields, model::Message& message) {
  message.from_is_unsure = is_field_unsure(fields, "From");
  message.to_is_unsure = is_field_unsure(fields, "To");
  message.cc_is_unsure = is_field_unsure(fields, "Cc");
  message.reply_to_is_unsure = is_field_unsure(fields, "Reply-To");
}

bool can_settle_people(const google::RawMessage& message) {
  const bool any_unsure = std::ranges::any_of(
      fields_of_people, [&](auto name) { return is_field_unsure(message, name); });
  return any_unsure && message.size_estimate <= largest;
}

Task<void> settle_people(google::GmailApi& api, google::RawMessage& message) {
  if (!can_settle_people(message)) co_return;
  std::string id = message.id;
  google::RawMessage whole;
  try {
    whole = co_await api.get_message(std::move(id), google::View::raw);
  } catch (const Error&) {
    co_return;  // the message itself is known: it is shown with its mark
  }
  const auto head = mime::read_message(mime::header_section(whole.raw));
  if (!head) co_return;
  auto& headers = message.payload.headers;
  std::erase_if(headers, [](const auto& field) { return names_people(field.first); });
  for (const auto& field : head->headers) {
    if (names_people(field.first)) headers.push_back(field);
  }
  message.people_are_as_sent = true;
}

Task<void> settle_senders(google::GmailApi& api, std::vector<google::RawMessage>& messages) {
  int asked = 0;
  for (auto& message : messages) {
    if (!is_field_unsure(message, "From") || message.size_estimate > largest) continue;
    if (asked++ == most_settled) co_return;
    co_await settle_people(api, message);
  }
}

}  // namespace gmail_mcp::mail
