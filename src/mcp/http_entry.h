#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "crypto/sealer.h"
#include "http/server.h"
#include "mcp/http_gate.h"
#include "mcp/json_arena.h"
#include "mcp/jsonrpc.h"
#include "mcp/server.h"
#include "mcp/session_memory.h"

namespace gmail_mcp::mcp {

/// Finds out who calls, from the head of the request alone, before a byte of the body is read.
/// Throws Error.
using Authenticate = std::function<Task<PrincipalPtr>(const http::RequestHead&)>;

/// For servers that ask for no credential: every request is of the one caller with this identity.
Authenticate one_caller(std::string identity);

struct HttpOptions {
  /// The answer to callers who are refused before the protocol begins; adds WWW-Authenticate, which
  /// may depend on whether a credential was sent.
  std::function<http::Response(const Error&, const http::RequestHead&)> error_answer =
      default_error_answer;
  SourceRule may_ask = default_source_rule();
  WorkPool* work_pool = nullptr;  // parses long bodies; nullptr: the loop does

  // Of Streamable HTTP. With both, sessions outlive the process and are known to every process with
  // the same keys and the same memory; without a sealer they end with it.
  std::optional<crypto::Sealer> session_sealer = {};
  SessionMemory* session_memory = nullptr;  // borrowed; nullptr: one of this process
};

/// Who asks to be let in. With neither of the two, the request is answered already.
struct Entrant {
  PrincipalPtr principal;
  /// Whose credential it is cannot be found out now, because of a database that does not answer,
  /// for example. What needs no caller can be answered nevertheless.
  std::optional<Error> unknown_now;
};

/// The checks and refusals that all transports over HTTP share. One thread.
class HttpEntry {
 public:
  HttpEntry(Authenticate authenticate, HttpOptions options)
      : authenticate_{std::move(authenticate)}, options_{std::move(options)} {}

  /// Checks Host, Origin and credential. nullptr: refused and already answered.
  Task<PrincipalPtr> admit(http::Exchange& exchange);
  /// The same, without answering a caller who is unknown now.
  Task<Entrant> look_at(http::Exchange& exchange);
  /// The JSON text of a POST. nullopt: refused and already answered.
  Task<std::optional<json::value>> read_json(http::Exchange& exchange, const Limits& limits,
                                             json::storage_ptr storage);

  Task<void> answer_error(http::Exchange& exchange, const Error& error);
  Task<void> refuse(http::Exchange& exchange, int status, Failure failure, std::string id = {});
  Task<void> refuse_method(http::Exchange& exchange, std::string_view allowed);

 private:
  Authenticate authenticate_;
  HttpOptions options_;
};

Failure invalid_request(std::string sentence);

}  // namespace gmail_mcp::mcp
