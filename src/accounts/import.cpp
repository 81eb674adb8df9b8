#include "accounts/import.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "accounts/typed_account.h"
#include "base/text.h"

namespace gmail_mcp::accounts {

namespace {

// The same secret under our key; "" stays "". nullopt: their key does not open it.
std::optional<std::string> reseal(const crypto::KeyRing& theirs, const crypto::KeyRing& ours,
                                  const std::string& sealed) {
  if (sealed.empty()) return std::string{};
  const auto opened = theirs.decrypt(sealed);
  if (!opened) return std::nullopt;
  return opened->empty() ? std::string{} : ours.encrypt(*opened);
}

// Checked as if it was typed, because Google shows it with blanks.
std::optional<std::string> reseal_password(const crypto::KeyRing& theirs,
                                           const crypto::KeyRing& ours, const std::string& sealed) {
  if (sealed.empty()) return std::string{};
  const auto opened = theirs.decrypt(sealed);
  if (!opened) return std::nullopt;
  const auto password = typed_password(*opened);
  return password ? ours.encrypt(*password) : std::string{};
}

std::optional<store::Ciphertexts> reseal(const crypto::KeyRing& theirs, const crypto::KeyRing& ours,
                                         const store::Ciphertexts& sealed) {
  auto access_token = reseal(theirs, ours, sealed.access_token);
  auto refresh_token = reseal(theirs, ours, sealed.refresh_token);
  auto app_password = reseal_password(theirs, ours, sealed.app_password);
  if (!access_token || !refresh_token || !app_password) return std::nullopt;
  store::Ciphertexts ciphertexts;
  ciphertexts.access_token = std::move(*access_token);
  ciphertexts.refresh_token = std::move(*refresh_token);
  ciphertexts.app_password = std::move(*app_password);
  return ciphertexts;
}

Task<bool> is_here(store::Store& store, model::Access access, model::ExternalUserId user,
                   std::string address) {
  store::ConnectionFilter filter;
  filter.user = std::move(user);
  filter.include_inactive = true;
  const auto all = co_await store.connections().list(access, std::move(filter));
  co_return std::any_of(all.begin(), all.end(), [&](const model::Connection& one) {
    return equals_ignoring_case(one.gmail_address, address);
  });
}

Task<Imported> import_one(store::Store& store, const crypto::KeyRing& theirs,
                          const crypto::KeyRing& ours, store::ForeignAccount account,
                          bool dry_run) {
  const auto access = model::Access::system("import");
  Imported result;
  result.user = account.user;
  result.address = account.address;
  result.old_id = account.id;
  const auto ended = [&result](ImportOutcome outcome) {
    result.outcome = outcome;
    return result;
  };
  const auto address = typed_address(account.address);
  if (!address) co_return ended(ImportOutcome::refused);
  if (model::user_id_fault(account.user)) {
    // An id of an earlier version still works.
    const model::ExternalUserId stored{account.user};
    const auto known = co_await store.users().find(access, stored);
    if (!known) co_return ended(ImportOutcome::refused);
  }
  if (!account.is_active) co_return ended(ImportOutcome::was_disconnected);
  model::ExternalUserId user{account.user};
  if (co_await is_here(store, access, user, *address)) co_return ended(ImportOutcome::already_here);
  auto ciphertexts = reseal(theirs, ours, account.ciphertexts);
  const bool is_empty =
      ciphertexts && ciphertexts->access_token.empty() && ciphertexts->app_password.empty();
  if (!ciphertexts || is_empty) co_return ended(ImportOutcome::unreadable);

  const bool is_oauth = account.kind == model::ConnectionKind::oauth;
  result.outcome = is_oauth && ciphertexts->refresh_token.empty()
                       ? ImportOutcome::without_refresh_token
                       : ImportOutcome::imported;
  if (dry_run) co_return result;
  const auto owner = co_await store.users().get_or_create(access, std::move(user));
  store::NewCredential credential;
  credential.user_id = owner.id;
  credential.gmail_address = *address;
  credential.kind = account.kind;
  credential.scopes = std::move(account.scopes);
  if (auto name = typed_name(account.display_name)) credential.display_name = std::move(*name);
  credential.ciphertexts = std::move(*ciphertexts);
  credential.token_expires_at = account.token_expires_at;
  // Applications remember the ids they were given. A row number is none of ours.
  credential.id = model::parse_connection_id(account.id);
  const auto saved = co_await store.connections().save(access, std::move(credential));
  result.id = saved.id;
  co_return result;
}

}  // namespace

std::string_view to_string(ImportOutcome outcome) {
  switch (outcome) {
    case ImportOutcome::imported: return "imported";
    case ImportOutcome::without_refresh_token: return "imported_without_refresh_token";
    case ImportOutcome::already_here: return "already_here";
    case ImportOutcome::was_disconnected: return "was_disconnected";
    case ImportOutcome::unreadable: return "unreadable";
    case ImportOutcome::refused: break;
  }
  return "refused";
}

Task<std::vector<Imported>> import_accounts(store::Store& store, const crypto::KeyRing& theirs,
                                            const crypto::KeyRing& ours,
                                            std::vector<store::ForeignAccount> accounts,
                                            bool dry_run) {
  std::vector<Imported> results;
  for (auto& account : accounts) {
    auto one = co_await import_one(store, theirs, ours, std::move(account), dry_run);
    results.push_back(std::move(one));
  }
  co_return results;
}

}  // namespace gmail_mcp::accounts
