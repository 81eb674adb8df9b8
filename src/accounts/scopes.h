#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/caller.h"

namespace gmail_mcp::accounts {

/// What the scopes of OAuth access tokens allow here: of our own sign-in and of a configured
/// issuer. Immutable and thread-safe.
class ScopeMap {
 public:
  /// Those of our own sign-in (accounts/mail_scopes.h).
  ScopeMap();

  /// Each line names a scope and what it allows: "mail.read: read history read_only" (names of
  /// toolsets; read_only: nothing that changes anything). No lines: the standard ones. Errors:
  /// misconfigured, with the number of the line.
  static Result<ScopeMap> parse(const std::vector<std::string>& lines);

  /// The scopes a client may ask for at first, in the order of the lines; mail.accounts, one of the
  /// standard ones, is asked for when a call needs it.
  const std::vector<std::string>& names() const { return names_; }

  /// What a token with these scopes allows; unknown ones allow nothing. nullopt: none is known.
  std::optional<model::Grant> grant(const std::vector<std::string>& scopes) const;

  /// The first scope that allows this tool of this toolset; "" if none does.
  std::string scope_for(std::string_view toolset, std::string_view tool,
                        bool changes_something) const;

 private:
  struct Rule {
    std::string scope;
    std::vector<std::string> toolsets;
    bool read_only = false;  // then each of the toolsets says so, too
  };
  // What is wrong with the line; "": nothing.
  std::string parse_line(std::string_view line, Rule& rule) const;

  std::vector<Rule> rules_;
  std::vector<std::string> names_;
};

/// Whether one of a grant's words (model::Grant::toolsets) allows the tool: "organize" allows a
/// toolset, "accounts:read" what only reads of it, and "gmail_send" one tool.
bool allows_tool(const std::vector<std::string>& words, std::string_view toolset,
                 std::string_view tool, bool changes_something);

/// A space-separated list of scopes (RFC 6749 §3.3).
std::vector<std::string> split_scopes(std::string_view text);

/// The refusal of a call that needs this scope beside those that the token has: `forbidden` with
/// Error::missing_scope, which the doors turn into a challenge (RFC 6750 §3.1). That names them
/// all: some clients ask for nothing else, and would lose what they had.
Error scope_is_missing(const std::string& needed, const std::vector<std::string>& held = {});

}  // namespace gmail_mcp::accounts
