#pragma once

#include <string>
#include <utility>

#include "base/fair_share.h"
#include "mcp/bus.h"
#include "mcp/protocol.h"
#include "mcp/server.h"

namespace gmail_mcp::mcp {

/// A subscriptions/listen that was accepted: all that is kept of it while it waits for news. Must
/// not outlive the core that made it.
struct Listening {
  Listening(EventBus& bus, std::string shareholder) : news{bus, std::move(shareholder)} {}

  FairShare::Hold place;
  Subscription news;
  PrincipalPtr principal;
  const Revision* revision = nullptr;
  std::string id;               // of the request, as JSON text
  std::string acknowledgement;  // the first message
  bool is_over = false;         // nothing of what was asked for is told
};

}  // namespace gmail_mcp::mcp
