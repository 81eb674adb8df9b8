#pragma once

#include <functional>
#include <map>
#include <memory>

#include "mail/feed.h"
#include "mail/mailbox.h"
#include "model/connection.h"

namespace gmail_mcp::mail {

/// How accounts of one kind of connection are opened, without I/O: a row of src/app/backends.cpp.
/// Both throw misconfigured if this server does not offer the kind.
struct Backend {
  std::function<std::unique_ptr<Mailbox>(const model::Connection&)> open_mailbox;
  OpenFeed open_feed;
};

using Backends = std::map<model::ConnectionKind, Backend>;

}  // namespace gmail_mcp::mail
