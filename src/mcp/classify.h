#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "http/message.h"
#include "mcp/protocol.h"

namespace gmail_mcp::mcp {

/// Decides which era a message belongs to and whether it can be served. Pure: the message, its HTTP
/// headers and the facts of its session go in, a verdict comes out. Nothing is inferred from
/// earlier messages except through the session.

/// What the transport found under Mcp-Session-Id (or, over stdio, in the process).
struct SessionFact {
  const Revision* revision = nullptr;  // nullptr: no such session
  bool named = false;                  // the message named one, found or not
};

/// What a modern request says about itself in `_meta`.
struct Envelope {
  const Revision* revision = nullptr;  // nullptr in notifications, which need not name it
  json::object client_capabilities;    // in the message's memory, like its params
  std::optional<Severity> log_level;
};

struct Modern {
  Message message;  // a request or a notification
  Envelope envelope;
};

struct Legacy {
  std::vector<std::variant<Message, BadMessage>> messages;  // one, unless `batch`
  bool batch = false;
};

struct Reject {
  int http_status = 400;
  Failure failure;
  std::string id;  // JSON text; empty if unknown
};

using Verdict = std::variant<Modern, Legacy, Reject>;

/// `headers` is null when there are none (stdio). `batch_limit`: messages in an array.
Verdict classify(json::value message, const http::Headers* headers, SessionFact session,
                 std::size_t batch_limit = 100);

/// Whether the headers say that the body is a server/discover. The body may say otherwise.
bool names_discovery(const http::Headers& headers);

/// The value of an Mcp-Name or Mcp-Param-* header: `=?base64?…?=` is decoded, strictly; anything
/// else stays as it is. nullopt: broken encoding.
std::optional<std::string> decode_header_value(std::string_view value);

}  // namespace gmail_mcp::mcp
