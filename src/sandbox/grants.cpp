#include "sandbox/grants.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr std::chrono::minutes code_lifetime{10};
constexpr std::size_t max_codes = 1000;
constexpr std::size_t max_access_tokens = 20'000;
// Google's own limit per account and client: the oldest becomes invalid silently.
constexpr std::size_t max_refresh_tokens = 100;

OAuthRefusal invalid_grant(std::string description) {
  return {400, "invalid_grant", std::move(description)};
}

bool verifier_fits(const Consent& consent, std::string_view verifier) {
  if (consent.code_challenge_method == "S256") {
    return crypto::base64url_encode(crypto::sha256(verifier), crypto::Padding::without) ==
           consent.code_challenge;
  }
  return verifier == consent.code_challenge;
}

// Grants add up: what was granted once stays until revoked.
void merge(std::vector<std::string>& into, const std::vector<std::string>& scopes) {
  for (const auto& scope : scopes) {
    if (!contains(into, scope)) into.push_back(scope);
  }
}

}  // namespace

std::string Grants::issue_code(Consent consent) {
  // With a slash, as Google's codes have: a client that forgets to encode it is noticed here.
  auto code = "4/0A" + crypto::random_token(48);
  code_order_.push_back(code);
  codes_.emplace(code, Code{std::move(consent), clock_.now() + code_lifetime});
  if (code_order_.size() > max_codes) {
    codes_.erase(code_order_.front());
    code_order_.pop_front();
  }
  return code;
}

std::variant<TokenAnswer, OAuthRefusal> Grants::exchange(std::string_view code,
                                                         std::string_view verifier,
                                                         std::string_view redirect_uri,
                                                         bool omit_refresh_token) {
  const auto found = codes_.find(std::string{code});
  if (found == codes_.end()) return invalid_grant("Malformed auth code.");
  // Used up by the first attempt, whatever becomes of it.
  const auto [consent, expires] = std::move(found->second);
  codes_.erase(found);
  if (expires <= clock_.now()) return invalid_grant("Bad Request");
  if (consent.redirect_uri != redirect_uri) {
    return OAuthRefusal{400, "redirect_uri_mismatch", "Bad Request"};
  }
  if (!consent.code_challenge.empty()) {
    if (verifier.empty()) return invalid_grant("Missing code verifier.");
    if (!verifier_fits(consent, verifier)) return invalid_grant("Invalid code verifier.");
  }
  auto& account = accounts_[consent.email];
  merge(account.scopes, consent.scopes);
  auto answer = issue_access(consent.email, consent.scopes);
  const bool first = account.refresh_tokens.empty();
  if (consent.offline && (first || consent.forced) && !omit_refresh_token) {
    answer.refresh_token = new_refresh_token({consent.email, consent.scopes});
    account.refresh_tokens.push_back(answer.refresh_token);
    refresh_.emplace(answer.refresh_token, RefreshGrant{consent.email, consent.scopes});
    if (account.refresh_tokens.size() > max_refresh_tokens) {
      refresh_.erase(account.refresh_tokens.front());
      account.refresh_tokens.pop_front();
    }
  }
  return answer;
}

std::variant<TokenAnswer, OAuthRefusal> Grants::refresh(std::string_view refresh_token) {
  auto found = refresh_.find(std::string{refresh_token});
  if (found == refresh_.end()) {
    if (auto grant = grant_in(refresh_token); grant && !revoked_.contains(grant->email)) {
      auto& account = accounts_[grant->email];
      merge(account.scopes, grant->scopes);
      account.refresh_tokens.emplace_back(refresh_token);
      found = refresh_.emplace(std::string{refresh_token}, std::move(*grant)).first;
    }
  }
  if (found == refresh_.end()) return invalid_grant("Token has been expired or revoked.");
  return issue_access(found->second.email, found->second.scopes);
}

std::string Grants::new_refresh_token(const RefreshGrant& grant) const {
  if (seal_key_.empty()) return "1//0" + crypto::random_token(72);
  const auto text = crypto::random_token(12) + '\n' + grant.email + '\n' + join(grant.scopes, "\n");
  return "1//0" + crypto::base64url_encode(crypto::hmac_sha256(seal_key_, text) + text);
}

std::optional<Grants::RefreshGrant> Grants::grant_in(std::string_view refresh_token) const {
  constexpr std::size_t mac_size = 32;
  if (seal_key_.empty() || refresh_token.size() < 4) return std::nullopt;
  const auto bytes = crypto::base64_decode(refresh_token.substr(4));
  if (!bytes || bytes->size() <= mac_size) return std::nullopt;
  const auto text = std::string_view{*bytes}.substr(mac_size);
  const bool is_ours = crypto::equal_in_constant_time(std::string_view{*bytes}.substr(0, mac_size),
                                                      crypto::hmac_sha256(seal_key_, text));
  if (!is_ours) return std::nullopt;
  const auto lines = split(text, '\n');
  if (lines.size() < 2) return std::nullopt;
  return RefreshGrant{std::string{lines[1]}, {lines.begin() + 2, lines.end()}};
}

TokenAnswer Grants::issue_access(const std::string& email, std::vector<std::string> scopes) {
  TokenAnswer answer;
  answer.access_token = "ya29.a0" + crypto::random_token(120);
  answer.expires_in = access_lifetime_ - std::chrono::seconds{1};  // Google says 3599
  answer.email = email;
  answer.scopes = scopes;
  access_.emplace(answer.access_token,
                  AccessGrant{email, std::move(scopes), clock_.now() + access_lifetime_});
  access_order_.push_back(answer.access_token);
  if (access_order_.size() > max_access_tokens) {
    access_.erase(access_order_.front());
    access_order_.pop_front();
  }
  return answer;
}

const AccessGrant* Grants::find(std::string_view access_token) const {
  const auto found = access_.find(std::string{access_token});
  if (found == access_.end() || found->second.expires <= clock_.now()) return nullptr;
  return &found->second;
}

bool Grants::revoke(std::string_view token) {
  if (const auto refresh = refresh_.find(std::string{token}); refresh != refresh_.end()) {
    revoke_account(std::string{refresh->second.email});
    return true;
  }
  const auto* access = find(token);
  if (access == nullptr) return false;
  revoke_account(std::string{access->email});
  return true;
}

void Grants::revoke_account(std::string_view email) {
  if (!seal_key_.empty()) revoked_.emplace(email);
  expire_access_tokens(email);
  std::erase_if(codes_, [&](const auto& entry) { return entry.second.consent.email == email; });
  std::erase_if(refresh_, [&](const auto& entry) { return entry.second.email == email; });
  if (const auto account = accounts_.find(email); account != accounts_.end()) {
    accounts_.erase(account);
  }
}

void Grants::expire_access_tokens(std::string_view email) {
  std::erase_if(access_, [&](const auto& entry) { return entry.second.email == email; });
}

std::vector<std::string> Grants::granted(std::string_view email) const {
  const auto account = accounts_.find(email);
  return account == accounts_.end() ? std::vector<std::string>{} : account->second.scopes;
}

}  // namespace gmail_mcp::sandbox
