#include <iostream>

#include "app/verbs/all.h"
#include "crypto/fernet.h"

namespace gmail_mcp::app {

Verb verbs::keygen() {
  const auto run = [](const Words&) {
    std::cout << crypto::KeyRing::generate().reveal() << '\n';
    return 0;
  };
  return {
      .path = "keygen", .help = "Print a new encryption key", .run = run, .reads_settings = false};
}

}  // namespace gmail_mcp::app
