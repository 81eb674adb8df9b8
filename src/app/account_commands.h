#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "setup/load.h"
#include "surface/cli.h"

namespace gmail_mcp::app {

/// `gmail-mcp accounts …`. Each returns the exit status. A password is never an argument: everybody
/// on the machine can read those. It is asked for without echo, or read from stdin or a file.
int add_account(const surface::AddAccount& verb, setup::Loaded loaded, Clock& clock, Log& log);
int list_accounts(const surface::ListAccounts& verb, setup::Loaded loaded, Clock& clock, Log& log);
int delete_user(const surface::DeleteUser& verb, setup::Loaded loaded, Clock& clock, Log& log);
int remove_account(const surface::RemoveAccount& verb, setup::Loaded loaded, Clock& clock,
                   Log& log);

}  // namespace gmail_mcp::app
