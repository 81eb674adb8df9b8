#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::google {

/// "gmail.readonly" → "https://www.googleapis.com/auth/gmail.readonly"; full URLs, "openid",
/// "email", "profile" and "https://mail.google.com/" stay. nullopt for anything that is not a Gmail
/// or identity scope.
std::optional<std::string> full_scope(std::string_view name);

/// Adds openid and userinfo.email (identity comes from Google) and removes duplicates.
std::vector<std::string> with_identity(std::vector<std::string> scopes);

/// The Gmail REST methods we use, as named in the discovery document.
enum class Method {
  get_profile,
  labels_list,
  labels_get,
  labels_create,
  labels_patch,
  labels_delete,
  messages_list,
  messages_get,
  attachments_get,
  messages_send,
  messages_modify,
  messages_batch_modify,
  messages_trash,
  messages_untrash,
  threads_get,
  drafts_create,
  drafts_update,
  drafts_delete,
  drafts_list,
  drafts_get,
  drafts_send,
  history_list,
  send_as_list,
};

/// Any one of these scopes allows the method (from the discovery document).
const std::vector<std::string>& scopes_for(Method method);
/// The narrowest scope to ask for when none is granted.
std::string_view smallest_scope_for(Method method);
bool allows(const std::vector<std::string>& granted, Method method);
/// Whether bodies may be read and `q` used. gmail.metadata allows neither, though it allows
/// messages.get and messages.list.
bool allows_content(const std::vector<std::string>& granted);

/// The Gmail scopes of `asked` that allow something which `granted` does not; a wider scope
/// includes the narrower ones.
std::vector<std::string> not_granted(const std::vector<std::string>& asked,
                                     const std::vector<std::string>& granted);

/// "https://www.googleapis.com/auth/gmail.send" → "gmail.send", for people; others stay.
std::string_view short_scope(std::string_view scope);

}  // namespace gmail_mcp::google
