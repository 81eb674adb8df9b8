#include "accounts/mail_scopes.h"

#include <algorithm>

#include "accounts/scopes.h"
#include "google/scopes.h"

namespace gmail_mcp::accounts {

namespace {

bool holds(const std::vector<std::string>& list, std::string_view one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

std::string full(std::string_view name) { return google::full_scope(name).value_or(""); }

constexpr std::string_view all_of_gmail = "https://mail.google.com/";

constexpr std::string_view reading_scope = "mail.read";

}  // namespace

// A program that organizes or sends may show the person a link to connect a mailbox again, where
// they decide. To disconnect and to remove is a scope of its own, which the page names.
const std::vector<MailScope>& all_mail_scopes() {
  static const std::vector<MailScope> all{
      {std::string{reading_scope},
       {"connections:read", "accounts:read", "read:read", "history:read"},
       true,
       true,
       {"gmail.readonly", "gmail.modify"},
       "Read and search your mail"},
      {"mail.organize",
       {"connections:read", "accounts:read", "read", "history", "organize", "gmail_get_auth_url"},
       false,
       true,
       {"gmail.modify"},
       "Move, label, archive and trash your mail"},
      {"mail.send",
       {"connections:read", "accounts:read", "read", "history", "write", "gmail_get_auth_url"},
       false,
       true,
       {"gmail.send", "gmail.compose", "gmail.modify"},
       "Write drafts and send mail as you"},
      {"mail.accounts",
       {"connections", "accounts", "read:read", "history:read"},
       false,
       false,
       {"gmail.readonly", "gmail.modify"},
       "Connect further mailboxes of yours, and disconnect or remove any of them"},
  };
  return all;
}

std::vector<std::string> mail_scopes() {
  std::vector<std::string> out;
  for (const auto& one : all_mail_scopes()) out.push_back(one.name);
  return out;
}

std::vector<std::string> default_mail_scopes() {
  std::vector<std::string> out;
  for (const auto& one : all_mail_scopes()) {
    if (one.by_default) out.push_back(one.name);
  }
  return out;
}

std::vector<std::string> sentences_of(const std::vector<std::string>& scopes) {
  std::vector<std::string> out;
  for (const auto& one : all_mail_scopes()) {
    if (one.name == reading_scope || holds(scopes, one.name)) out.push_back(one.sentence);
  }
  return out;
}

std::vector<std::string> known_mail_scopes(std::string_view asked) {
  const auto words = split_scopes(asked);
  std::vector<std::string> out;
  for (const auto& one : mail_scopes()) {
    if (holds(words, one)) out.push_back(one);
  }
  return out;
}

std::vector<std::string> google_scopes_of(const std::vector<std::string>& scopes,
                                          const std::vector<std::string>& configured) {
  std::vector<std::string> out;
  if (holds(configured, all_of_gmail)) out.emplace_back(all_of_gmail);
  for (const auto& one : all_mail_scopes()) {
    // Whoever may do more may read as well.
    if (one.name != reading_scope && !holds(scopes, one.name)) continue;
    auto chosen = full(one.google.front());
    for (const auto& name : one.google) {
      if (!holds(configured, full(name))) continue;
      chosen = full(name);
      break;
    }
    if (!holds(out, all_of_gmail) && !holds(out, chosen)) out.push_back(std::move(chosen));
  }
  return google::with_identity(std::move(out));
}

std::vector<std::string> covered_by(const std::vector<std::string>& granted,
                                    const std::vector<std::string>& scopes) {
  std::vector<std::string> out;
  for (const auto& one : all_mail_scopes()) {
    if (!holds(scopes, one.name)) continue;
    const bool is_covered =
        holds(granted, all_of_gmail) ||
        std::any_of(one.google.begin(), one.google.end(),
                    [&](const std::string& name) { return holds(granted, full(name)); });
    if (is_covered) out.push_back(one.name);
  }
  return out;
}

}  // namespace gmail_mcp::accounts
