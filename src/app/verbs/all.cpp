#include "app/verbs/all.h"

namespace gmail_mcp::app {

std::vector<Verb> all_verbs() {
  std::vector<Verb> all{verbs::serve(), verbs::sandbox(), verbs::tool(), verbs::connect()};
  for (auto group : {verbs::connections, verbs::accounts, verbs::users, verbs::sign_ins,
                     verbs::tokens, verbs::keys}) {
    for (auto& one : group()) all.push_back(std::move(one));
  }
  for (auto verb : {verbs::health, verbs::validate, verbs::migrate, verbs::init, verbs::import,
                    verbs::backup, verbs::restore, verbs::export_, verbs::keygen}) {
    all.push_back(verb());
  }
  return all;
}

}  // namespace gmail_mcp::app
