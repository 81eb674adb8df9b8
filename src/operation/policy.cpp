#include "operation/policy.h"

#include <algorithm>

#include "accounts/scopes.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "operation/operation.h"

namespace gmail_mcp::operation {

namespace {

bool names_toolset(const std::vector<std::string>& names, Toolset toolset) {
  const auto wanted = to_string(toolset);
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& one) { return equals_ignoring_case(one, wanted); });
}

}  // namespace

bool Policy::enables(Toolset toolset) const {
  return enabled_toolsets.empty() || toolset == Toolset::none ||
         names_toolset(enabled_toolsets, toolset);
}

void Policy::check_operation(const Info& info) const {
  if (!enables(info.toolset)) {
    throw Error{Errc::forbidden,
                "The tool " + std::string{info.name} + " is switched off on this server.",
                "The operator switches toolsets on with tools.enabled."};
  }
  const bool touches_mail = info.toolset == Toolset::write || info.toolset == Toolset::organize;
  if (read_only && touches_mail && info.effect != Effect::reads) {
    throw Error{Errc::forbidden, "This server is read-only: nothing may be sent or changed.",
                "The operator allows it with tools.read_only: false."};
  }
}

void Policy::check_recipients(const std::vector<std::string>& recipients) const {
  if (allowed_recipients.empty()) return;
  for (const auto& recipient : recipients) {
    // "bob%evil.example@example.org" belongs to example.org only until a relay there sends it on,
    // as some still do; the same is true of quoted local parts. Such an address must be allowed in
    // full.
    const auto at = recipient.rfind('@');
    const bool is_plain = at != std::string::npos &&
                          recipient.substr(0, at).find_first_of("%!\"@") == std::string::npos;
    const auto domain = is_plain ? recipient.substr(at) : std::string{};
    const bool allowed =
        std::any_of(allowed_recipients.begin(), allowed_recipients.end(), [&](const auto& one) {
          return equals_ignoring_case(one, recipient) ||
                 (one.starts_with('@') && equals_ignoring_case(one, domain));
        });
    if (!allowed) {
      throw Error{
          Errc::forbidden,  // Not which one: a reply takes its recipients from the mail it answers.
          "This server may not send mail to a recipient of this message.",
          "The operator allows addresses and domains with send.allowed_recipients."};
    }
  }
}

void Policy::check_archive(const model::Connection& connection) const {
  if (archives_oauth || !model::facts_of(connection.kind).by_consent) return;
  throw Error{
      Errc::unsupported, "This server keeps no archive of accounts that are connected with Google.",
      "Look into Gmail itself with gmail_search and gmail_get_thread. The operator allows an "
      "archive with archive.oauth: ask."};
}

std::vector<std::string> Policy::spent_as(const model::Connection& connection) const {
  const auto keys = account_keys ? account_keys() : std::vector<Secret>{};
  if (keys.empty()) throw Error{Errc::internal, "There is no key to name accounts by."};
  // No address contains a line break, so no two accounts give the same text.
  const auto account =
      to_lower_ascii(connection.gmail_address) + "\n" + connection.external_user_id.str();
  std::vector<std::string> names;
  for (const auto& key : keys) {
    names.push_back(to_hex(crypto::hmac_sha256(key.reveal(), account)));
  }
  return names;
}

Task<void> Policy::check_daily_sends(store::Sends& sends, const model::Access& access,
                                     const model::Connection& connection, Timestamp now) const {
  if (max_sends_per_day <= 0) co_return;
  const auto since = now - std::chrono::hours{24};
  // The send that asks is already recorded, so it counts itself.
  auto count = co_await sends.count_since(access, connection.id, since);
  const auto names = spent_as(connection);
  for (const auto& name : names) count += co_await sends.count_spent(name, since);
  if (count > max_sends_per_day) {
    throw Error{Errc::rate_limited,
                "Rate limited: this connection has sent its " + std::to_string(max_sends_per_day) +
                    " messages of the last 24 hours.",
                "Wait, or ask the operator to raise send.max_per_day."}
        .with_retry_after(std::chrono::hours{1});
  }
}

namespace {

// Which limit of the grant is in the way, as the end of a sentence; "" if none is.
std::string_view beyond(const model::Grant& grant, const Info& info) {
  if (info.toolset == Toolset::none) return "";
  const bool reads = info.effect == Effect::reads;
  if (grant.read_only && !reads) return "may only read";
  const auto is_named = [&](bool changes) {
    return grant.toolsets.empty() ||
           accounts::allows_tool(grant.toolsets, to_string(info.toolset), info.name, changes);
  };
  if (!is_named(!reads)) {
    return is_named(false) ? "may only read in this toolset" : "may not use this toolset";
  }
  const bool is_of_accounts =
      info.toolset == Toolset::connections || info.toolset == Toolset::accounts;
  if (!grant.connections.empty() && is_of_accounts && !reads) {
    return "is for some accounts only, and may neither connect nor end any";
  }
  return "";
}

}  // namespace

bool is_within(const model::Grant& grant, const Info& info) { return beyond(grant, info).empty(); }

void check_grant(const model::Grant& grant, const Info& info) {
  const auto limit = beyond(grant, info);
  if (limit.empty()) return;
  throw Error{Errc::forbidden,
              "This credential " + std::string{limit} + ": it does not allow " +
                  std::string{info.name} + ".",
              "Whoever gave it out can give out one that allows more."};
}

}  // namespace gmail_mcp::operation
