// users.labels, the profile, the addresses it sends as and the history (declared in gmail_call.h).
#include <algorithm>

#include "sandbox/gmail_body.h"
#include "sandbox/gmail_call.h"
#include "sandbox/gmail_search.h"
#include "sandbox/message_json.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::verbs {

namespace json = boost::json;

json::value labels_list(GmailCall& call) {
  json::array list;
  for (const auto& label : call.mailbox().labels()) list.push_back(label_json(label, nullptr));
  return json::object{{"labels", std::move(list)}};
}

json::value labels_get(GmailCall& call) {
  const auto* label = call.mailbox().find_label(call.ids[0]);
  if (label == nullptr) throw Error{Errc::not_found, "Requested entity was not found."};
  return label_json(*label, &call.mailbox());
}

json::value labels_create(GmailCall& call) {
  return label_json(*call.mailbox().create_label(read_label(call.body)).value(), nullptr);
}

json::value labels_update(GmailCall& call) {
  return label_json(*call.mailbox().update_label(call.ids[0], read_label(call.body)).value(),
                    nullptr);
}

json::value labels_delete(GmailCall& call) {
  static_cast<void>(call.mailbox().delete_label(call.ids[0]).value());
  return nullptr;
}

json::value get_profile(GmailCall& call) {
  const auto& mailbox = call.mailbox();
  return json::object{{"emailAddress", call.account.email},
                      {"messagesTotal", mailbox.message_count()},
                      {"threadsTotal", mailbox.thread_count()},
                      {"historyId", std::to_string(mailbox.history_id())}};
}

// As Google answers: for the primary address it does not say that it is verified.
json::value send_as_list(GmailCall& call) {
  const auto& account = call.account;
  json::array list;
  list.push_back(json::object{{"sendAsEmail", account.email},
                              {"displayName", account.name},
                              {"replyToAddress", ""},
                              {"signature", ""},
                              {"isPrimary", true},
                              {"isDefault", true}});
  for (const auto& one : account.send_as) {
    list.push_back(json::object{{"sendAsEmail", one.email},
                                {"displayName", one.name},
                                {"replyToAddress", one.reply_to},
                                {"signature", ""},
                                {"treatAsAlias", true},
                                {"verificationStatus", one.is_accepted ? "accepted" : "pending"}});
  }
  return json::object{{"sendAs", std::move(list)}};
}

namespace {

std::string_view type_of(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::message_added: return "messageAdded";
    case Change::Kind::message_deleted: return "messageDeleted";
    case Change::Kind::label_added: return "labelAdded";
    case Change::Kind::label_removed: return "labelRemoved";
  }
  return "";
}

std::uint64_t read_start(const GmailCall& call) {
  const auto text = call.text("startHistoryId");
  if (const auto start = read_number<std::uint64_t>(text)) return *start;
  throw Error{Errc::invalid_argument,
              "Invalid value at 'start_history_id' (TYPE_UINT64), \"" + text + "\""};
}

}  // namespace

json::value history_list(GmailCall& call) {
  const auto& mailbox = call.mailbox();
  auto start = read_start(call);
  const auto limit = std::clamp<std::size_t>(call.number("maxResults", 100), 1, 500);
  // A page token is simply the id of the last change of the page before.
  const auto changes = mailbox.history_since(start).value();
  if (const auto token = call.text("pageToken"); !token.empty()) {
    const auto after = read_number<std::uint64_t>(token);
    if (!after) throw Error{Errc::invalid_argument, "Invalid pageToken"};
    start = *after;
  }
  const auto types = call.texts("historyTypes");
  const auto label = call.text("labelId");
  json::array list;
  std::uint64_t last = 0;
  bool more = false;
  for (const auto* change : changes) {
    if (change->id <= start) continue;
    if (!types.empty() && !contains(types, type_of(change->kind))) continue;
    if (!label.empty() && !contains(change->labels, label) && !contains(change->changed, label)) {
      continue;
    }
    if (list.size() == limit) {
      more = true;
      break;
    }
    list.push_back(change_json(*change));
    last = change->id;
  }
  json::object answer;
  if (!list.empty()) answer["history"] = std::move(list);
  if (more) answer["nextPageToken"] = std::to_string(last);
  answer["historyId"] = std::to_string(mailbox.history_id());
  return answer;
}

json::value watch(GmailCall& call) {
  // Accepted, but nobody is called: there is no Pub/Sub here.
  const auto week = std::chrono::hours{24 * 7};
  const auto expiration = call.world.clock().now() + week;
  return json::object{{"historyId", std::to_string(call.mailbox().history_id())},
                      {"expiration", std::to_string(expiration.time_since_epoch().count())}};
}

json::value stop(GmailCall&) { return nullptr; }

}  // namespace gmail_mcp::sandbox::verbs
