#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "accounts/import.h"
#include "app/start.h"
#include "app/tool_verb.h"
#include "app/verbs/all.h"
#include "base/text.h"
#include "operation/accounts.h"
#include "operation/own_work.h"
#include "setup/report.h"
#include "store/open.h"

namespace gmail_mcp::app {

namespace json = boost::json;

namespace {

using accounts::Imported;
using accounts::ImportOutcome;

// The keys that may open the other program's data: the given one, and our own.
crypto::KeyRing keys_of(const std::string& key_file, const setup::Settings& settings) {
  std::vector<Secret> keys;
  if (!key_file.empty()) {
    std::ifstream file{key_file};
    std::string line;
    if (!std::getline(file, line)) {
      throw Error{Errc::invalid_argument, key_file + " cannot be read.",
                  "Name a file whose first line is the other program's encryption key."};
    }
    keys.emplace_back(std::string{trim(line)});
  } else if (const char* key = std::getenv("GMAIL_MCP_IMPORT_KEY")) {
    keys.emplace_back(std::string{trim(key)});
  }
  for (auto& own : settings.all_keys()) keys.push_back(std::move(own));
  return crypto::KeyRing::parse(keys).value();
}

Task<model::Connection> welcome(Program& program, operation::Call& call, std::string id) {
  auto connection = co_await call.connection(std::move(id));
  co_await program.ready().accounts.connected(connection, operation::Accounts::Verified::no);
  co_return connection;
}

// Records in the audit what was imported, and what could not be.
Task<void> tell(Program& program, Imported one) {
  if (one.outcome == ImportOutcome::unreadable) {
    store::AuditEntry entry;
    entry.at = program.clock().now();
    entry.request_id = operation::new_request_id();
    entry.caller = "operator:command line";
    entry.user_id = one.user;
    entry.operation = "import";
    entry.outcome = to_string(one.outcome);
    program.store()->audit().record(std::move(entry));
  }
  if (one.id.empty()) co_return;
  std::function<Task<model::Connection>(operation::Call&)> finish = [&](operation::Call& call) {
    return welcome(program, call, one.id.str());
  };
  co_await operation::run_own(program.services(), "import", model::CallerKind::operator_,
                              "command line", std::move(finish));
}

Task<std::vector<Imported>> import_into(Program& program, std::vector<store::ForeignAccount> found,
                                        crypto::KeyRing theirs, bool dry_run) {
  auto ours = crypto::KeyRing::parse(program.settings().all_keys()).value();
  auto results =
      co_await accounts::import_accounts(*program.store(), theirs, ours, std::move(found), dry_run);
  if (!dry_run) {
    for (const auto& one : results) co_await tell(program, one);
  }
  co_return results;
}

json::array as_json(const std::vector<Imported>& results) {
  json::array all;
  for (const auto& one : results) {
    all.push_back({{"user_id", one.user},
                   {"gmail_address", one.address},
                   {"old_id", one.old_id},
                   {"connection_id", one.id.empty() ? json::value() : json::value(one.id.str())},
                   {"outcome", to_string(one.outcome)}});
  }
  return all;
}

int import_accounts(const Words& words) {
  Start start{words};
  const auto& settings = start.loaded.settings;
  refuse_sandbox_database(settings);
  const auto file = words.text("database");
  if (!std::filesystem::is_regular_file(file)) {
    return report(Error{Errc::invalid_argument, file + " is not a file.",
                        "Name the SQLite database of the other program."});
  }
  if (const auto missing = setup::incomplete(setup::judge(start.loaded))) return report(*missing);
  auto keys = keys_of(words.text("--key-file"), settings);
  boost::asio::io_context loop{1};
  auto found = run_to_end(loop, store::read_foreign_accounts(file, *start.log));
  const auto results = in_program(start, [&](Program& program) {
    return import_into(program, std::move(found), std::move(keys), words.has("--dry-run"));
  });
  if (results.empty()) std::cerr << "There are no accounts in it.\n";
  if (words.has("--json")) {
    std::cout << json::serialize(json::object{{"accounts", as_json(results)}}) << '\n';
  } else if (!results.empty()) {
    print_table({{"OLD ID", {"old_id"}},
                 {"ID", {"connection_id"}, "-"},
                 {"USER", {"user_id"}},
                 {"ADDRESS", {"gmail_address"}},
                 {"OUTCOME", {"outcome"}}},
                as_json(results));
  }
  const auto is_unreadable = [](const Imported& one) {
    return one.outcome == ImportOutcome::unreadable;
  };
  if (std::none_of(results.begin(), results.end(), is_unreadable)) return 0;
  std::cerr << "No key opens what is stored for some of them: give the other program's "
               "encryption key in GMAIL_MCP_IMPORT_KEY or with --key-file.\n";
  return 1;
}

}  // namespace

Verb verbs::import() {
  return {
      .path = "import",
      .help = "Take over the accounts of gmail-multi-user-mcp or gmail-mcp-multiuser",
      .options = {required("database", "Its SQLite file"),
                  value("--key-file",
                        "A file with its encryption key [GMAIL_MCP_IMPORT_KEY, or our own keys]"),
                  flag("--dry-run", "Only say what would become of each"),
                  flag("--json", "As JSON")},
      .run = import_accounts,
  };
}

}  // namespace gmail_mcp::app
