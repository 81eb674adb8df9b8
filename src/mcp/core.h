#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/fair_share.h"
#include "base/log.h"
#include "http/message.h"
#include "mcp/bus.h"
#include "mcp/classify.h"
#include "mcp/codec.h"
#include "mcp/listening.h"
#include "mcp/protocol.h"
#include "mcp/questions.h"
#include "mcp/request_state.h"
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
  /// Legacy: whether requests to the client can go out beside this call.
  bool may_ask = false;
  ClientTime* client_time = nullptr;  // borrowed like the outlet; may be nullptr
  /// Modern: of a request during which the client might be asked, before a handler empties it.
  std::optional<StateBinding> binding = {};
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
  /// The caller's credential lacks a scope. Over Streamable HTTP this is the whole answer, as
  /// HttpOptions::error_answer writes it; other transports send `text`.
  std::optional<Error> challenge = {};
};

/// The protocol without its transports: every method, for one `Offer`. One for each thread.
class Core {
 public:
  struct Options {
    /// For requestState. Several processes that serve the same clients need the same key; without
    /// one it lasts as long as the core.
    std::optional<crypto::Sealer> states;
    WorkPool* work_pool = nullptr;  // hashes long arguments; nullptr: the loop does
  };

  Core(Offer& offer, ServerInfo info, Limits limits, const Clock& clock, Log& log, Options options);
  Core(Offer& offer, ServerInfo info, Limits limits, const Clock& clock, Log& log);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  EventBus& bus() { return bus_; }
  const Limits& limits() const { return limits_; }
  Offer& offer() { return offer_; }
  /// How many subscriptions/listen each caller has.
  const FairShare& listens() const { return listens_; }
  /// How many calls of each legacy caller wait for the client's answers.
  const FairShare& waiting_calls() const { return waiting_; }

  /// Answers requests that need no waiting: lists, handshakes, refusals. nullopt: call `handle`.
  std::optional<Answer> answer_now(Call& call);

  /// Answers what is the same for everybody and needs no caller: server/discover. nullopt: it is
  /// something else.
  std::optional<Answer> answer_anyone(const Message& message, const Envelope& envelope);

  /// Answers any request. Throws only when cancelled. A subscriptions/listen runs until it is
  /// cancelled or the bus closes.
  Task<Answer> handle(Call call);

  /// For a transport that tells the news of a subscriptions/listen itself: begins it, or refuses.
  /// Throws only when cancelled.
  using BegunListening = std::variant<Answer, std::unique_ptr<Listening>>;
  Task<BegunListening> begin_listening(Call call);
  /// The next notification for it; nullopt: none yet.
  std::optional<std::string> next_news(Listening& listening);
  /// The answer that ends it.
  std::string end_of(const Listening& listening) const;

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

  // Questions to the client: core_rounds.cpp.
  static void see_abilities(const Call& call, Context& context);
  static bool is_later_round(const Call& call);
  static bool may_get_a_state(const Call& call, const Context& context);
  Task<void> read_round(Call& call, Context& context);
  Task<StateBinding> binding_of(const Call& call);
  /// The answer that asks a modern client; nullopt once a legacy one has answered.
  Task<std::optional<std::string>> ask(Call& call, Context& context, InputRequired asked,
                                       std::size_t round);
  Task<std::string> ask_by_result(Call& call, InputRequired asked);
  Task<json::object> answers_to(Call& call, std::vector<InputRequest> requests);
  std::string tool_failure(const Call& call, const Error& error) const;

  std::string initialize(Call& call);
  std::string set_level(Call& call);
  Task<std::string> call_tool(Call& call, Context& context, Receipt& receipt);
  Task<std::string> read_resource(Call& call, Context& context, Receipt& receipt);
  Task<std::string> subscribe(Call& call, Context& context);
  std::string unsubscribe(Call& call);
  Task<std::string> get_prompt(Call& call, Context& context);
  Task<std::string> complete(Call& call, Context& context);
  Task<std::string> listen(Call& call, Context& context);
  Task<std::unique_ptr<Listening>> begin_listening_in(Call& call, Context& context);

  Offer& offer_;
  ServerInfo info_;
  Limits limits_;
  Log& log_;
  EventBus bus_;
  ToolLists tool_lists_;
  std::vector<Codec> codecs_;  // in the order of revisions()
  std::string request_prefix_;
  std::uint64_t requests_ = 0;
  std::uint64_t asked_ = 0;
  FairShare listens_;
  RequestStates states_;
  WorkPool* work_pool_;
  const Clock& clock_;
  FairShare waiting_;
};

}  // namespace gmail_mcp::mcp
