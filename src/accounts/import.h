#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "crypto/fernet.h"
#include "model/connection.h"
#include "store/foreign_account.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// The result for one account of another program.
enum class ImportOutcome {
  imported,
  without_refresh_token,  // imported; when its token expires, the person must connect again
  already_here,           // the same user has that address here: nothing was changed
  was_disconnected,       // in the other program, and it stays so
  unreadable,             // no key opens what is stored
  refused,                // its user or address is not valid
};
std::string_view to_string(ImportOutcome outcome);

struct Imported {
  std::string user;
  std::string address;
  std::string old_id;
  model::ConnectionId id;  // empty: none; the old one where it can be kept
  ImportOutcome outcome = ImportOutcome::imported;
};

/// Imports what another program stored: decrypted with `theirs`, encrypted with `ours`. Asks
/// neither Google nor a mail server, and can be repeated. `dry_run` only returns what would be
/// done.
Task<std::vector<Imported>> import_accounts(store::Store& store, const crypto::KeyRing& theirs,
                                            const crypto::KeyRing& ours,
                                            std::vector<store::ForeignAccount> accounts,
                                            bool dry_run);

}  // namespace gmail_mcp::accounts
