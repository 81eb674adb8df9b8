#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_check_setup {
namespace {

using operation::Call;

struct Args {
  static auto fields() { return schema::Fields<Args>{}; }
};

Task<setup::Report> run(Call& call, Args /*args*/) { return call.setup().report(); }

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, setup::Report>(
      {
          .name = "gmail_check_setup",
          .title = "Check the set-up",
          .description = "Says whether this server is ready and what is missing, one remedy per "
                         "issue. Use it first when other tools answer `misconfigured`. Changes "
                         "nothing.",
          .toolset = operation::Toolset::setup,
          .effect = operation::Effect::reads,
          .idempotent = true,
          .open_world = false,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_check_setup
