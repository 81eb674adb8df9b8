#include <iostream>

#include "app/start.h"
#include "app/verbs/all.h"
#include "operation/accounts.h"
#include "operation/run.h"

namespace gmail_mcp::app {

namespace {

struct Deletion {
  operation::Accounts::RemovedUser removed;
  std::optional<Error> traces;  // why the file could not be written anew
};

Task<Deletion> delete_in(House& house, model::ExternalUserId user) {
  Deletion deletion;
  deletion.removed = co_await house.ready().accounts.remove_user(std::move(user));
  store::AuditEntry entry;
  entry.at = house.clock().now();
  entry.request_id = operation::new_request_id();
  entry.caller = "operator:command line";
  entry.operation = "users_delete";
  entry.outcome = "ok";
  house.store()->audit().record(std::move(entry));
  try {
    co_await house.erase_traces();
  } catch (const Error& error) {
    deletion.traces = error;
  }
  co_return deletion;
}

int delete_user(const Words& words) {
  Start start{words};
  const auto deletion = in_house(start, [&](House& house) {
    return delete_in(house, model::ExternalUserId{words.text("user")});
  });
  const auto count = deletion.removed.accounts;
  std::cout << "The user is deleted, with " << count
            << (count == 1 ? " account.\n" : " accounts.\n");
  for (const auto& sentence : deletion.removed.not_revoked) {
    std::cerr << "At Google a permission remains: " << sentence << '\n';
  }
  if (deletion.traces) {
    report(Error{
        deletion.traces->code,
        "The database could not be written anew, and may hold traces: " + deletion.traces->message,
        "Stop the server, and run `sqlite3 FILE VACUUM` on its database."});
  }
  return deletion.removed.not_revoked.empty() && !deletion.traces ? 0 : 1;
}

}  // namespace

std::vector<Verb> verbs::users() {
  return {{.path = "users", .help = "Delete users"},
          {.path = "users delete",
           .help = "Delete a user with all accounts, and whatever is known",
           .options = {required("user", "The user_id")},
           .run = delete_user}};
}

}  // namespace gmail_mcp::app
