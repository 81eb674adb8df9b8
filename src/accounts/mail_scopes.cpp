#include "accounts/mail_scopes.h"

#include <algorithm>

#include "base/text.h"
#include "google/scopes.h"

namespace gmail_mcp::accounts {

namespace {

struct MailScope {
  std::string_view name;
  // Any one of these allows it; the narrowest first.
  std::vector<std::string_view> google;
};

const std::vector<MailScope>& all_mail_scopes() {
  static const std::vector<MailScope> all{
      {"mail.read", {"gmail.readonly", "gmail.modify"}},
      {"mail.organize", {"gmail.modify"}},
      {"mail.send", {"gmail.send", "gmail.compose", "gmail.modify"}},
  };
  return all;
}

bool holds(const std::vector<std::string>& list, std::string_view one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

std::string full(std::string_view name) { return google::full_scope(name).value_or(""); }

constexpr std::string_view all_of_gmail = "https://mail.google.com/";

}  // namespace

const std::vector<std::string>& mail_scopes() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const auto& one : all_mail_scopes()) out.emplace_back(one.name);
    return out;
  }();
  return names;
}

std::vector<std::string> known_mail_scopes(std::string_view asked) {
  const auto words = split(asked, ' ');
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
    if (one.name != "mail.read" && !holds(scopes, one.name)) continue;
    auto chosen = full(one.google.front());
    for (const auto name : one.google) {
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
                    [&](std::string_view name) { return holds(granted, full(name)); });
    if (is_covered) out.emplace_back(one.name);
  }
  return out;
}

}  // namespace gmail_mcp::accounts
