#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/fair_share.h"
#include "base/log.h"
#include "http/message.h"
#include "mcp/bus.h"
#include "mcp/classify.h"
#include "mcp/codec.h"
#include "mcp/protocol.h"
#include "mcp/server.h"
#include "mcp/session.h"
#include "mcp/tool_lists.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

/// A request that has passed the checks of its transport. Built from the envelope (modern) or the
/// session (legacy); from here on only `revision` tells which. The message's params live in the
/// transport's memory, which outlives the call.
struct Call {
  Message message;
  const Revision* revision = nullptr;  // nullptr: legacy, before `initialize`
  PrincipalPtr principal;
  json::object client_capabilities;
  std::optional<Severity> log_level;
  SessionPtr session;        // legacy; filled in by `initialize`
  Outlet* outlet = nullptr;  // borrowed until the call is answered
};

Call modern_call(Message message, const Envelope& envelope, PrincipalPtr principal, Outlet& outlet);
Call legacy_call(Message message, SessionPtr session, PrincipalPtr principal, Outlet& outlet);

/// A whole JSON-RPC answer. The transport calls `receipt.delivered()` once the text was handed to
/// the client's connection while that was intact; otherwise it drops the answer.
struct Answer {
  std::string text;
  int http_status = 200;
  bool failed = false;
  Receipt receipt = {};
};

/// The protocol without its transports: every method, for one `Offer`. One for each thread.
class Core {
 public:
  Core(Offer& offer, ServerInfo info, Limits limits, Log& log);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  EventBus& bus() { return bus_; }
  const Limits& limits() const { return limits_; }
  Offer& offer() { return offer_; }
  /// How many subscriptions/listen each caller has.
  const FairShare& listens() const { return listens_; }

  /// Answers requests that need no waiting: lists, handshakes, refusals. nullopt: call `handle`.
  std::optional<Answer> answer_now(Call& call);

  /// Answers any request. Throws only when cancelled. A subscriptions/listen runs until it is
  /// cancelled or the bus closes.
  Task<Answer> handle(Call call);

  /// Before tools/call over modern HTTP: do Mcp-Param-* headers repeat the arguments?
  std::optional<Answer> check_param_headers(const Call& call, const http::Headers& headers);

  static Answer refusal(const Call& call, Failure failure);

 private:
  using Admitted = std::variant<Method, Answer>;

  Admitted admit(const Call& call) const;
  const Codec& codec(const Revision& revision) const;
  std::optional<std::string> result_now(Method method, Call& call);
  Task<std::string> result_later(Method method, Call& call, Receipt& receipt);
  Answer failed(const Call& call, Method method, const std::exception_ptr& thrown);

  std::string initialize(Call& call);
  std::string set_level(Call& call);
  Task<std::string> call_tool(Call& call, Context& context, Receipt& receipt);
  Task<std::string> read_resource(Call& call, Context& context, Receipt& receipt);
  Task<std::string> subscribe(Call& call, Context& context);
  std::string unsubscribe(Call& call);
  Task<std::string> get_prompt(Call& call, Context& context);
  Task<std::string> complete(Call& call, Context& context);
  Task<std::string> listen(Call& call, Context& context);

  Offer& offer_;
  ServerInfo info_;
  Limits limits_;
  Log& log_;
  EventBus bus_;
  ToolLists tool_lists_;
  std::vector<Codec> codecs_;  // in the order of revisions()
  std::string request_prefix_;
  std::uint64_t requests_ = 0;
  FairShare listens_;
};

}  // namespace gmail_mcp::mcp
