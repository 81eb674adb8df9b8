#pragma once

#include <string>
#include <vector>

#include "mail/archive.h"
#include "mail/watch.h"
#include "mcp/bus.h"
#include "operation/news.h"
#include "setup/settings.h"

namespace gmail_mcp::app {

/// The resources that have changed, as clients write their URIs.
std::vector<std::string> changed_resources(const model::MailboxNews& news);

/// Tells the MCP clients that watch one of them.
void publish(mcp::EventBus& bus, const model::MailboxNews& news);

/// The clients of a bus, which outlives this, hear all news that they watch.
operation::News::Listener clients_of(mcp::EventBus& bus);

/// Whether mail of this connection is archived without a request.
bool is_archived_unasked(const model::Connection& connection, setup::OauthArchive oauth);

mail::WatchOptions watch_options(const setup::MailSettings& settings);

}  // namespace gmail_mcp::app
