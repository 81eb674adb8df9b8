#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_test_connection {
namespace {

using operation::Call;

struct Args {
  bool verbose = false;

  static auto fields() {
    return schema::Fields{schema::field("verbose", &Args::verbose, "Also counts and settings")};
  }
};

Task<setup::Trial> run(Call& call, Args args) { return call.setup().try_out(args.verbose); }

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, setup::Trial>(
      {
          .name = "gmail_test_connection",
          .title = "Try the set-up",
          .description = "Asks the database and shows a Google consent URL to try in a browser "
                         "(it finishes nothing). Use it when gmail_check_setup says ready but "
                         "things fail. Google itself is not called.",
          .toolset = operation::Toolset::setup,
          .effect = operation::Effect::reads,
          .idempotent = true,
          .open_world = false,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_test_connection
