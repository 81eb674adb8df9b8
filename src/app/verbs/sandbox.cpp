#include "app/sandbox_program.h"
#include "app/start.h"
#include "app/verbs/all.h"

namespace gmail_mcp::app {

namespace {

int run_sandbox(const Words& words) {
  const Start start{words};
  become_sandbox(start.loaded.settings.log, words.rest);
}

}  // namespace

Verb verbs::sandbox() {
  return {.path = "sandbox",
          .help = "Serve a simulated Google: the program gmail-mcp-sandbox",
          .run = run_sandbox,
          .takes_rest = true};
}

}  // namespace gmail_mcp::app
