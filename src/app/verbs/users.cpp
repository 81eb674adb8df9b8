#include <iostream>

#include "app/start.h"
#include "app/verbs/all.h"
#include "operation/accounts.h"
#include "operation/own_work.h"

namespace gmail_mcp::app {

namespace {

Task<int> delete_in(Program& program, model::ExternalUserId user) {
  auto& accounts = program.ready().accounts;
  std::function<Task<operation::Accounts::RemovedUser>(operation::Call&)> remove =
      [&](operation::Call& call) { return accounts.remove_user(call, user); };
  const auto removed =
      co_await operation::run_own(program.services(), "users_delete", model::CallerKind::operator_,
                                  "command line", std::move(remove));
  std::cout << "The user is deleted, with " << removed.accounts
            << (removed.accounts == 1 ? " account.\n" : " accounts.\n");
  for (const auto& sentence : removed.not_revoked) {
    std::cerr << "At Google a permission remains: " << sentence << '\n';
  }
  int status = removed.not_revoked.empty() ? 0 : 1;
  try {
    co_await program.erase_traces();
  } catch (const Error& error) {
    status = report(
        Error{error.code,
              "The database could not be rewritten, and may still hold traces: " + error.message,
              "Stop the server, and run `sqlite3 FILE VACUUM` on its database."});
  }
  co_return status;
}

int delete_user(const Words& words) {
  Start start{words};
  return in_program(start, [&](Program& program) {
    return delete_in(program, model::ExternalUserId{words.text("user")});
  });
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
