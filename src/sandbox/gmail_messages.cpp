// users.messages (declared in gmail_call.h).
#include "base/text.h"
#include "crypto/base64.h"
#include "http/date.h"
#include "sandbox/gmail_body.h"
#include "sandbox/gmail_call.h"
#include "sandbox/gmail_search.h"
#include "sandbox/message_json.h"

namespace gmail_mcp::sandbox::verbs {

namespace json = boost::json;

json::value messages_list(GmailCall& call) {
  const auto found = search(call);
  std::vector<ListPosition> positions;
  positions.reserve(found.size());
  for (const auto* message : found) {
    positions.push_back(ListPosition{message->internal_date, message->id});
  }
  const auto page = cut_page(call, positions);
  json::array list;
  for (auto i = page.begin; i < page.end; ++i) list.push_back(message_reference(*found[i]));
  json::object answer;
  if (!list.empty()) answer["messages"] = std::move(list);
  finish_list(answer, page, found.size());
  return answer;
}

json::value messages_get(GmailCall& call) {
  const auto view = read_mail_view(call);
  return message_json(*call.mailbox().message(call.ids[0]).value(), view);
}

json::value messages_send(GmailCall& call) {
  auto mail = read_mail(call);
  const auto* sent =
      call.world.send(call.account, std::move(mail.raw), std::move(mail.thread_id)).value();
  ++call.counters.sends;
  return message_brief(*sent);
}

namespace {

json::value put(GmailCall& call, std::string_view default_source) {
  auto mail = read_mail(call);
  auto source = call.text("internalDateSource");
  if (source.empty()) source = default_source;
  Arrival arrival;
  if (source == "dateHeader") {
    // Mail writes "+0000" where HTTP writes "GMT"; other zones are not worth a parser here.
    auto date = header(parse_mail(mail.raw), "Date");
    if (date.ends_with("+0000")) date.replace(date.size() - 5, 5, "GMT");
    arrival.internal_date = http::parse_date(date);
  }
  arrival.raw = std::move(mail.raw);
  arrival.labels = std::move(mail.label_ids);
  arrival.thread_id = std::move(mail.thread_id);
  return message_brief(*call.mailbox().add(std::move(arrival)).value());
}

}  // namespace

json::value messages_insert(GmailCall& call) { return put(call, "receivedTime"); }

json::value messages_import(GmailCall& call) { return put(call, "dateHeader"); }

json::value messages_modify(GmailCall& call) {
  const auto change = read_label_change(call.body);
  return message_brief(
      *call.mailbox().modify(call.ids[0], change.add_label_ids, change.remove_label_ids).value());
}

json::value messages_batch_modify(GmailCall& call) {
  const auto change = read_label_change(call.body);
  if (change.ids.empty()) throw Error{Errc::invalid_argument, "No message ids specified."};
  if (auto wrong = call.mailbox().judge_labels(change.add_label_ids, change.remove_label_ids)) {
    throw std::move(*wrong);
  }
  // Unknown ids are ignored, because the answer has no place for them.
  for (const auto& id : change.ids) {
    static_cast<void>(call.mailbox().modify(id, change.add_label_ids, change.remove_label_ids));
  }
  return nullptr;
}

json::value messages_batch_delete(GmailCall& call) {
  const auto change = read_label_change(call.body);
  if (change.ids.empty()) throw Error{Errc::invalid_argument, "No message ids specified."};
  for (const auto& id : change.ids) static_cast<void>(call.mailbox().remove(id));
  return nullptr;
}

json::value messages_trash(GmailCall& call) {
  return message_brief(*call.mailbox().trash(call.ids[0]).value());
}

json::value messages_untrash(GmailCall& call) {
  return message_brief(*call.mailbox().untrash(call.ids[0]).value());
}

json::value messages_delete(GmailCall& call) {
  static_cast<void>(call.mailbox().remove(call.ids[0]).value());
  return nullptr;
}

json::value attachments_get(GmailCall& call) {
  const auto& message = *call.mailbox().message(call.ids[0]).value();
  const auto part_id = part_of_attachment(call.ids[1], message.id);
  const auto* part = part_id ? find_part(message.mail, *part_id) : nullptr;
  if (part == nullptr) throw Error{Errc::invalid_argument, "Invalid attachment token"};
  const auto bytes = decoded_body(*part, message.raw);
  return json::object{{"size", bytes.size()},
                      {"data", crypto::base64url_encode(bytes, crypto::Padding::with)}};
}

}  // namespace gmail_mcp::sandbox::verbs
