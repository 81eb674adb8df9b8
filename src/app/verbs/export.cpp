#include <iostream>

#include "app/start.h"
#include "app/verbs/all.h"
#include "backup/person.h"
#include "operation/own_work.h"

namespace gmail_mcp::app {

namespace {

Task<std::int64_t> print_person(Program& program, operation::Call& call, std::string user,
                                std::function<void(const std::string&)> put) {
  // Written into the audit as that user's.
  const auto known = co_await call.user(user);
  co_await program.store()->flush();
  co_return co_await backup::export_person(*program.store(), known.str(), std::move(put));
}

Task<std::int64_t> export_in(Program& program, std::string user) {
  program.ready();
  std::function<void(const std::string&)> put = [](const std::string& line) {
    std::cout << line << '\n';
  };
  std::function<Task<std::int64_t>(operation::Call&)> work = [&](operation::Call& call) {
    return print_person(program, call, user, put);
  };
  const auto lines = co_await operation::run_own(
      program.services(), "export", model::CallerKind::operator_, "command line", std::move(work));
  std::cout.flush();
  if (!std::cout) {
    throw Error{Errc::unavailable, "The export could not be written whole.",
                "Look whether the disk is full."};
  }
  co_return lines;
}

int export_user(const Words& words) {
  Start start{words};
  const auto lines =
      in_program(start, [&](Program& program) { return export_in(program, words.text("--user")); });
  std::cerr << lines << (lines == 1 ? " line.\n" : " lines.\n");
  return 0;
}

}  // namespace

Verb verbs::export_() {
  return {.path = "export",
          .help = "Print what is kept of one user, as lines of JSON",
          .options = {required("--user", "The user_id")},
          .run = export_user};
}

}  // namespace gmail_mcp::app
