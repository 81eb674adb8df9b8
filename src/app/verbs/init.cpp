#include <iostream>

#include "app/verbs/all.h"
#include "setup/new_config.h"

namespace gmail_mcp::app {

namespace {

int write_first_config(const Words& words) {
  if (words.text("--database") != "sqlite") {
    return report(Error{Errc::unsupported,
                        "Supabase and PostgreSQL storage are not available in this version.",
                        "Leave out -d: the database of sqlite is made at the first start."});
  }
  const auto output = words.text("--output");
  setup::write_config(output, setup::NewConfig{});
  std::cout << output << '\n';
  std::cerr
      << "A new encryption key is in it.\n"
         "Next: put your Google client ID and secret into it (App Passwords work without), then "
         "run `gmail-mcp validate`.\n";
  return 0;
}

}  // namespace

Verb verbs::init() {
  return {.path = "init",
          .help = "Write a first configuration file",
          .options = {{.spelling = "-o,--output",
                       .help = "Where to",
                       .fallback = "./gmail_config.yaml"},
                      choice("-d,--database", "sqlite", {"sqlite", "supabase", "postgres"})},
          .run = write_first_config};
}

}  // namespace gmail_mcp::app
