#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "google/scopes.h"

namespace gmail_mcp::google {

/// Facts about one method, from the discovery document and the quota page.
struct MethodFacts {
  Method method;
  std::string_view name;                   // as in the discovery document, for the log
  std::string_view subject;                // what is missing when the answer is 404
  int units;                               // quota cost since May 2026
  std::string_view ask_for;                // the scope to ask the person for when none is granted
  std::array<std::string_view, 7> scopes;  // any one of them; short names, unused places empty
};

/// In the order of Method.
///
/// We never ask for gmail.metadata: it hides bodies, refuses `q`, and is reported to limit even
/// wider scopes that are granted beside it.
inline constexpr std::array<MethodFacts, 23> method_table{{
    {Method::get_profile,
     "getProfile",
     "mailbox",
     1,
     "gmail.readonly",
     {"full", "gmail.compose", "gmail.metadata", "gmail.modify", "gmail.readonly"}},
    {Method::labels_list,
     "labels.list",
     "mailbox",
     1,
     "gmail.labels",
     {"full", "gmail.labels", "gmail.metadata", "gmail.modify", "gmail.readonly"}},
    {Method::labels_get,
     "labels.get",
     "label",
     1,
     "gmail.labels",
     {"full", "gmail.labels", "gmail.metadata", "gmail.modify", "gmail.readonly"}},
    {Method::labels_create,
     "labels.create",
     "mailbox",
     5,
     "gmail.labels",
     {"full", "gmail.labels", "gmail.modify"}},
    {Method::labels_patch,
     "labels.patch",
     "label",
     5,
     "gmail.labels",
     {"full", "gmail.labels", "gmail.modify"}},
    {Method::labels_delete,
     "labels.delete",
     "label",
     5,
     "gmail.labels",
     {"full", "gmail.labels", "gmail.modify"}},
    {Method::messages_list,
     "messages.list",
     "mailbox",
     5,
     "gmail.readonly",
     {"full", "gmail.metadata", "gmail.modify", "gmail.readonly"}},
    {Method::messages_get,
     "messages.get",
     "message",
     20,
     "gmail.readonly",
     {"full", "gmail.addons.current.message.action", "gmail.addons.current.message.metadata",
      "gmail.addons.current.message.readonly", "gmail.metadata", "gmail.modify", "gmail.readonly"}},
    {Method::attachments_get,
     "messages.attachments.get",
     "attachment",
     20,
     "gmail.readonly",
     {"full", "gmail.addons.current.message.action", "gmail.addons.current.message.readonly",
      "gmail.modify", "gmail.readonly"}},
    {Method::messages_send,
     "messages.send",
     "thread",
     100,
     "gmail.send",
     {"full", "gmail.addons.current.action.compose", "gmail.compose", "gmail.modify",
      "gmail.send"}},
    {Method::messages_modify,
     "messages.modify",
     "message",
     5,
     "gmail.modify",
     {"full", "gmail.modify"}},
    {Method::messages_batch_modify,
     "messages.batchModify",
     "message",
     50,
     "gmail.modify",
     {"full", "gmail.modify"}},
    {Method::messages_trash,
     "messages.trash",
     "message",
     20,
     "gmail.modify",
     {"full", "gmail.modify"}},
    {Method::messages_untrash,
     "messages.untrash",
     "message",
     5,
     "gmail.modify",
     {"full", "gmail.modify"}},
    {Method::threads_get,
     "threads.get",
     "thread",
     40,
     "gmail.readonly",
     {"full", "gmail.addons.current.message.action", "gmail.addons.current.message.metadata",
      "gmail.addons.current.message.readonly", "gmail.metadata", "gmail.modify", "gmail.readonly"}},
    {Method::drafts_create,
     "drafts.create",
     "thread",
     10,
     "gmail.compose",
     {"full", "gmail.addons.current.action.compose", "gmail.compose", "gmail.modify"}},
    {Method::drafts_update,
     "drafts.update",
     "draft",
     15,
     "gmail.compose",
     {"full", "gmail.addons.current.action.compose", "gmail.compose", "gmail.modify"}},
    {Method::drafts_delete,
     "drafts.delete",
     "draft",
     10,
     "gmail.compose",
     {"full", "gmail.addons.current.action.compose", "gmail.compose", "gmail.modify"}},
    {Method::drafts_list,
     "drafts.list",
     "mailbox",
     5,
     "gmail.compose",
     {"full", "gmail.compose", "gmail.modify", "gmail.readonly"}},
    {Method::drafts_get,
     "drafts.get",
     "draft",
     20,
     "gmail.compose",
     {"full", "gmail.compose", "gmail.modify", "gmail.readonly"}},
    {Method::drafts_send,
     "drafts.send",
     "draft",
     100,
     "gmail.compose",
     {"full", "gmail.addons.current.action.compose", "gmail.compose", "gmail.modify"}},
    {Method::history_list,
     "history.list",
     "history",
     2,
     "gmail.readonly",
     {"full", "gmail.metadata", "gmail.modify", "gmail.readonly"}},
    {Method::send_as_list,
     "settings.sendAs.list",
     "mailbox",
     1,
     "gmail.settings.basic",
     {"full", "gmail.modify", "gmail.readonly", "gmail.settings.basic"}},
}};

constexpr bool method_table_is_in_order() {
  for (std::size_t i = 0; i < method_table.size(); ++i) {
    if (static_cast<std::size_t>(method_table[i].method) != i) return false;
  }
  return static_cast<std::size_t>(Method::send_as_list) + 1 == method_table.size();
}
static_assert(method_table_is_in_order());

constexpr const MethodFacts& facts(Method method) {
  return method_table[static_cast<std::size_t>(method)];
}

}  // namespace gmail_mcp::google
