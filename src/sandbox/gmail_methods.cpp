// The methods that the sandbox simulates, from Google's discovery document (declared in
// gmail_call.h).
#include <array>

#include "base/text.h"
#include "sandbox/gmail_call.h"

namespace gmail_mcp::sandbox {

namespace {

// Of the discovery document, exact: 35 MiB for what is sent, 150 MiB for what is put into the
// mailbox.
constexpr std::size_t send_limit = 36'700'160;
constexpr std::size_t insert_limit = 157'286'400;

constexpr std::string_view read_scopes = "full gmail.modify gmail.readonly";
constexpr std::string_view metadata_scopes = "full gmail.modify gmail.readonly gmail.metadata";
constexpr std::string_view modify_scopes = "full gmail.modify";
constexpr std::string_view compose_scopes = "full gmail.modify gmail.compose";
constexpr std::string_view draft_read_scopes = "full gmail.modify gmail.compose gmail.readonly";
constexpr std::string_view send_scopes = "full gmail.modify gmail.compose gmail.send";
constexpr std::string_view insert_scopes = "full gmail.modify gmail.insert";
constexpr std::string_view label_scopes = "full gmail.modify gmail.labels";
constexpr std::string_view label_read_scopes =
    "full gmail.modify gmail.readonly gmail.metadata gmail.labels";
constexpr std::string_view profile_scopes =
    "full gmail.modify gmail.readonly gmail.metadata gmail.compose";
constexpr std::string_view settings_read_scopes =
    "full gmail.modify gmail.readonly gmail.settings.basic";
constexpr std::string_view full_scope = "full";

constexpr std::string_view list_query = "includeSpamTrash labelIds maxResults pageToken q";
constexpr std::string_view get_query = "format metadataHeaders";

constexpr std::array methods{
    Method{"getProfile", "GET", "profile", "", profile_scopes, 1, 0, verbs::get_profile},
    Method{"history.list", "GET", "history",
           "historyTypes labelId maxResults pageToken startHistoryId", metadata_scopes, 2, 0,
           verbs::history_list},
    Method{"settings.sendAs.list", "GET", "settings/sendAs", "", settings_read_scopes, 1, 0,
           verbs::send_as_list},
    Method{"watch", "POST", "watch", "", metadata_scopes, 100, 0, verbs::watch},
    Method{"stop", "POST", "stop", "", metadata_scopes, 50, 0, verbs::stop},

    Method{"labels.list", "GET", "labels", "", label_read_scopes, 1, 0, verbs::labels_list},
    Method{"labels.get", "GET", "labels/{}", "", label_read_scopes, 1, 0, verbs::labels_get},
    Method{"labels.create", "POST", "labels", "", label_scopes, 5, 0, verbs::labels_create},
    Method{"labels.patch", "PATCH", "labels/{}", "", label_scopes, 5, 0, verbs::labels_update},
    Method{"labels.update", "PUT", "labels/{}", "", label_scopes, 5, 0, verbs::labels_update},
    Method{"labels.delete", "DELETE", "labels/{}", "", label_scopes, 5, 0, verbs::labels_delete},

    Method{"messages.list", "GET", "messages", list_query, metadata_scopes, 5, 0,
           verbs::messages_list},
    Method{"messages.send", "POST", "messages/send", "", send_scopes, 100, send_limit,
           verbs::messages_send},
    Method{"messages.insert", "POST", "messages", "deleted internalDateSource", insert_scopes, 25,
           insert_limit, verbs::messages_insert},
    Method{"messages.import", "POST", "messages/import",
           "deleted internalDateSource neverMarkSpam processForCalendar", insert_scopes, 25,
           insert_limit, verbs::messages_import},
    Method{"messages.batchModify", "POST", "messages/batchModify", "", modify_scopes, 50, 0,
           verbs::messages_batch_modify},
    Method{"messages.batchDelete", "POST", "messages/batchDelete", "", full_scope, 50, 0,
           verbs::messages_batch_delete},
    Method{"messages.get", "GET", "messages/{}", get_query, metadata_scopes, 20, 0,
           verbs::messages_get},
    Method{"messages.delete", "DELETE", "messages/{}", "", full_scope, 10, 0,
           verbs::messages_delete},
    Method{"messages.modify", "POST", "messages/{}/modify", "", modify_scopes, 5, 0,
           verbs::messages_modify},
    Method{"messages.trash", "POST", "messages/{}/trash", "", modify_scopes, 20, 0,
           verbs::messages_trash},
    Method{"messages.untrash", "POST", "messages/{}/untrash", "", modify_scopes, 5, 0,
           verbs::messages_untrash},
    Method{"messages.attachments.get", "GET", "messages/{}/attachments/{}", "", read_scopes, 20, 0,
           verbs::attachments_get},

    Method{"threads.list", "GET", "threads", list_query, metadata_scopes, 10, 0,
           verbs::threads_list},
    Method{"threads.get", "GET", "threads/{}", get_query, metadata_scopes, 40, 0,
           verbs::threads_get},
    Method{"threads.delete", "DELETE", "threads/{}", "", full_scope, 20, 0, verbs::threads_delete},
    Method{"threads.modify", "POST", "threads/{}/modify", "", modify_scopes, 10, 0,
           verbs::threads_modify},
    Method{"threads.trash", "POST", "threads/{}/trash", "", modify_scopes, 20, 0,
           verbs::threads_trash},
    Method{"threads.untrash", "POST", "threads/{}/untrash", "", modify_scopes, 5, 0,
           verbs::threads_untrash},

    Method{"drafts.list", "GET", "drafts", "includeSpamTrash maxResults pageToken q",
           draft_read_scopes, 5, 0, verbs::drafts_list},
    Method{"drafts.create", "POST", "drafts", "", compose_scopes, 10, send_limit,
           verbs::drafts_create},
    Method{"drafts.send", "POST", "drafts/send", "", compose_scopes, 100, send_limit,
           verbs::drafts_send},
    Method{"drafts.get", "GET", "drafts/{}", "format", draft_read_scopes, 20, 0, verbs::drafts_get},
    Method{"drafts.update", "PUT", "drafts/{}", "", compose_scopes, 15, send_limit,
           verbs::drafts_update},
    Method{"drafts.delete", "DELETE", "drafts/{}", "", compose_scopes, 10, 0, verbs::drafts_delete},
};

// "messages/{}/modify" against the segments of a path; fixed rows stand before those with {}.
bool fits(std::string_view pattern, const std::vector<std::string>& segments,
          std::vector<std::string>& ids) {
  const auto wanted = split(pattern, '/');
  if (wanted.size() != segments.size()) return false;
  ids.clear();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto text = percent_decode(segments[i]);
    if (!text || text->empty()) return false;
    if (wanted[i] == "{}") {
      ids.push_back(*text);
    } else if (wanted[i] != *text) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<GmailRoute> find_route(std::string_view verb, std::string_view path) {
  GmailRoute route;
  if (path.starts_with("/upload/")) {
    route.upload = true;
    path.remove_prefix(7);
  }
  constexpr std::string_view root = "/gmail/v1/users/";
  if (!path.starts_with(root)) return std::nullopt;
  auto segments = split(path.substr(root.size()), '/');
  const auto user = percent_decode(segments.front());
  if (!user || segments.size() < 2) return std::nullopt;
  route.user = *user;
  segments.erase(segments.begin());
  for (const auto& method : methods) {
    if (method.verb != verb || (route.upload && method.upload_limit == 0)) continue;
    if (!fits(method.path, segments, route.ids)) continue;
    route.method = &method;
    return route;
  }
  return std::nullopt;
}

bool any_scope_granted(const std::vector<std::string>& granted, std::string_view wanted) {
  for (const auto& name : split(wanted, ' ')) {
    const auto url = name == "full" ? std::string{"https://mail.google.com/"}
                                    : "https://www.googleapis.com/auth/" + name;
    for (const auto& scope : granted) {
      if (scope == url) return true;
    }
  }
  return false;
}

}  // namespace gmail_mcp::sandbox
