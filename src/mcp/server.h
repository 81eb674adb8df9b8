#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/receipt.h"
#include "base/task.h"

/// A Model Context Protocol server library for all revisions. It does not know Gmail: the offered
/// tools come in as an `Offer`, the caller as an opaque `Principal`.
namespace gmail_mcp::mcp {

namespace json = boost::json;

/// The caller, as determined by the embedding program. The library only compares identities (a
/// session belongs to the principal of its `initialize`) and passes the object to the offer.
struct Principal {
  virtual ~Principal() = default;
  virtual std::string identity() const = 0;
  /// In whose share of what all callers use together they count: whoever has several identities has
  /// one share.
  virtual std::string shareholder() const { return identity(); }
};
using PrincipalPtr = std::shared_ptr<const Principal>;

struct Implementation {
  std::string name;
  std::string version;
  std::string title;
};

/// Notifications a running request may send to its caller. One thread.
class Progress {
 public:
  virtual ~Progress() = default;
  /// Sent only if the caller gave a progressToken. `progress` must grow.
  virtual Task<void> report(double progress, std::optional<double> total, std::string message) = 0;
  /// notifications/message, if the caller's level allows it.
  virtual Task<void> log(std::string level, json::value data) = 0;
  /// Lets go of the connection while the work goes on, where the client can come back for the rest
  /// (Streamable HTTP, 2025-11-25): it is told to do so after `retry`. Elsewhere it does nothing.
  virtual void close_stream(std::chrono::milliseconds retry) = 0;
  /// True when the transport knows by now that the caller has hung up. Not every transport cancels
  /// the calls of such a caller.
  virtual bool caller_is_gone() = 0;
};

/// A question to the client's side: a form for the person (elicitation/create), a sample of the
/// model (sampling/createMessage) or the client's folders (roots/list).
struct InputRequest {
  std::string key;     // names it among the questions of one answer
  std::string method;  // as above
  json::object params;
};

/// What a handler returns instead of a result when it needs answers first. The same request then
/// comes again, with `Context::answers` and `Context::state`. A modern client gets these as
/// `input_required`, a legacy one as requests of the server. A question whose capability the client
/// did not declare fails the request (MissingCapability), so a handler looks at the capabilities
/// first.
struct InputRequired {
  std::vector<InputRequest> requests;
  /// For the handler's next round: sealed by the library, not by the handler, and bound to the
  /// caller, the method and the arguments. It may come back more than once, so an effect that must
  /// happen once needs more than this. "": none.
  std::string state;
};

/// What a handler may know about its request: never sessions, headers or transports.
struct Context {
  PrincipalPtr principal;
  std::string protocol_version;
  json::object client_capabilities;
  std::string request_id;  // ours, for logs
  Progress* progress = nullptr;
  /// Results of the client by InputRequest::key. Written by the client, so nothing in them is
  /// certain: not their shape, nor that a person saw the question.
  json::object answers = {};
  std::string state = {};  // InputRequired::state of the last round; "" in the first

  /// Whether the client and its connection can show the person a form, or open a page for them. A
  /// page is answered as soon as the person agrees to open it, before they have done anything
  /// there.
  bool can_ask_by_form = false;
  bool can_ask_by_url = false;
};

/// One tool as listed: the JSON of the newest revision; older ones get only the fields they know.
struct ToolListing {
  std::string name;
  std::string title;
  std::string description;
  json::object input_schema;
  std::optional<json::object> output_schema;
  json::object annotations;  // readOnlyHint, destructiveHint, idempotentHint, openWorldHint
  json::object meta;
  json::array icons = {};  // {src, mimeType?, sizes?, theme?}: https or data
};

/// The result of a tool call. A failed call has only is_error and content. Without content the
/// text of the structured result becomes the content.
struct ToolResult {
  json::array content;
  std::string structured;  // the text of a JSON value; empty: none
  bool is_error = false;
  Receipt receipt = {};  // the transport reports here whether the answer was delivered
};

/// The end of one round of a request.
template <class Result>
using Round = std::variant<Result, InputRequired>;

struct ResourceListing {
  std::string uri;  // or the RFC 6570 template
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
  json::array icons = {};
};

struct ResourceContents {
  std::string uri;
  std::string mime_type;
  std::string text;  // or
  std::string blob;  // raw bytes; base64 is made here
  bool is_blob = false;
  Receipt receipt = {};  // as in ToolResult
};

struct PromptArgument {
  std::string name;
  std::string description;
  bool required = false;
};

struct PromptListing {
  std::string name;
  std::string title;
  std::string description;
  std::vector<PromptArgument> arguments;
  json::array icons = {};
};

struct PromptResult {
  std::string description;
  json::array messages;
};

struct CompletionRequest {
  std::string kind;  // "prompt" or "resource"
  std::string name;  // prompt name or uri template
  std::string argument;
  std::string value;
  json::object context;  // as sent: {"arguments": {name: value}} of the arguments filled in so far
};

struct CompletionResult {
  std::vector<std::string> values;  // at most 100 are sent
  std::optional<std::int64_t> total;
};

/// Everything that the server offers. Thrown Errors become protocol errors: not_found → unknown
/// tool, prompt or resource; invalid_argument → bad parameters; anything else → internal, with the
/// sentence. Failures of a tool itself are a ToolResult with is_error. Lists may depend on the
/// principal. `forbidden` with Error::missing_scope, thrown before anything happens, says that the
/// credential lacks these scopes: over Streamable HTTP the client is told so by the status and
/// WWW-Authenticate (RFC 6750 §3.1), and can ask the person for more.
///
/// Whatever returns InputRequired is called again with the answers. A modern client sends the
/// arguments again. For a legacy one they are what the handler left of them, so one that needs them
/// again does not clear them.
class Offer {
 public:
  virtual ~Offer() = default;

