// Sending and drafts of RestMailbox, and finding out whether a message was sent.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mail/gmail_rest/rest_mailbox.h"

namespace gmail_mcp::mail {

using google::Method;
using google::View;

namespace {

model::Sent to_sent(const std::string& id, const std::string& thread_id) {
  model::Sent sent;
  if (!id.empty()) sent.message_id = model::MessageId{id};
  if (!thread_id.empty()) sent.thread_id = model::ThreadId{thread_id};
  return sent;
}

DraftRef to_ref(const google::RawDraft& draft) {
  return {.id = model::DraftId{draft.id},
          .sent = to_sent(draft.message.id, draft.message.thread_id)};
}

google::RawOutgoing to_raw(Outgoing mail) {
  return {.rfc822 = std::move(mail.rfc822),
          .thread_id = mail.thread_id ? mail.thread_id->str() : std::string{}};
}

// "<a@b>" → "a@b" if it can stand in a query as one word, else "".
std::string_view searchable(std::string_view message_id) {
  if (message_id.starts_with('<')) message_id.remove_prefix(1);
  if (message_id.ends_with('>')) message_id.remove_suffix(1);
  const bool is_word = std::all_of(message_id.begin(), message_id.end(), [](char c) {
    return c > ' ' && c < '\x7F' && std::string_view{"\"(){}<>"}.find(c) == std::string_view::npos;
  });
  return is_word ? message_id : std::string_view{};
}

bool has_header(const google::RawMessage& message, std::string_view name, std::string_view value) {
  const auto& headers = message.payload.headers;
  return !value.empty() && std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
    return equals_ignoring_case(header.first, name) && trim(header.second) == value;
  });
}

}  // namespace

Task<std::vector<model::SenderAddress>> RestMailbox::sender_addresses() {
  // If the scopes do not allow sending, Google need not be asked.
  require(Method::messages_send);
  require(Method::send_as_list);
  auto list = co_await api_.list_send_as();
  std::vector<model::SenderAddress> all;
  for (auto& one : list) {
    model::SenderAddress address;
    address.is_own = one.is_primary || equals_ignoring_case(one.email, address_);
    address.email = std::move(one.email);
    address.name = std::move(one.display_name);
    address.reply_to = std::move(one.reply_to);
    address.is_confirmed = one.is_confirmed;
    all.push_back(std::move(address));
  }
  std::stable_partition(all.begin(), all.end(), [](const auto& one) { return one.is_own; });
  co_return all;
}

Task<model::Sent> RestMailbox::send(Outgoing mail) {
  require(Method::messages_send);
  auto raw = to_raw(std::move(mail));
  const auto sent = co_await api_.send_message(std::move(raw));
  co_return to_sent(sent.id, sent.thread_id);
}

// Gmail may have replaced our Message-ID, and its index takes a moment to include a new one, so
// finding nothing proves nothing: then the messages sent since are read themselves.
Task<std::optional<model::Sent>> RestMailbox::find_sent(std::string rfc822_message_id,
                                                        std::string send_id, Timestamp since) {
  require_content(Method::messages_list);
  // Drafts are found by their Message-ID as well, but were not sent.
  const auto message_id = searchable(rfc822_message_id);
  if (!message_id.empty()) {
    google::MessageQuery query;
    query.q = fmt::format("in:sent rfc822msgid:{}", message_id);
    query.max_results = 1;
    const auto list = co_await api_.list_messages(std::move(query));
    if (!list.messages.empty()) {
      co_return to_sent(list.messages[0].id, list.messages[0].thread_id);
    }
  }

  // Google's clock and ours may differ.
  constexpr std::chrono::seconds slack{120};
  const auto after = std::chrono::floor<std::chrono::seconds>(since - slack);
  google::MessageQuery query;
  query.q = fmt::format("in:sent after:{}", after.time_since_epoch().count());
  query.max_results = 100;
  const auto list = co_await api_.list_messages(std::move(query));
  std::vector<std::string> ids;
  for (const auto& found : list.messages) ids.push_back(found.id);
  const auto messages = co_await api_.get_messages(std::move(ids), View::marks);
  std::optional<Error> unknown;
  for (const auto& message : messages) {
    if (!message) {
      if (message.error().code != Errc::not_found) unknown = message.error();
    } else if (has_header(*message, "X-Gmail-MCP-Send", send_id) ||
               has_header(*message, "Message-ID", trim(rfc822_message_id))) {
      co_return to_sent(message->id, message->thread_id);
    }
  }
  // "Not there" must not be reported for messages that were not checked.
  if (unknown) throw Error{*unknown};
  co_return std::nullopt;
}

Task<DraftRef> RestMailbox::create_draft(Outgoing mail) {
  require(Method::drafts_create);
  auto raw = to_raw(std::move(mail));
  const auto draft = co_await api_.create_draft(std::move(raw));
  co_return to_ref(draft);
}

Task<DraftRef> RestMailbox::update_draft(model::DraftId id, Outgoing mail) {
  require(Method::drafts_update);
  auto raw = to_raw(std::move(mail));
  const auto draft = co_await api_.update_draft(id.str(), std::move(raw));
  co_return to_ref(draft);
}

Task<void> RestMailbox::delete_draft(model::DraftId id) {
  require(Method::drafts_delete);
  co_await api_.delete_draft(id.str());
}

Task<DraftPage> RestMailbox::drafts(int max_results, std::string page_token) {
  require(Method::drafts_list);
  auto list = co_await api_.list_drafts(max_results, std::move(page_token));
  DraftPage page;
  for (const auto& draft : list.drafts) page.drafts.push_back(to_ref(draft));
  page.next_page_token = std::move(list.next_page_token);
  co_return page;
}

Task<DraftRef> RestMailbox::draft(model::DraftId id) {
  require(Method::drafts_get);
  const auto draft = co_await api_.get_draft(id.str());
  co_return to_ref(draft);
}

// drafts.get instead of messages.get: the scope for drafts does not allow reading mail.
Task<DraftSource> RestMailbox::draft_source(model::DraftId id) {
  require(Method::drafts_get);
  auto message = co_await api_.get_draft_source(id.str());
  DraftSource source;
  source.ref.id = std::move(id);
  source.ref.sent = to_sent(message.id, message.thread_id);
  source.rfc822 = std::move(message.raw);
  // Servers that only resemble Gmail do not return it there.
  if (source.rfc822.empty() && source.ref.sent.message_id) {
    source.rfc822 = co_await this->source(*source.ref.sent.message_id);
  }
  co_return source;
}

Task<model::Sent> RestMailbox::send_draft(model::DraftId id) {
  require(Method::drafts_send);
  const auto sent = co_await api_.send_draft(id.str());
  co_return to_sent(sent.id, sent.thread_id);
}

}  // namespace gmail_mcp::mail
