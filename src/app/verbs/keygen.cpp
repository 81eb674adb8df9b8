#include <iostream>

#include "app/verbs/all.h"
#include "crypto/fernet.h"

namespace gmail_mcp::app {

namespace {

int print_key(const Words&) {
  std::cout << crypto::KeyRing::generate().reveal() << '\n';
  return 0;
}

}  // namespace

Verb verbs::keygen() {
  return {.path = "keygen",
          .help = "Print a new encryption key",
          .run = print_key,
          .reads_settings = false};
}

}  // namespace gmail_mcp::app
