#pragma once

#include <string>
#include <vector>

#include "mail/archive.h"
#include "mail/watch.h"
#include "mcp/bus.h"
#include "setup/settings.h"
#include "store/store.h"

namespace gmail_mcp::app {

/// The resources that are not what they were, as clients spell their URIs.
std::vector<std::string> changed_resources(const mail::MailboxNews& news);

/// Tells the MCP clients that watch one of them.
void publish(mcp::EventBus& bus, const mail::MailboxNews& news);

/// Follows every App-Password account, and the OAuth connections whose archive is switched on. What
/// it is given outlives it.
mail::Watched archived_mailboxes(store::Store& store, mail::Archive& archive, mail::OpenFeed open);

mail::WatchOptions watch_options(const setup::MailSettings& settings);

}  // namespace gmail_mcp::app
