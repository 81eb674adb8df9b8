#include <iostream>

#include "app/tool_verb.h"
#include "app/verbs/all.h"

namespace gmail_mcp::app {

namespace {

int tell_whether_it_works(const boost::json::object& answer) {
  if (answer.at("valid").as_bool()) {
    std::cout << text_of(answer, "gmail_address") << " works.\n";
    return 0;
  }
  const auto link = text_of(answer, "connect_url");
  return report(Error{Errc::reconnect_required, text_of(answer, "error"),
                      link.empty() ? "" : "Connect again: " + link});
}

int tell_it_is_disconnected(const boost::json::object& answer) {
  std::cout << text_of(answer, "gmail_address") << " is disconnected."
            << (answer.at("archive_kept").as_bool() ? " Its archived mail is kept." : "") << '\n';
  const auto not_revoked = text_of(answer, "revoke_error");
  if (not_revoked.empty()) return 0;
  // An App Password cannot be revoked by us, so nothing failed.
  const bool is_done = text_of(answer, "kind") == "app_password";
  (is_done ? std::cout : std::cerr) << not_revoked << '\n';
  return is_done ? 0 : 1;
}

}  // namespace

std::vector<Verb> verbs::connections() {
  const auto id = required("id", "Its id", "connection_id");
  return {
      {.path = "connections", .help = "List, test and revoke connections"},
      verb_of({.path = "connections list",
               .help = "List connections",
               .tool = "gmail_list_connections",
               .options = {value("-u,--user-id", "Of this user only", "user_id"),
                           flag("-i,--include-inactive", "Inactive ones too", "include_inactive"),
                           flag("--json", "As JSON")},
               .list = "connections",
               .columns = {{"ID", {"id"}},
                           {"USER", {"user_id"}},
                           {"ADDRESS", {"gmail_address"}},
                           {"STATE", {"state"}},
                           {"LAST USED", {"last_used_at"}, "never"},
                           {"LAST OK", {"last_ok"}, "never"},
                           {"LAST ERROR", {"last_error_at", "last_error"}}},
               .none = "No connections. `gmail-mcp connect` makes one."}),
      verb_of({.path = "connections test",
               .help = "Check one connection",
               .tool = "gmail_check_connection",
               .options = {id, flag("--json", "As JSON")},
               .tell = tell_whether_it_works}),
      verb_of({.path = "connections revoke",
               .help = "Disconnect one connection",
               .tool = "gmail_disconnect",
               .options = {id,
                           flag("--no-google-revoke", "Keep the permission at Google",
                                "revoke_google_access", "false"),
                           flag("--keep-archive", "Keep the archived mail", "keep_archive")},
               .tell = tell_it_is_disconnected}),
  };
}

}  // namespace gmail_mcp::app
