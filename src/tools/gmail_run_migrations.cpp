#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_run_migrations {
namespace {

using operation::Call;

struct Args {
  static auto fields() { return schema::Fields<Args>{}; }
};

struct Output {
  std::vector<std::string> migrations_run, already_applied;
  std::optional<std::string> current_version;
  std::string message;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("migrations_run", &Output::migrations_run),
                          field("already_applied", &Output::already_applied),
                          field("current_version", &Output::current_version),
                          field("message", &Output::message)};
  }
};

Task<Output> run(Call& call, Args /*args*/) {
  auto done = co_await call.setup().migrate();
  Output out;
  out.migrations_run = std::move(done.run);
  out.already_applied = std::move(done.already_applied);
  const auto& newest = out.migrations_run.empty() ? out.already_applied : out.migrations_run;
  if (!newest.empty()) out.current_version = newest.back();
  out.message = out.migrations_run.empty() ? "The database was up to date."
                                           : "The database is up to date now.";
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_run_migrations",
          .title = "Bring the database up to date",
          .description = "Applies the database steps that are missing, each as one transaction; "
                         "the server does so at its start, too. Repeating changes nothing. "
                         "Steps cannot be undone.",
          .toolset = operation::Toolset::setup,
          .effect = operation::Effect::changes,
          .idempotent = true,
          .open_world = false,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_run_migrations
