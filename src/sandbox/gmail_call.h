#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/url.h"
#include "sandbox/counters.h"
#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

/// Who may do something: a list of short scope names, any one of which is enough; "full" is
/// https://mail.google.com/, the others lack their https://www.googleapis.com/auth/.
bool any_scope_granted(const std::vector<std::string>& granted, std::string_view wanted);

/// One authorised call of a Gmail method, in the hands of the method.
struct GmailCall {
  World& world;
  Account& account;
  Counters& counters;
  const std::vector<std::string>& scopes;  // granted
  std::vector<std::string> ids;            // the {…} of the path, in order
  http::QueryFields query;                 // known names only
  std::string body;                        // JSON, "" if there is none
  std::optional<std::string> media;        // the mail of an /upload/ request

  Mailbox& mailbox() const { return account.mailbox; }

  /// Typed query parameters; throw Errc::invalid_argument in Google's words.
  std::string text(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::size_t number(std::string_view name, std::size_t fallback) const;
};

/// A method's answer; null is 204 without a body. Methods throw Error.
using GmailVerb = boost::json::value (*)(GmailCall&);

/// A row of the table in gmail_methods.cpp: the method's name at Google, its path, the scopes and
/// the cost.
struct Method {
  std::string_view name;     // "messages.get"
  std::string_view verb;     // HTTP's
  std::string_view path;     // behind gmail/v1/users/{userId}/
  std::string_view query;    // names of its parameters, between blanks
  std::string_view scopes;   // as any_scope_granted
  int units;                 // quota units
  std::size_t upload_limit;  // 0: no /upload/ form
  GmailVerb run;
};

/// Where a request goes.
struct GmailRoute {
  const Method* method = nullptr;
  std::string user;  // "me" or an address
  std::vector<std::string> ids;
  bool upload = false;
};
/// nullopt: Google has no such method, or the sandbox does not simulate it.
std::optional<GmailRoute> find_route(std::string_view verb, std::string_view path);

namespace verbs {
boost::json::value get_profile(GmailCall& call);
boost::json::value history_list(GmailCall& call);
boost::json::value send_as_list(GmailCall& call);
boost::json::value watch(GmailCall& call);
boost::json::value stop(GmailCall& call);
boost::json::value labels_list(GmailCall& call);
boost::json::value labels_get(GmailCall& call);
boost::json::value labels_create(GmailCall& call);
boost::json::value labels_update(GmailCall& call);
boost::json::value labels_delete(GmailCall& call);
boost::json::value messages_list(GmailCall& call);
boost::json::value messages_get(GmailCall& call);
boost::json::value messages_send(GmailCall& call);
boost::json::value messages_insert(GmailCall& call);
boost::json::value messages_import(GmailCall& call);
boost::json::value messages_modify(GmailCall& call);
boost::json::value messages_batch_modify(GmailCall& call);
boost::json::value messages_batch_delete(GmailCall& call);
boost::json::value messages_trash(GmailCall& call);
boost::json::value messages_untrash(GmailCall& call);
boost::json::value messages_delete(GmailCall& call);
boost::json::value attachments_get(GmailCall& call);
boost::json::value threads_list(GmailCall& call);
boost::json::value threads_get(GmailCall& call);
boost::json::value threads_modify(GmailCall& call);
boost::json::value threads_trash(GmailCall& call);
boost::json::value threads_untrash(GmailCall& call);
boost::json::value threads_delete(GmailCall& call);
boost::json::value drafts_list(GmailCall& call);
boost::json::value drafts_get(GmailCall& call);
boost::json::value drafts_create(GmailCall& call);
boost::json::value drafts_update(GmailCall& call);
boost::json::value drafts_delete(GmailCall& call);
boost::json::value drafts_send(GmailCall& call);
}  // namespace verbs

}  // namespace gmail_mcp::sandbox
