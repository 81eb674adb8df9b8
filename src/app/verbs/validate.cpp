#include "app/verbs/validate.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <iostream>

#include "accounts/seals.h"
#include "app/start.h"
#include "app/token_issuer.h"
#include "app/verbs/all.h"
#include "base/caught.h"
#include "base/text.h"
#include "setup/report.h"
#include "store/open.h"

namespace gmail_mcp::app {

namespace json = boost::json;

namespace {

constexpr std::int64_t everybody = 1'000'000;

// Facts from the database that the settings name.
struct Stored {
  store::ServerState server;
  std::string server_in_words;
  std::vector<std::string> pending;  // migrations that the next start will apply
  accounts::Seals seals;
  std::vector<std::string> keys;               // the fingerprint of each, in the order of settings
  std::map<std::string, std::int64_t> states;  // the number of connections by state
  bool needs_hands = false;                    // nobody but a person can apply them
  std::vector<std::string> refused_users;  // one warning each: such an id would be refused today
};

// Such ids still work, but may be mistaken for others.
Task<std::vector<std::string>> refused_users(store::Store& store) {
  const auto access = model::Access::system("validate");
  const auto users = co_await store.users().list(access, everybody);
  std::vector<std::string> warnings;
  for (const auto& one : users) {
    const auto& id = one.user.external_id.str();
    const auto fault = model::user_id_fault(id);
    if (!fault) continue;
    // Escaped, so that it is visible and does nothing to the terminal.
    warnings.push_back("A stored user_id goes on working but would be refused today: \"" +
                       percent_encode(id) + "\" (percent-encoded). " + fault->message);
  }
  co_return warnings;
}

Task<Stored> look_at(const setup::Settings& settings, Clock& clock, Log& log) {
  refuse_sandbox_database(settings);
  auto where = settings.storage.where().value();
  Stored found;
  found.needs_hands = store::is_migrated_by_hand(where);
  const auto look = co_await store::look_at(std::move(where), clock, log);
  found.server = look.server;
  found.server_in_words = look.server_in_words;
  if (look.plan.applied.empty()) co_return found;
  found.pending = look.plan.pending;
  if (!look.store) co_return found;
  auto& store = *look.store;
  const auto keys = crypto::KeyRing::parse(settings.all_keys()).value();
  co_await store::refuse_half_restored(store);
  found.seals = co_await accounts::count_all_seals(store, keys);
  found.refused_users = co_await refused_users(store);
  if (!found.pending.empty()) co_return found;
  const auto access = model::Access::system("validate");
  const auto counts = co_await store.connections().count(access);
  for (const auto& one : counts) found.states[one.state] += one.connections;
  co_return found;
}

// Adds the findings of the database to the report.
Stored judge_database(const setup::Loaded& loaded, setup::Report& report, Clock& clock, Log& log) {
  Stored found;
  if (!report.encryption_key_set) return found;
  if (auto keys = crypto::KeyRing::parse(loaded.settings.all_keys())) {
    found.keys = keys->fingerprints();
  }
  if (!loaded.settings.storage.where()) return found;
  try {
    boost::asio::io_context loop{1};
    auto keys = std::move(found.keys);
    found = run_to_end(loop, look_at(loaded.settings, clock, log));
    found.keys = std::move(keys);
  } catch (const Error& error) {
    report.issues.push_back(error.message + (error.hint.empty() ? "" : " " + error.hint));
  }
  for (const auto& one : found.server.refusals) report.issues.push_back(one);
  for (const auto& one : found.server.warnings) report.warnings.push_back(one);
  for (const auto& one : found.refused_users) report.warnings.push_back(one);
  const auto complaint = found.seals.complaint();
  if (found.seals.nothing_opens()) {
    report.issues.push_back(complaint);
  } else if (!complaint.empty()) {
    report.warnings.push_back(complaint);
  }
  report.ready = report.issues.empty();
  return found;
}

Task<void> look_at_issuer(TokenIssuer& issuer) {
  const auto failed = co_await caught(issuer.look());
  co_await issuer.close();
  if (failed) throw Error{*failed};
}

// Asks the authorization server whose tokens are accepted, if there is one.
void judge_issuer(const setup::Settings& settings, setup::Report& report, Clock& clock, Log& log) {
  if (settings.server.oauth.issuer.empty()) return;
  try {
    boost::asio::io_context loop{1};
    TokenIssuer issuer{loop, settings, clock, log};
    run_to_end(loop, look_at_issuer(issuer));
    issuer.tell(report);
  } catch (const Error& error) {
    report.issues.push_back(error.message + " " + error.hint);
    report.ready = false;
  }
}

// "2 with the current key (0a1b2c3d), 1 with previous key 1 (4e5f6071), 4 with none"
std::string in_words(const accounts::Seals& seals, const std::vector<std::string>& keys) {
  std::string text;
  for (std::size_t i = 0; i < seals.by_key.size(); ++i) {
    if (seals.by_key[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(seals.by_key[i]);
    text += i == 0 ? " with the current key" : " with previous key " + std::to_string(i);
    if (i < keys.size()) text += " (" + keys[i] + ")";
  }
  if (seals.by_none > 0) {
    text += (text.empty() ? "" : ", ") + std::to_string(seals.by_none) + " with none";
  }
  return text;
}

}  // namespace

std::string count_in_words(const std::map<std::string, std::int64_t>& states) {
  std::string text;
  for (const auto state : model::connection_states()) {
    const auto found = states.find(std::string{state});
    if (found == states.end() || found->second == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(found->second) + " " + std::string{state};
  }
  return text;
}

int validate(const Words& words) {
  Start start{words};
  const auto& loaded = start.loaded;
  auto report = setup::judge(loaded);
  const auto stored = judge_database(loaded, report, start.clock, *start.log);
  judge_issuer(loaded.settings, report, start.clock, *start.log);
  if (words.has("--json")) {
    json::object out{{"ready", report.ready},
                     {"oauth", report.oauth_ready},
                     {"app_password", report.app_password_ready},
                     {"issues", json::value_from(report.issues)},
                     {"warnings", json::value_from(report.warnings)},
                     {"database_server", stored.server_in_words},
                     {"connections", json::value_from(stored.states)},
                     {"sealed",
                      {{"by_key", json::value_from(stored.seals.by_key)},
                       {"by_none", stored.seals.by_none},
                       {"keys", json::value_from(stored.keys)}}}};
    if (const auto& issuer = report.token_issuer) {
      out["token_issuer"] = {{"issuer", issuer->issuer},
                             {"keys", issuer->keys},
                             {"problem", json::value_from(issuer->problem)}};
    }
    std::cout << json::serialize(out) << '\n';
    return report.ready ? 0 : 1;
  }
  const auto yes_or_no = [](bool flag) { return flag ? "yes" : "no"; };
  std::vector<std::vector<std::string>> rows{
      {"Configuration file", loaded.config_path.empty() ? "none" : loaded.config_path},
      {"Env file", loaded.env_file_path.empty() ? "none" : loaded.env_file_path},
      {"Encryption key", yes_or_no(report.encryption_key_set)},
      {"Google client", yes_or_no(report.google_oauth_configured)},
      {"Connect with Google", yes_or_no(report.oauth_ready)},
      {"Connect by App Password", yes_or_no(report.app_password_ready)},
      {"Storage", report.database_type},
      {"Public URL", loaded.settings.effective_public_url()},
      {"Redirect URI", loaded.settings.effective_redirect_uris().front()}};
  if (const auto& issuer = report.token_issuer) {
    rows.push_back({"Tokens accepted of", issuer->issuer});
    rows.push_back({"Keys of that issuer", std::to_string(issuer->keys)});
  }
  if (!stored.server_in_words.empty()) rows.push_back({"Database server", stored.server_in_words});
  if (const auto text = count_in_words(stored.states); !text.empty())
    rows.push_back({"Connections", text});
  if (stored.seals.all() > 0) {
    rows.push_back({"Stored credentials open", in_words(stored.seals, stored.keys)});
  }
  if (!stored.pending.empty()) {
    rows.push_back({"Database", stored.needs_hands
                                    ? "older than this version: run what `gmail-mcp migrate` prints"
                                    : "older than this version: the next start brings it up to "
                                      "date"});
  }
  print_rows(rows);
  for (const auto& one : report.issues) std::cout << "\nProblem: " << one;
  for (const auto& one : report.warnings) std::cout << "\nWarning: " << one;
  std::cout << "\n\n" << (report.ready ? "Ready.\n" : "Not ready.\n");
  return report.ready ? 0 : 1;
}

Verb verbs::validate() {
  return {.path = "validate",
          .help = "Check the configuration",
          .options = {flag("--json", "As JSON"),
                      value("--host", "As `serve` will be told", "server.host"),
                      value("-p,--port", "As `serve` will be told", "server.port")},
          .run = app::validate};
}

}  // namespace gmail_mcp::app
