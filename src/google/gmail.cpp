#include "google/gmail.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "base/offload.h"
#include "base/text.h"
#include "google/message_json.h"
#include "http/url.h"

namespace gmail_mcp::google {

namespace json = boost::json;

namespace {

constexpr std::string_view mailbox_path = "/gmail/v1/users/me";

// Ids are encoded although they were checked before: nothing enters a path unchecked.
std::string path_to(std::string_view collection, std::string_view id, std::string_view rest = {}) {
  std::string path{mailbox_path};
  path.append("/").append(collection).append("/").append(percent_encode(id)).append(rest);
  return path;
}

// Every answer is requested without white space and without fields that we do not read.
std::string with_fields(std::string_view path, std::string_view fields) {
  const char separator = path.find('?') == std::string_view::npos ? '?' : '&';
  return fmt::format("{}{}prettyPrint=false&fields={}", path, separator, fields);
}

constexpr std::string_view label_fields =
    "id,name,type,messagesTotal,messagesUnread,color(backgroundColor,textColor)";

// The parts of an outline, to a depth that only invented mail exceeds.
std::string outline_of_part(int levels_below) {
  std::string mask = "partId,mimeType,filename,headers,body(attachmentId,size)";
  if (levels_below > 0) mask += fmt::format(",parts({})", outline_of_part(levels_below - 1));
  return mask;
}

struct ViewQuery {
  std::string format;
  std::string fields;
};

ViewQuery view_query(View view) {
  static const std::string facts = "id,threadId,labelIds,snippet,internalDate,sizeEstimate";
  static const std::string outline = fmt::format("{},payload({})", facts, outline_of_part(5));
  switch (view) {
    case View::minimal: return {"minimal", facts};
    case View::outline: return {"full", outline};
    case View::full: return {"full", facts + ",payload"};
    case View::raw: return {"raw", "id,threadId,labelIds,internalDate,raw"};
    case View::marks:
      return {"metadata&metadataHeaders=X-Gmail-MCP-Send&metadataHeaders=Message-ID",
              "id,threadId,labelIds,payload/headers"};
  }
  return {};
}

// What follows the id in the path of a message.
const std::string& view_of_message(View view) {
  static const auto written = [] {
    std::map<View, std::string> all;
    for (const auto one : {View::minimal, View::outline, View::full, View::raw, View::marks}) {
      const auto query = view_query(one);
      all[one] = with_fields("?format=" + query.format, query.fields);
    }
    return all;
  }();
  return written.at(view);
}

std::string message_path(std::string_view id, std::string_view view) {
  return path_to("messages", id, view);
}

std::string list_path(const MessageQuery& query) {
  http::QueryFields fields{{"maxResults", std::to_string(query.max_results)}};
  if (!query.q.empty()) fields.emplace_back("q", query.q);
  for (const auto& label : query.label_ids) fields.emplace_back("labelIds", label);
  if (!query.page_token.empty()) fields.emplace_back("pageToken", query.page_token);
  const auto path = fmt::format("{}/messages?{}", mailbox_path, http::encode_query(fields));
  return with_fields(path, "messages(id,threadId),nextPageToken,resultSizeEstimate");
}

template <class T>
std::vector<Result<T>> read_all(const std::vector<BatchAnswer>& answers, Method method,
                                const std::string& client_id, Timestamp now,
                                Result<T> (*read)(std::string_view)) {
  std::vector<Result<T>> results;
  results.reserve(answers.size());
  for (const auto& answer : answers) {
    const auto failure = judge(answer.status, answer.headers, answer.body, now);
    if (failure) {
      results.push_back(to_error(*failure, method, client_id));
    } else {
      results.push_back(read(answer.body));
    }
  }
  return results;
}

std::size_t bytes_of(const std::vector<BatchAnswer>& answers) {
  std::size_t bytes = 0;
  for (const auto& answer : answers) bytes += answer.body.size();
  return bytes;
}

json::array to_json(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

std::string modify_path(std::string_view id) {
  return with_fields(path_to("messages", id, "/modify"), "id,threadId,labelIds");
}

json::object label_change(const std::vector<std::string>& add,
                          const std::vector<std::string>& remove) {
  return {{"addLabelIds", to_json(add)}, {"removeLabelIds", to_json(remove)}};
}

json::object label_json(const RawLabelWish& wish) {
  json::object label;
  const auto put = [](json::object& into, std::string_view key, const std::string& text) {
    if (!text.empty()) into[key] = text;
  };
  put(label, "name", wish.name);
  put(label, "labelListVisibility", wish.label_list_visibility);
  put(label, "messageListVisibility", wish.message_list_visibility);
  json::object color;
  put(color, "backgroundColor", wish.background_color);
  put(color, "textColor", wish.text_color);
  if (!color.empty()) label["color"] = std::move(color);
  return label;
}

Error unclear() {
  return {Errc::outcome_unknown, "Gmail accepted the request but its answer could not be read.",
          "Look whether it happened before repeating it."};
}

// A draft without its id could not be found again.
RawDraft read_saved_draft(std::string_view text) {
  auto draft = read_draft(text);
  if (!draft || draft->id.empty()) throw unclear();
  return *std::move(draft);
}

}  // namespace

GmailApi::GmailApi(http::Client& http, ApiRoot& root, TokenSource& tokens, Gate& gate, Clock& clock,
                   Policy policy, WorkPool* work_pool, CallTally* tally)
    : http_{http},
      root_{root},
      tokens_{tokens},
      gate_{gate},
      clock_{clock},
      policy_{policy},
      work_pool_{work_pool},
      tally_{tally} {
  quota_ = policy.units;
  if (!quota_ && policy.units_per_minute > 0) {
    quota_ = std::make_shared<UnitWindow>(QuotaLimits{.units_per_minute = policy.units_per_minute});
  }
}

Task<RawProfile> GmailApi::get_profile() {
  const auto path = fmt::format("{}/profile", mailbox_path);
  Request request{.method = Method::get_profile,
                  .path = with_fields(path, "emailAddress,messagesTotal,threadsTotal,historyId")};
  const auto response = co_await call(std::move(request));
  co_return read_profile(response.body).value();
}

Task<std::vector<RawLabel>> GmailApi::list_labels() {
  const auto path = fmt::format("{}/labels", mailbox_path);
  Request request{.method = Method::labels_list, .path = with_fields(path, "labels(id,name,type)")};
  const auto response = co_await call(std::move(request));
  co_return read_label_list(response.body).value();
}

Task<std::vector<Result<RawLabel>>> GmailApi::get_labels(std::vector<std::string> ids) {
  std::vector<BatchPart> parts;
  for (const auto& id : ids) {
    auto path = with_fields(path_to("labels", id), label_fields);
    parts.push_back({.path = std::move(path), .json = {}});
  }
  const auto answers = co_await batch(Method::labels_get, std::move(parts));
  co_return read_all(answers, Method::labels_get, policy_.client_id, clock_.now(), read_label);
}

Task<RawLabel> GmailApi::create_label(RawLabelWish wish) {
  const auto path = fmt::format("{}/labels", mailbox_path);
  Request request{.method = Method::labels_create,
                  .verb = "POST",
                  .path = with_fields(path, label_fields),
                  .content_type = "application/json",
                  .body = json::serialize(label_json(wish))};
  const auto response = co_await call_once(std::move(request));
  auto made = read_label(response.body);
  if (!made || made->id.empty()) throw unclear();
  co_return *std::move(made);
}

Task<RawLabel> GmailApi::patch_label(std::string id, RawLabelWish wish) {
  Request request{.method = Method::labels_patch,
                  .verb = "PATCH",
                  .path = with_fields(path_to("labels", id), label_fields),
                  .content_type = "application/json",
                  .body = json::serialize(label_json(wish))};
  const auto response = co_await call(std::move(request));
  co_return read_label(response.body).value();
}

Task<void> GmailApi::delete_label(std::string id) {
  Request request{.method = Method::labels_delete,
                  .verb = "DELETE",
                  .path = path_to("labels", id, "?prettyPrint=false")};
  co_await call_once(std::move(request));
}

Task<std::vector<RawSendAs>> GmailApi::list_send_as() {
  const auto path = fmt::format("{}/settings/sendAs", mailbox_path);
  const auto* fields =
      "sendAs(sendAsEmail,displayName,replyToAddress,isPrimary,verificationStatus)";
  Request request{.method = Method::send_as_list, .path = with_fields(path, fields)};
  const auto response = co_await call(std::move(request));
  co_return read_send_as_list(response.body).value();
}

Task<MessageList> GmailApi::list_messages(MessageQuery query) {
  Request request{.method = Method::messages_list, .path = list_path(query)};
  const auto response = co_await call(std::move(request));
  const auto most = static_cast<std::size_t>(std::max(query.max_results, 0));
  co_return read_message_list(response.body, most).value();
}

Task<HistoryPage> GmailApi::list_history(std::string since, int max_results,
                                         std::string page_token) {
  http::QueryFields fields{{"startHistoryId", std::move(since)},
                           {"maxResults", std::to_string(max_results)}};
  if (!page_token.empty()) fields.emplace_back("pageToken", std::move(page_token));
  const auto path = fmt::format("{}/history?{}", mailbox_path, http::encode_query(fields));
  Request request{.method = Method::history_list,
                  .path = with_fields(
                      path,
                      "history(messagesAdded(message(id,labelIds)),messagesDeleted(message(id)),"
                      "labelsAdded,labelsRemoved),nextPageToken,historyId")};
  const auto response = co_await call(std::move(request));
  co_return read_history(response.body).value();
}

Task<RawMessage> GmailApi::get_message(std::string id, View view) {
  Request request{.method = Method::messages_get, .path = message_path(id, view_of_message(view))};
  const auto response = co_await call(std::move(request));
  auto read = [&response] { return read_message(response.body).value(); };
  // As most are: no task is begun for it.
  if (response.body.size() < worth_a_hop) co_return read();
  co_return co_await offload(work_pool_, response.body.size(), read);
}

Task<std::vector<Result<RawMessage>>> GmailApi::get_messages(std::vector<std::string> ids,
                                                             View view) {
  std::vector<BatchPart> parts;
  parts.reserve(ids.size());
  const auto& shown = view_of_message(view);
  for (const auto& id : ids) parts.push_back({.path = message_path(id, shown), .json = {}});
  const auto answers = co_await batch(Method::messages_get, std::move(parts));
  const auto now = clock_.now();
  auto read = [this, &answers, &now] {
    return read_all(answers, Method::messages_get, policy_.client_id, now, read_message);
  };
  co_return co_await offload(work_pool_, bytes_of(answers), read);
}

Task<RawThread> GmailApi::get_thread(std::string id, View view) {
  const auto query = view_query(view);
  const auto path = path_to("threads", id, "?format=" + query.format);
  Request request{.method = Method::threads_get,
                  .path = with_fields(path, fmt::format("id,messages({})", query.fields))};
  const auto response = co_await call(std::move(request));
  auto read = [&response] { return read_thread(response.body).value(); };
  co_return co_await offload(work_pool_, response.body.size(), read);
}

Task<RawBody> GmailApi::get_attachment(std::string message_id, std::string attachment_id) {
  const auto path =
      path_to("messages", message_id, "/attachments/" + percent_encode(attachment_id));
  Request request{.method = Method::attachments_get, .path = with_fields(path, "size,data")};
  const auto response = co_await call(std::move(request));
  auto read = [&response] { return read_body(response.body).value(); };
  co_return co_await offload(work_pool_, response.body.size(), read);
}

Task<RawMessage> GmailApi::modify_message(std::string id, std::vector<std::string> add,
                                          std::vector<std::string> remove) {
  Request request{.method = Method::messages_modify,
                  .verb = "POST",
                  .path = modify_path(id),
                  .content_type = "application/json",
                  .body = json::serialize(label_change(add, remove))};
  const auto response = co_await call(std::move(request));
  co_return read_message(response.body).value();
}

Task<std::vector<Result<RawMessage>>> GmailApi::modify_messages(std::vector<std::string> ids,
                                                                std::vector<std::string> add,
                                                                std::vector<std::string> remove) {
  const auto change = json::serialize(label_change(add, remove));
  std::vector<BatchPart> parts;
  parts.reserve(ids.size());
  for (const auto& id : ids) parts.push_back({.path = modify_path(id), .json = change});
  const auto answers = co_await batch(Method::messages_modify, std::move(parts));
  co_return read_all(answers, Method::messages_modify, policy_.client_id, clock_.now(),
                     read_message);
}

Task<void> GmailApi::batch_modify(std::vector<std::string> ids, std::vector<std::string> add,
                                  std::vector<std::string> remove) {
  auto change = label_change(add, remove);
  change["ids"] = to_json(ids);
  Request request{.method = Method::messages_batch_modify,
                  .verb = "POST",
                  .path = fmt::format("{}/messages/batchModify", mailbox_path),
                  .content_type = "application/json",
                  .body = json::serialize(change)};
  co_await call(std::move(request));
}

Task<void> GmailApi::trash_message(std::string id) {
  Request request{.method = Method::messages_trash,
                  .verb = "POST",
                  .path = with_fields(path_to("messages", id, "/trash"), "id")};
  co_await call(std::move(request));
}

Task<void> GmailApi::untrash_message(std::string id) {
  Request request{.method = Method::messages_untrash,
                  .verb = "POST",
                  .path = with_fields(path_to("messages", id, "/untrash"), "id")};
  co_await call(std::move(request));
}

Task<RawMessage> GmailApi::send_message(RawOutgoing mail) {
  Request request{.method = Method::messages_send,
                  .verb = "POST",
                  .path = fmt::format("{}/messages/send", mailbox_path)};
  const auto response = co_await upload(std::move(request), std::move(mail));
  // From here on the message is sent, whatever the answer looks like.
  auto sent = read_message(response.body);
  if (!sent) co_return RawMessage{};
  co_return *std::move(sent);
}

Task<RawDraft> GmailApi::create_draft(RawOutgoing mail) {
  Request request{.method = Method::drafts_create,
                  .verb = "POST",
                  .path = fmt::format("{}/drafts", mailbox_path)};
  const auto response = co_await upload(std::move(request), std::move(mail));
  co_return read_saved_draft(response.body);
}

Task<RawDraft> GmailApi::update_draft(std::string id, RawOutgoing mail) {
  Request request{.method = Method::drafts_update, .verb = "PUT", .path = path_to("drafts", id)};
  const auto response = co_await upload(std::move(request), std::move(mail));
  co_return read_saved_draft(response.body);
}

Task<void> GmailApi::delete_draft(std::string id) {
  Request request{.method = Method::drafts_delete,
                  .verb = "DELETE",
                  .path = path_to("drafts", id, "?prettyPrint=false")};
  co_await call_once(std::move(request));
}

Task<RawDraft> GmailApi::get_draft(std::string id) {
  Request request{
      .method = Method::drafts_get,
      .path = with_fields(path_to("drafts", id, "?format=minimal"), "id,message(id,threadId)")};
  const auto response = co_await call(std::move(request));
  co_return read_draft(response.body).value();
}

Task<RawMessage> GmailApi::get_draft_source(std::string id) {
  Request request{
      .method = Method::drafts_get,
      .path = with_fields(path_to("drafts", id, "?format=raw"), "message(id,threadId,raw)")};
  const auto response = co_await call(std::move(request));
  auto read = [&response] { return read_draft_message(response.body).value(); };
  co_return co_await offload(work_pool_, response.body.size(), read);
}

Task<DraftList> GmailApi::list_drafts(int max_results, std::string page_token) {
  http::QueryFields fields{{"maxResults", std::to_string(max_results)}};
  if (!page_token.empty()) fields.emplace_back("pageToken", std::move(page_token));
  const auto path = fmt::format("{}/drafts?{}", mailbox_path, http::encode_query(fields));
  Request request{.method = Method::drafts_list,
                  .path = with_fields(path, "drafts(id,message(id,threadId)),nextPageToken")};
  const auto response = co_await call(std::move(request));
  const auto most = static_cast<std::size_t>(std::max(max_results, 0));
  co_return read_draft_list(response.body, most).value();
}

Task<RawMessage> GmailApi::send_draft(std::string id) {
  const auto path = fmt::format("{}/drafts/send", mailbox_path);
  const json::object draft{{"id", id}};
  Request request{.method = Method::drafts_send,
                  .verb = "POST",
                  .path = with_fields(path, "id,threadId,labelIds"),
                  .content_type = "application/json",
                  .body = json::serialize(draft)};
  const auto response = co_await call_once(std::move(request));
  auto sent = read_message(response.body);
  if (!sent) co_return RawMessage{};
  co_return *std::move(sent);
}

}  // namespace gmail_mcp::google