  /// Must not change for one `list_key(principal)` while the program runs; built once and cached as
  /// bytes.
  virtual std::vector<ToolListing> tools(const Principal& principal) = 0;
  virtual std::string list_key(const Principal& principal) = 0;
  /// The arguments belong to the message and outlive the call. Once they are read they may be
  /// cleared, which frees the memory of long ones.
  virtual Task<Round<ToolResult>> call_tool(Context& context, std::string name,
                                            json::object& arguments) = 0;

  virtual std::vector<ResourceListing> resources(const Principal& principal) = 0;
  virtual std::vector<ResourceListing> resource_templates(const Principal& principal) = 0;
  virtual Task<Round<std::vector<ResourceContents>>> read_resource(Context& context,
                                                                   std::string uri) = 0;
  /// Throws not_found or forbidden when this principal may not watch `uri`.
  virtual Task<void> check_subscription(Context& context, std::string uri) = 0;

  virtual std::vector<PromptListing> prompts(const Principal& principal) = 0;
  virtual Task<Round<PromptResult>> get_prompt(Context& context, std::string name,
                                               json::object arguments) = 0;
  virtual Task<CompletionResult> complete(Context& context, CompletionRequest request) = 0;

  /// Whether this principal may learn that `uri` changed. Asked at delivery.
  virtual bool may_see(const Principal& principal, const std::string& uri) = 0;

  /// Whether the credential of this principal still counts. Asked while a stream outlives the
  /// request that showed it; the stream ends when not, at the next sign of life at the latest.
  virtual bool still_admits(const Principal& /*principal*/) { return true; }
};

/// Thrown by a handler that needs a capability which the client did not declare.
struct MissingCapability : Error {
  explicit MissingCapability(json::object required_capabilities)
      : Error{Errc::unsupported, "The client lacks a capability that is needed for this."},
        required(std::move(required_capabilities)) {}

  json::object required;  // ClientCapabilities: {"sampling": {}}
};

/// Which families of methods are served. A family that is off is not announced, and its methods do
/// not exist.
struct Families {
  bool tools = true;
  bool resources = true;
  bool prompts = true;
  bool completions = true;
  bool logging = true;  // for offers that use Progress::log
};

/// Which lists may change while the server runs. Clients are told (`listChanged`), and only of
/// these EventBus::publish_list_changed tells anybody. A list that only differs from caller to
/// caller does not change.
struct ChangingLists {
  bool tools = true;
  bool resources = true;
  bool prompts = true;
};

struct ServerInfo {
  Implementation implementation;
  std::string instructions;
  Families families = {};
  ChangingLists changing = {};
};

struct Limits {
  std::size_t body_bytes = std::size_t{36} << 20;
  std::size_t sessions = 20'000;         // in memory; others are opened again when they are used
  std::size_t sessions_of_one = 10'000;  // of one shareholder, so that others find room
  std::size_t kept_events = std::size_t{32} << 20;        // bytes, for clients that lost a stream
  std::size_t kept_events_of_one = std::size_t{8} << 20;  // shareholder
  std::size_t listens = 20'000;
  std::size_t listens_of_one = 10'000;
  std::size_t json_depth = 64;
  std::size_t json_values =
      200'000;              // of one message: a value takes more memory than bytes on the wire
  std::size_t batch = 100;  // messages (2025-03-26)
  std::size_t subscriptions = 256;                     // URIs watched by one session or listen
  std::size_t watched_bytes = std::size_t{128} << 20;  // that watched URIs take, of all
  std::size_t watched_bytes_of_one = std::size_t{32} << 20;  // shareholder, in all sessions
  std::size_t stdio_requests = 1'024;                        // running at once
  std::size_t sse_streams = 2'000;       // of HTTP+SSE: each is a session with its connection
  std::size_t sse_streams_of_one = 500;  // of one shareholder, so that others find room
  std::size_t sse_requests = 64;         // running at once in one of them
  std::size_t sse_queued_bytes = std::size_t{4} << 20;  // for a client that does not read
  std::chrono::seconds sse_silence{60};    // a stream ends when nothing is posted for so long
  std::size_t rounds = 8;                  // of questions in one request of a legacy client
  std::size_t questions_of_round = 16;     // to the client at once
  std::size_t waiting_calls = 4'096;       // of legacy clients, for answers
  std::size_t waiting_calls_of_one = 256;  // of one shareholder, so that others find room
  std::size_t answer_bytes = std::size_t{1} << 20;  // of one answer of a legacy client
  std::chrono::seconds answer_wait{600};            // of a legacy call, for one round of answers
  std::chrono::seconds state_life{600};             // of a requestState
  std::chrono::seconds session_idle{3'600};
  std::chrono::seconds keep_alive{15};    // comment lines on open streams
  std::chrono::seconds max_runtime{120};  // of one request, without waiting for answers
};

}  // namespace gmail_mcp::mcp
