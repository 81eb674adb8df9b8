#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "app/verbs/all.h"
#include "crypto/fernet.h"

namespace gmail_mcp::app {

namespace {

int write_first_config(const Words& words) {
  const auto output = words.text("--output");
  if (words.text("--database") != "sqlite") {
    return report(Error{Errc::unsupported,
                        "Supabase and PostgreSQL storage are not available in this version.",
                        "Leave out -d: the database of sqlite is made at the first start."});
  }
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    return report(errno == EEXIST
                      ? Error{Errc::conflict, output + " exists already and was not changed.",
                              "Choose another file with --output."}
                      : Error{Errc::misconfigured, output + " cannot be written.",
                              "Choose another file with --output."});
  }
  const auto text =
      "# gmail-mcp configuration. Holds secrets: keep it 0600 and out of version control.\n"
      "encryption_key: " +
      crypto::KeyRing::generate().reveal() +
      "\n"
      "google:\n"
      "  client_id: YOUR_CLIENT_ID\n"
      "  client_secret: YOUR_CLIENT_SECRET\n"
      "  redirect_uri: http://localhost:8000/oauth/callback\n"
      "storage:\n"
      "  type: sqlite\n"
      "  sqlite:\n"
      "    path: gmail_mcp.db\n";
  const auto written = ::write(file, text.data(), text.size());
  ::close(file);
  if (written != static_cast<ssize_t>(text.size())) {
    return report(Error{Errc::misconfigured, output + " could not be written whole."});
  }
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
