// users.drafts (declared in gmail_call.h).
#include <algorithm>

#include "sandbox/gmail_body.h"
#include "sandbox/gmail_call.h"
#include "sandbox/gmail_search.h"
#include "sandbox/message_json.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::verbs {

namespace json = boost::json;

namespace {

json::object brief(const Mailbox::Draft& draft) {
  return {{"id", draft.first}, {"message", message_brief(*draft.second)}};
}

}  // namespace

json::value drafts_list(GmailCall& call) {
  std::vector<Mailbox::Draft> found;
  const auto matching = search(call);
  for (auto& draft : call.mailbox().drafts()) {
    if (contains(matching, draft.second)) found.push_back(std::move(draft));
  }
  std::vector<ListPosition> positions;
  for (const auto& [id, message] : found) {
    positions.push_back(ListPosition{message->internal_date, message->id});
  }
  const auto page = cut_page(call, positions);
  json::array list;
  for (auto i = page.begin; i < page.end; ++i) {
    list.push_back(
        json::object{{"id", found[i].first}, {"message", message_reference(*found[i].second)}});
  }
  json::object answer;
  if (!list.empty()) answer["drafts"] = std::move(list);
  finish_list(answer, page, found.size());
  return answer;
}

json::value drafts_get(GmailCall& call) {
  const auto view = read_view(call);
  const auto draft = call.mailbox().draft(call.ids[0]).value();
  return json::object{{"id", draft.first}, {"message", message_json(*draft.second, view)}};
}

json::value drafts_create(GmailCall& call) {
  auto incoming = read_draft(call);
  if (!incoming.mail) throw Error{Errc::invalid_argument, "Missing draft message"};
  auto& mail = *incoming.mail;
  return brief(call.mailbox().create_draft(std::move(mail.raw), std::move(mail.thread_id)).value());
}

json::value drafts_update(GmailCall& call) {
  auto incoming = read_draft(call);
  if (!incoming.mail) throw Error{Errc::invalid_argument, "Missing draft message"};
  auto& mail = *incoming.mail;
  return brief(call.mailbox()
                   .update_draft(call.ids[0], std::move(mail.raw), std::move(mail.thread_id))
                   .value());
}

json::value drafts_delete(GmailCall& call) {
  static_cast<void>(call.mailbox().delete_draft(call.ids[0]).value());
  return nullptr;
}

json::value drafts_send(GmailCall& call) {
  auto incoming = read_draft(call);
  if (incoming.id.empty() && !incoming.mail) throw Error{Errc::invalid_argument, "Invalid draft"};
  auto& mailbox = call.mailbox();
  // A message given here replaces the draft's, or goes out without ever having been one.
  std::string raw;
  std::string thread_id;
  if (!incoming.id.empty()) {
    const auto draft = mailbox.draft(incoming.id).value();
    raw = draft.second->raw;
    if (draft.second->thread_id != draft.second->id) thread_id = draft.second->thread_id;
  }
  if (incoming.mail) {
    raw = std::move(incoming.mail->raw);
    if (!incoming.mail->thread_id.empty()) thread_id = std::move(incoming.mail->thread_id);
  }
  const auto* sent = call.world.send(call.account, std::move(raw), std::move(thread_id)).value();
  const auto answer = message_brief(*sent);
  ++call.counters.sends;
  // The sent message is a new one; the draft is gone, as is the message in it.
  if (!incoming.id.empty()) static_cast<void>(mailbox.delete_draft(incoming.id).value());
  return answer;
}

}  // namespace gmail_mcp::sandbox::verbs
