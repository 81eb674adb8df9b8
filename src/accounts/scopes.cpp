#include "accounts/scopes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "accounts/mail_scopes.h"
#include "base/text.h"

namespace gmail_mcp::accounts {

namespace {

// Not `setup`, whose tools are the operator's alone.
constexpr auto known_toolsets = std::to_array<std::string_view>(
    {"connections", "accounts", "read", "write", "organize", "history"});

// Behind the name of a toolset.
constexpr std::string_view only_reads = ":read";

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

// RFC 6749 §3.3: printable ASCII without '"' and '\'.
bool is_scope(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
}

}  // namespace

std::vector<std::string> split_scopes(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& one : split(text, ' ')) {
    if (!one.empty()) out.emplace_back(one);
  }
  return out;
}

Error scope_is_missing(const std::string& needed, const std::vector<std::string>& held) {
  Error error{Errc::forbidden, "The token's scopes do not allow this.",
              "Sign in again and ask for the scope " + needed + "."};
  for (const auto& scope : held) error.missing_scope += scope + ' ';
  error.missing_scope += needed;
  return error;
}

bool allows_tool(const std::vector<std::string>& words, std::string_view toolset,
                 std::string_view tool, bool changes_something) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    if (equals_ignoring_case(word, toolset) || equals_ignoring_case(word, tool)) return true;
    if (changes_something || !word.ends_with(only_reads)) return false;
    word.remove_suffix(only_reads.size());
    return equals_ignoring_case(word, toolset);
  });
}

ScopeMap::ScopeMap() {
  for (const auto& one : all_mail_scopes()) {
    rules_.push_back({one.name, one.toolsets, one.read_only});
    if (one.by_default) names_.push_back(one.name);
  }
}

std::string ScopeMap::parse_line(std::string_view line, Rule& rule) const {
  // Scopes may be URLs, so the last colon ends the scope.
  const auto colon = line.rfind(':');
  if (colon == std::string_view::npos) return "there is no colon";
  rule.scope = trim(line.substr(0, colon));
  if (!is_scope(rule.scope)) return "what stands before the colon is no scope";
  if (contains(names_, rule.scope)) return "its scope has a line already";
  for (const auto& word : split_scopes(line.substr(colon + 1))) {
    if (word == "read_only") {
      rule.read_only = true;
    } else if (std::find(known_toolsets.begin(), known_toolsets.end(), word) !=
               known_toolsets.end()) {
      rule.toolsets.push_back(word);
    } else {
      return "a word behind the colon is no toolset that a scope can allow";
    }
  }
  if (rule.read_only) {
    for (auto& toolset : rule.toolsets) toolset += only_reads;
  }
  return rule.toolsets.empty() ? "it allows no toolset" : "";
}

Result<ScopeMap> ScopeMap::parse(const std::vector<std::string>& lines) {
  ScopeMap map;
  if (lines.empty()) return map;
  map.rules_.clear();
  map.names_.clear();
  for (const auto& line : lines) {
    Rule rule;
    const auto fault = map.parse_line(line, rule);
    if (!fault.empty()) {
      return Error{
          Errc::misconfigured,
          "What scopes allow cannot be read: in line " + std::to_string(map.rules_.size() + 1) +
              ", " + fault + ".",
          "Write `scope: toolset toolset …`, perhaps with the word read_only; the toolsets "
          "are connections, accounts, read, write, organize and history."};
    }
    map.names_.push_back(rule.scope);
    map.rules_.push_back(std::move(rule));
  }
  return map;
}

std::optional<model::Grant> ScopeMap::grant(const std::vector<std::string>& scopes) const {
  model::Grant grant;
  grant.read_only = true;
  for (const auto& rule : rules_) {
    if (!contains(scopes, rule.scope)) continue;
    grant.scopes.push_back(rule.scope);
    grant.read_only = grant.read_only && rule.read_only;
    for (const auto& toolset : rule.toolsets) {
      if (!contains(grant.toolsets, toolset)) grant.toolsets.push_back(toolset);
    }
  }
  if (grant.scopes.empty()) return std::nullopt;
  std::erase_if(grant.toolsets, [all = grant.toolsets](std::string_view word) {
    if (!word.ends_with(only_reads)) return false;
    word.remove_suffix(only_reads.size());
    return std::find(all.begin(), all.end(), word) != all.end();
  });
  return grant;
}

std::string ScopeMap::scope_for(std::string_view toolset, std::string_view tool,
                                bool changes_something) const {
  for (const auto& rule : rules_) {
    if (allows_tool(rule.toolsets, toolset, tool, changes_something)) return rule.scope;
  }
  return {};
}

}  // namespace gmail_mcp::accounts
