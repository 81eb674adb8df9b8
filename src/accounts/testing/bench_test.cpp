#include "accounts/testing/bench.h"
#include "store/testing/test_store.h"

// Not a test but what the tests of this folder share: only a test may open a database here.
namespace gmail_mcp::accounts::testing {

namespace {

crypto::KeyRing new_keys() {
  std::vector<Secret> keys{crypto::KeyRing::generate()};
  return crypto::KeyRing::parse(keys).value();
}

}  // namespace

Bench::Bench(std::string path) : database{std::move(path)}, keys{new_keys()} {
  store = open_again();
}

std::unique_ptr<store::Store> Bench::open_again() {
  sql::SqliteOptions options;
  options.path = database;
  return store::testing::TestStore{clock, *log, std::move(options)}.take();
}

model::User Bench::user(const std::string& name) {
  return run(store->users().get_or_create(everybody(), model::ExternalUserId{name}));
}

store::NewCredential Bench::credential(const std::string& name, const std::string& access_token,
                                       const std::string& refresh_token,
                                       std::chrono::seconds token_life) {
  store::NewCredential made;
  made.user_id = user(name).id;
  made.gmail_address = name + "@gmail.com";
  made.scopes = {"https://www.googleapis.com/auth/gmail.modify"};
  made.google_sub = "sub-" + name;
  made.ciphertexts.access_token = keys.encrypt(access_token);
  if (!refresh_token.empty()) made.ciphertexts.refresh_token = keys.encrypt(refresh_token);
  made.token_expires_at = clock.now() + token_life;
  return made;
}

model::Connection Bench::connect(const std::string& name, std::chrono::seconds token_life) {
  auto fresh = credential(name, "access-old", "refresh-old", token_life);
  return run(store->connections().save(everybody(), std::move(fresh)));
}

store::StoredCredential Bench::stored(const model::ConnectionId& id) {
  return run(store->connections().credential(everybody(), id)).value();
}

std::string Bench::open(const std::string& ciphertext) const {
  return ciphertext.empty() ? "" : keys.decrypt(ciphertext).value().reveal();
}

}  // namespace gmail_mcp::accounts::testing
