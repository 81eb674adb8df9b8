#include "google/scopes.h"

#include <algorithm>
#include <array>

#include "google/methods.h"

namespace gmail_mcp::google {

namespace {

constexpr std::string_view prefix = "https://www.googleapis.com/auth/";
constexpr std::string_view full_access = "https://mail.google.com/";

// Names below `prefix`.
constexpr std::array<std::string_view, 15> short_names{
    "gmail.readonly",
    "gmail.modify",
    "gmail.metadata",
    "gmail.compose",
    "gmail.insert",
    "gmail.send",
    "gmail.labels",
    "gmail.settings.basic",
    "gmail.settings.sharing",
    "gmail.addons.current.action.compose",
    "gmail.addons.current.message.action",
    "gmail.addons.current.message.metadata",
    "gmail.addons.current.message.readonly",
    "userinfo.email",
    "userinfo.profile",
};

std::string expand(std::string_view short_name) {
  if (short_name == "full") return std::string{full_access};
  return std::string{prefix}.append(short_name);
}

bool contains(const std::vector<std::string>& scopes, std::string_view scope) {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

bool contains_short(const std::vector<std::string>& scopes, std::string_view short_name) {
  return std::any_of(scopes.begin(), scopes.end(), [short_name](std::string_view scope) {
    return scope.size() == prefix.size() + short_name.size() && scope.starts_with(prefix) &&
           scope.ends_with(short_name);
  });
}

bool is_of_mail(std::string_view scope) {
  return scope == full_access || scope.starts_with("https://www.googleapis.com/auth/gmail.");
}

struct ExpandedFacts {
  std::vector<std::string> scopes;
  std::string ask_for;
};

const ExpandedFacts& expanded(Method method) {
  static const auto table = [] {
    std::array<ExpandedFacts, method_table.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const std::string_view name : method_table[i].scopes) {
        if (!name.empty()) all[i].scopes.push_back(expand(name));
      }
      all[i].ask_for = expand(method_table[i].ask_for);
    }
    return all;
  }();
  return table[static_cast<std::size_t>(method)];
}

}  // namespace

std::optional<std::string> full_scope(std::string_view name) {
  if (name == "openid" || name == "email" || name == "profile" || name == full_access) {
    return std::string{name};
  }
  std::string_view short_name = name;
  if (short_name.starts_with(prefix)) short_name.remove_prefix(prefix.size());
  if (std::find(short_names.begin(), short_names.end(), short_name) == short_names.end()) {
    return std::nullopt;
  }
  return expand(short_name);
}

std::string_view short_scope(std::string_view scope) {
  return scope.starts_with(prefix) ? scope.substr(prefix.size()) : scope;
}

std::vector<std::string> with_identity(std::vector<std::string> scopes) {
  std::vector<std::string> unique;
  for (auto& scope : scopes) {
    if (!contains(unique, scope)) unique.push_back(std::move(scope));
  }
  for (const auto& scope : {std::string{"openid"}, expand("userinfo.email")}) {
    if (!contains(unique, scope)) unique.push_back(scope);
  }
  return unique;
}

const std::vector<std::string>& scopes_for(Method method) { return expanded(method).scopes; }

std::string_view smallest_scope_for(Method method) { return expanded(method).ask_for; }

bool allows(const std::vector<std::string>& granted, Method method) {
  const auto& any_of = scopes_for(method);
  return std::any_of(any_of.begin(), any_of.end(),
                     [&](const std::string& scope) { return contains(granted, scope); });
}

std::vector<std::string> not_granted(const std::vector<std::string>& asked,
                                     const std::vector<std::string>& granted) {
  std::vector<std::string> missing;
  for (const auto& scope : asked) {
    if (contains(granted, scope) || !is_of_mail(scope)) continue;
    bool is_covered = false;
    for (std::size_t i = 0; i < method_table.size(); ++i) {
      const auto method = static_cast<Method>(i);
      if (!contains(scopes_for(method), scope)) continue;
      is_covered = allows(granted, method);
      if (!is_covered) break;
    }
    const bool wants_content = allows_content({scope});
    if (!is_covered || (wants_content && !allows_content(granted))) missing.push_back(scope);
  }
  return missing;
}

bool allows_content(const std::vector<std::string>& granted) {
  return contains(granted, full_access) || contains_short(granted, "gmail.modify") ||
         contains_short(granted, "gmail.readonly");
}

}  // namespace gmail_mcp::google
