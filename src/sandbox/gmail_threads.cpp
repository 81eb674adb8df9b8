// users.threads (declared in gmail_call.h).
#include <algorithm>
#include <unordered_set>

#include "sandbox/gmail_body.h"
#include "sandbox/gmail_call.h"
#include "sandbox/gmail_search.h"
#include "sandbox/message_json.h"

namespace gmail_mcp::sandbox::verbs {

namespace json = boost::json;

namespace {

using Thread = std::vector<const StoredMessage*>;

std::uint64_t last_change(const Thread& thread) {
  std::uint64_t latest = 0;
  for (const auto* message : thread) latest = std::max(latest, message->history_id);
  return latest;
}

// Changes every message of the thread and answers what has become of it.
template <class Change>
json::value change_all(const GmailCall& call, const Change& change) {
  for (const auto* message : call.mailbox().thread(call.ids[0]).value()) {
    static_cast<void>(change(call.mailbox(), message->id).value());
  }
  json::array messages;
  for (const auto* message : call.mailbox().thread(call.ids[0]).value()) {
    messages.push_back(message_brief(*message));
  }
  return json::object{{"id", call.ids[0]}, {"messages", std::move(messages)}};
}

}  // namespace

json::value threads_list(GmailCall& call) {
  // A thread is found if any of its messages is found, and has the place of the newest of these.
  std::vector<ListPosition> positions;
  std::unordered_set<std::string> seen;
  for (const auto* message : search(call)) {
    if (!seen.insert(message->thread_id).second) continue;
    positions.push_back(ListPosition{message->internal_date, message->thread_id});
  }
  // Two threads of one millisecond would be sorted by message, not by thread.
  std::sort(positions.begin(), positions.end(), std::greater<>{});
  const auto page = cut_page(call, positions);
  json::array list;
  for (auto i = page.begin; i < page.end; ++i) {
    const auto thread = call.mailbox().thread(positions[i].id).value();
    list.push_back(json::object{{"id", positions[i].id},
                                {"snippet", thread.back()->snippet},
                                {"historyId", std::to_string(last_change(thread))}});
  }
  json::object answer;
  if (!list.empty()) answer["threads"] = std::move(list);
  finish_list(answer, page, positions.size());
  return answer;
}

json::value threads_get(GmailCall& call) {
  const auto view = read_mail_view(call);
  if (view.format == Format::raw) {
    throw Error{Errc::invalid_argument, "Format RAW is not supported for threads."};
  }
  const auto thread = call.mailbox().thread(call.ids[0]).value();
  json::array messages;
  for (const auto* message : thread) messages.push_back(message_json(*message, view));
  return json::object{{"id", call.ids[0]},
                      {"historyId", std::to_string(last_change(thread))},
                      {"messages", std::move(messages)}};
}

json::value threads_modify(GmailCall& call) {
  const auto change = read_label_change(call.body);
  return change_all(call, [&](Mailbox& mailbox, const std::string& id) {
    return mailbox.modify(id, change.add_label_ids, change.remove_label_ids);
  });
}

json::value threads_trash(GmailCall& call) {
  return change_all(call,
                    [](Mailbox& mailbox, const std::string& id) { return mailbox.trash(id); });
}

json::value threads_untrash(GmailCall& call) {
  return change_all(call,
                    [](Mailbox& mailbox, const std::string& id) { return mailbox.untrash(id); });
}

json::value threads_delete(GmailCall& call) {
  for (const auto* message : call.mailbox().thread(call.ids[0]).value()) {
    static_cast<void>(call.mailbox().remove(std::string{message->id}).value());
  }
  return nullptr;
}

}  // namespace gmail_mcp::sandbox::verbs
