#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::accounts {

/// The scopes of our own tokens: mail.read, mail.organize, mail.send. What each allows is in
/// ScopeMap (accounts/scopes.h).
const std::vector<std::string>& mail_scopes();

/// Those of `asked`, a list with blanks between, that are ours: in our order, each once. Others are
/// left out, as RFC 6749 §3.3 allows: clients ask for offline_access and openid as well.
std::vector<std::string> known_mail_scopes(std::string_view asked);

/// The scopes to ask Google for, of those that the operator has configured (full URLs).
std::vector<std::string> google_scopes_of(const std::vector<std::string>& scopes,
                                          const std::vector<std::string>& configured);
/// Those of `scopes` for which Google's `granted` ones suffice.
std::vector<std::string> covered_by(const std::vector<std::string>& granted,
                                    const std::vector<std::string>& scopes);

}  // namespace gmail_mcp::accounts
