#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::accounts {

/// A scope of our own tokens: what it allows here, what is asked for at Google, and what the person
/// is told. Each allows reading too.
struct MailScope {
  std::string name;
  std::vector<std::string> toolsets;  // as allows_tool reads them (accounts/scopes.h)
  bool read_only = false;
  bool by_default = true;  // whether a client that names no scope gets it
  /// Google's scopes, of which one suffices; the narrowest first.
  std::vector<std::string> google;
  std::string sentence;  // on the page where the person agrees
};

/// All of them: the only list there is.
const std::vector<MailScope>& all_mail_scopes();

std::vector<std::string> mail_scopes();
std::vector<std::string> default_mail_scopes();

/// What a program with these scopes may do, a sentence each.
std::vector<std::string> sentences_of(const std::vector<std::string>& scopes);

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
