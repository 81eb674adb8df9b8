#include "app/sandbox_program.h"
#include "app/start.h"
#include "app/verbs/all.h"

namespace gmail_mcp::app {

Verb verbs::sandbox() {
  const auto run = [](const Words& words) -> int {
    become_sandbox(Start{words}.loaded.settings.log, words.rest);
  };
  return {.path = "sandbox",
          .help = "Serve a simulated Google: the program gmail-mcp-sandbox",
          .run = run,
          .takes_rest = true};
}

}  // namespace gmail_mcp::app
