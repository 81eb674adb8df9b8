#include <iostream>

#include "app/verbs/all.h"
#include "setup/new_config.h"

namespace gmail_mcp::app {

namespace {

int write_first_config(const Words& words) {
  const auto output = words.text("--output");
  setup::NewConfig wanted;
  wanted.database_type = words.text("--database");
  setup::write_config(output, wanted);
  std::cout << output << '\n';
  std::cerr << "A new encryption key is in it.\n"
               "Next: put your Google client ID and secret into it (App Passwords work without)"
            << (wanted.database_type == "sqlite" ? "" : " and where your database is")
            << ", then run `gmail-mcp validate`.\n";
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
