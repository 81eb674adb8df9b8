// Faults over HTTP (declared in faults.h).
#include <boost/json/parse.hpp>

#include "sandbox/faults.h"
#include "schema/fields.h"

namespace gmail_mcp::sandbox {

namespace {

using schema::field;

struct ThenJson {
  std::optional<int> status;
  std::string reason, reply;
  std::optional<std::int64_t> retry_after;
  std::string retry_after_in = "text";
  std::int64_t delay_ms = 0;
  Hold hold = Hold::none;
  Cut cut = Cut::none;

  static auto fields() {
    return schema::Fields{
        field("status", &ThenJson::status).range(400, 599),
        field("reason", &ThenJson::reason),
        field("reply", &ThenJson::reply),
        field("retry_after", &ThenJson::retry_after).range(0, 86'400),
        field("retry_after_in", &ThenJson::retry_after_in).one_of({"text", "header", "both"}),
        field("delay_ms", &ThenJson::delay_ms).range(0, 600'000),
        field("hold", &ThenJson::hold),
        field("cut", &ThenJson::cut)};
  }
};

struct RuleJson {
  std::string match = "*";
  std::string email;
  std::string folder;
  int skip = 0;
  std::optional<int> times;
  double probability = 1.0;
  std::int64_t seed = 1;
  ThenJson then;

  static auto fields() {
    return schema::Fields{
        field("match", &RuleJson::match),   field("email", &RuleJson::email),
        field("folder", &RuleJson::folder), field("skip", &RuleJson::skip).range(0, 1'000'000),
        field("times", &RuleJson::times),   field("probability", &RuleJson::probability),
        field("seed", &RuleJson::seed),     schema::required("then", &RuleJson::then)};
  }
};

struct ImapJson {
  std::optional<std::vector<std::string>> disabled;
  std::optional<int> max_connections;
  std::optional<std::string> folder_language;
  std::optional<bool> hide_all_mail, without_gmail_extensions, auto_expunge;
  std::optional<std::vector<std::string>> refused_texts, fatal_texts, silent_texts, left_out,
      refused_labels, closed_folders;

  static auto fields() {
    return schema::Fields{
        field("disabled", &ImapJson::disabled),
        field("max_connections", &ImapJson::max_connections).range(0, 100'000),
        field("folder_language", &ImapJson::folder_language).one_of({"", "en", "de"}),
        field("hide_all_mail", &ImapJson::hide_all_mail),
        field("without_gmail_extensions", &ImapJson::without_gmail_extensions),
        field("auto_expunge", &ImapJson::auto_expunge),
        field("refused_texts", &ImapJson::refused_texts),
        field("fatal_texts", &ImapJson::fatal_texts),
        field("silent_texts", &ImapJson::silent_texts),
        field("left_out", &ImapJson::left_out),
        field("refused_labels", &ImapJson::refused_labels),
        field("closed_folders", &ImapJson::closed_folders)};
  }
};

struct FaultsJson {
  std::vector<RuleJson> rules;
  std::optional<int> max_concurrent, refuse_batch, quota_units_per_minute;
  std::optional<std::vector<std::string>> next_consent_scopes;
  std::optional<bool> omit_refresh_token;
  bool let_go = false;
  std::vector<std::string> revoke, expire_access_tokens, expire_history;
  std::vector<std::string> revoke_app_passwords, renew_app_passwords;
  std::vector<std::string> change_uid_validity, drop_imap_connections;
  ImapJson imap;

  static auto fields() {
    return schema::Fields{
        field("rules", &FaultsJson::rules),
        field("max_concurrent", &FaultsJson::max_concurrent).range(1, 10'000),
        field("refuse_batch", &FaultsJson::refuse_batch).range(400, 599),
        field("quota_units_per_minute", &FaultsJson::quota_units_per_minute).range(1, 10'000'000),
        field("next_consent_scopes", &FaultsJson::next_consent_scopes),
        field("omit_refresh_token", &FaultsJson::omit_refresh_token),
        field("let_go", &FaultsJson::let_go),
        field("revoke", &FaultsJson::revoke),
        field("expire_access_tokens", &FaultsJson::expire_access_tokens),
        field("expire_history", &FaultsJson::expire_history),
        field("revoke_app_passwords", &FaultsJson::revoke_app_passwords),
        field("renew_app_passwords", &FaultsJson::renew_app_passwords),
        field("change_uid_validity", &FaultsJson::change_uid_validity),
        field("drop_imap_connections", &FaultsJson::drop_imap_connections),
        field("imap", &FaultsJson::imap)};
  }
};

FaultRule to_rule(const RuleJson& json) {
  FaultRule rule;
  rule.match = json.match;
  rule.email = json.email;
  rule.folder = json.folder;
  rule.skip = json.skip;
  rule.times = json.times;
  rule.probability = json.probability;
  rule.seed = static_cast<std::uint64_t>(json.seed);
  rule.then.status = json.then.status;
  rule.then.reason = json.then.reason;
  rule.then.reply = json.then.reply;
  if (json.then.retry_after) rule.then.retry_after = std::chrono::seconds{*json.then.retry_after};
  rule.then.retry_after_text = json.then.retry_after_in != "header";
  rule.then.retry_after_header = json.then.retry_after_in != "text";
  rule.then.delay = std::chrono::milliseconds{json.then.delay_ms};
  rule.then.hold = json.then.hold;
  rule.then.cut = json.then.cut;
  return rule;
}

void apply(MailSwitches& mail, const ImapJson& json) {
  if (json.disabled) mail.imap_disabled = *json.disabled;
  if (json.max_connections) mail.max_imap_connections = *json.max_connections;
  if (json.folder_language) mail.folder_language = *json.folder_language;
  if (json.hide_all_mail) mail.hide_all_mail = *json.hide_all_mail;
  if (json.without_gmail_extensions) mail.without_gmail_extensions = *json.without_gmail_extensions;
  if (json.auto_expunge) mail.auto_expunge = *json.auto_expunge;
  if (json.refused_texts) mail.refused_texts = *json.refused_texts;
  if (json.fatal_texts) mail.fatal_texts = *json.fatal_texts;
  if (json.silent_texts) mail.silent_texts = *json.silent_texts;
  if (json.left_out) mail.left_out = *json.left_out;
  if (json.refused_labels) mail.refused_labels = *json.refused_labels;
  if (json.closed_folders) mail.closed_folders = *json.closed_folders;
}

}  // namespace

std::vector<std::string_view> enum_names(Cut) {
  return {"none", "before_response", "after_headers", "mid_body", "after_effect", "hang"};
}

std::vector<std::string_view> enum_names(Hold) { return {"none", "before", "after"}; }

std::optional<Error> apply_json(Faults& faults, std::string_view text) {
  boost::system::error_code failed;
  const auto value = boost::json::parse(text, failed);
  if (failed) return Error{Errc::invalid_argument, "The body is not JSON."};
  auto read = schema::from_json<FaultsJson>(value);
  if (!read) return std::move(read).error();
  for (const auto& rule : read->rules) faults.add(to_rule(rule));
  auto& switches = faults.switches();
  if (read->max_concurrent) switches.max_concurrent = read->max_concurrent;
  if (read->refuse_batch) switches.refuse_batch = read->refuse_batch;
  if (read->quota_units_per_minute) {
    switches.quota_units_per_minute = read->quota_units_per_minute;
  }
  if (read->next_consent_scopes) switches.next_consent_scopes = read->next_consent_scopes;
  if (read->omit_refresh_token) switches.omit_refresh_token = *read->omit_refresh_token;
  apply(switches.mail, read->imap);
  for (const auto& email : read->revoke) faults.revoke(email);
  for (const auto& email : read->expire_access_tokens) faults.expire_access_tokens(email);
  for (const auto& email : read->expire_history) faults.expire_history(email);
  for (const auto& email : read->revoke_app_passwords) faults.revoke_app_password(email);
  for (const auto& email : read->renew_app_passwords) faults.renew_app_password(email);
  for (const auto& email : read->change_uid_validity) faults.change_uid_validity(email);
  for (const auto& email : read->drop_imap_connections) faults.drop_imap_connections(email);
  // The new rules already apply, so a released request may be held again at its next step.
  if (read->let_go) faults.let_go();
  return std::nullopt;
}

}  // namespace gmail_mcp::sandbox
