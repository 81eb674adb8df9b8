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

/// Follows every App-Password account, and the OAuth connections whose archive is switched on, by
/// the setting or one by one. What it is given outlives it.
mail::Watched archived_mailboxes(store::Store& store, mail::Archive& archive, mail::OpenFeed open,
                                 setup::OauthArchive oauth);

/// Whether mail of this connection is archived without anybody asking for it.
bool is_archived_unasked(const model::Connection& connection, setup::OauthArchive oauth);

/// Erases what was archived of OAuth connections: none is to be kept.
Task<void> erase_oauth_archives(store::Store& store, mail::Archive& archive);

mail::WatchOptions watch_options(const setup::MailSettings& settings);

}  // namespace gmail_mcp::app
