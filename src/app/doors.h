#pragma once

#include <memory>
#include <optional>

#include "app/program.h"
#include "app/session_memory.h"
#include "http/server.h"
#include "mcp/core.h"
#include "mcp/sse_legacy.h"
#include "mcp/streamable_http.h"
#include "surface/caller.h"
#include "surface/home_page.h"
#include "surface/mcp.h"
#include "surface/protected_resource.h"
#include "surface/sign_in_pages.h"
#include "surface/web.h"

namespace gmail_mcp::app {

/// Who may call, from the settings.
surface::DoorRules door_rules(const setup::Settings& settings);
surface::WebOptions web_options(const setup::Settings& settings);
/// Which sign-ins OAuth clients are told of.
surface::ProtectedResource protected_resource(const setup::Settings& settings);

/// The HTTP doors of a program: MCP, REST and pages behind one listener. Close before the program.
class Doors {
 public:
  /// Binds at once; throws misconfigured ("Port … is in use").
  Doors(boost::asio::io_context& loop, Program& program);

  std::uint16_t port() const { return server_->port(); }
  const surface::DoorRules& rules() const { return rules_; }
  bool reload_tls() { return server_->reload_tls(); }
  Task<void> close(std::chrono::milliseconds grace);

 private:
  void measure();

  Program& program_;
  surface::DoorRules rules_;
  surface::WebOptions web_;
  surface::ProtectedResource resource_;
  std::optional<surface::SignInPages> sign_in_;
  std::optional<surface::HomePage> home_;
  surface::McpOffer offer_;
  mcp::Core core_;
  std::unique_ptr<StoredSessions> session_memory_;  // null while the set-up is incomplete
  mcp::StreamableHttp mcp_;
  mcp::SseLegacy sse_;
  http::Router router_;
  std::shared_ptr<http::CallerShares> shares_;
  std::unique_ptr<http::Server> server_;
  operation::News::Listening listening_;
  operation::News::Listening sessions_listening_;
};

mcp::ServerInfo server_info();

}  // namespace gmail_mcp::app
