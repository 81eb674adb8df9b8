#include "mcp/classify.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "crypto/base64.h"

namespace gmail_mcp::mcp {

namespace {

constexpr std::string_view version_header = "MCP-Protocol-Version";
constexpr std::string_view method_header = "Mcp-Method";
constexpr std::string_view name_header = "Mcp-Name";

const json::object* meta_of(const json::object& params) {
  const auto* value = params.if_contains("_meta");
  return value ? value->if_object() : nullptr;
}

const json::value* meta_member(const json::object& params, std::string_view name) {
  const auto* members = meta_of(params);
  return members ? members->if_contains(name) : nullptr;
}

const std::string_view* as_text(const json::value* value, std::string_view& storage) {
  if (!value || !value->is_string()) return nullptr;
  storage = value->get_string();
  return &storage;
}

bool is_legacy(std::string_view version) {
  const auto* revision = find_revision(version);
  return revision && revision->era == Era::legacy;
}

// Any string that is not a known old revision counts as modern, so that nonsense gets the modern
// answer, which lists the supported revisions.
bool names_modern(const http::Headers* headers) {
  const auto* version = headers ? headers->find(version_header) : nullptr;
  return version && !is_legacy(trim(*version));
}

// nullptr: the message names no version. A version that is not a string is a faulty modern one.
const json::value* claimed_version(const Message& message) {
  return meta_member(message.params, meta::protocol_version);
}

bool claims_modern(const Message& message) {
  const auto* claim = claimed_version(message);
  std::string_view version;
  return claim && (!as_text(claim, version) || !is_legacy(version));
}

bool has_modern_envelope(const Message& message) {
  std::string_view version;
  const auto* capabilities = meta_member(message.params, meta::client_capabilities);
  return as_text(claimed_version(message), version) && !is_legacy(version) && capabilities &&
         capabilities->is_object();
}

Reject refuse(const Message& message, RpcCode code, std::string sentence,
              json::value data = nullptr) {
  return {400, {code, std::move(sentence), std::move(data)}, message.id};
}

std::optional<Reject> check_envelope(const Message& message) {
  const auto bad = [&](std::string sentence) {
    return refuse(message, RpcCode::invalid_params, std::move(sentence));
  };
  if (!meta_of(message.params)) {
    return bad("params._meta must be an object with " + std::string{meta::protocol_version} +
               " and " + std::string{meta::client_capabilities} + ".");
  }
  const auto* version = claimed_version(message);
  if (!version || !version->is_string()) {
    return bad("params._meta lacks " + std::string{meta::protocol_version} + ", a string.");
  }
  const auto* capabilities = meta_member(message.params, meta::client_capabilities);
  if (!capabilities || !capabilities->is_object()) {
    return bad("params._meta lacks " + std::string{meta::client_capabilities} + ", an object.");
  }
  if (const auto* level = meta_member(message.params, meta::log_level)) {
    std::string_view text;
    if (!as_text(level, text) || !parse_severity(text)) {
      return bad(std::string{meta::log_level} + " is not a log level.");
    }
  }
  if (const auto* token = meta_member(message.params, "progressToken")) {
    if (!token->is_string() && !token->is_int64() && !token->is_uint64()) {
      return bad("The progressToken must be a string or an integer.");
    }
  }
  return std::nullopt;
}

std::optional<Reject> check_header(const Message& message, const http::Headers& headers,
                                   std::string_view header, std::string_view body, bool encoded) {
  const auto mismatch = [&](std::string_view what) {
    return refuse(message, RpcCode::header_mismatch, std::string{header} + std::string{what});
  };
  const auto* sent = headers.find(header);
  if (!sent) return mismatch(" is missing.");
  if (headers.count(header) > 1) return mismatch(" is sent more than once.");
  const auto text = trim(*sent);
  if (text == body && !(encoded && text.starts_with("=?"))) return std::nullopt;
  const auto value = encoded ? decode_header_value(text) : std::string{text};
  if (!value) return mismatch(" is not well encoded.");
  if (*value != body) return mismatch(" does not say what the body says.");
  return std::nullopt;
}

std::optional<Reject> check_routing(const Message& message, const http::Headers& headers) {
  if (auto bad = check_header(message, headers, method_header, message.method, false)) return bad;
  const auto* rule = find_method(message.method);
  if (!rule || rule->named_by.empty()) return std::nullopt;
  std::string_view name;
  // A request without the member fails later for its parameters; there is nothing to compare.
  if (!as_text(message.params.if_contains(rule->named_by), name)) return std::nullopt;
  return check_header(message, headers, name_header, name, true);
}

// The checks of a modern request, in the order that clients and the conformance suite rely on.
Verdict judge_modern(Message message, const http::Headers* headers) {
  if (auto bad = check_envelope(message)) return std::move(*bad);
  std::string_view version;
  as_text(claimed_version(message), version);
  if (headers) {
    if (auto bad = check_header(message, *headers, version_header, version, false)) {
      return std::move(*bad);
    }
  }
  const auto* revision = find_revision(version);
  if (!revision || revision->era != Era::modern) {
    json::object data{{"supported", modern_versions()}, {"requested", version}};
    return refuse(message, RpcCode::unsupported_version,
                  "This revision of the protocol is not supported without a session.",
                  std::move(data));
  }
  if (headers) {
    if (auto bad = check_routing(message, *headers)) return std::move(*bad);
  }

  auto& envelope = message.params.at("_meta").get_object();
  std::optional<Severity> log_level;
  std::string_view text;
  if (as_text(envelope.if_contains(meta::log_level), text)) log_level = parse_severity(text);
  auto capabilities = std::move(envelope.at(meta::client_capabilities).get_object());
  return Modern{std::move(message), Envelope{revision, std::move(capabilities), log_level}};
}

Verdict judge_batch(json::array& elements, SessionFact session, std::size_t limit) {
  const auto refused = [](std::string sentence) {
    return Reject{400, {RpcCode::invalid_request, std::move(sentence)}, {}};
  };
  if (elements.empty()) return refused("The batch is empty.");
  if (elements.size() > limit) {
    return refused("The batch has more than " + std::to_string(limit) + " messages.");
  }
  // For a batch that names a lost session the answer says so: the client must initialize again.
  const bool lost_session = session.named && !session.revision;
  if (!lost_session && !(session.revision && session.revision->batches)) {
    return refused("This revision of the protocol has no batches: send one message at a time.");
  }
  Legacy legacy{{}, true};
  for (auto& element : elements) {
    auto read = read_message(std::move(element));
    if (const auto* message = std::get_if<Message>(&read)) {
      if (claimed_version(*message)) return refused("A batch holds no self-contained requests.");
      if (message->method == "initialize") return refused("initialize is sent alone.");
    }
    legacy.messages.push_back(std::move(read));
  }
  return legacy;
}

Legacy alone(Message message) {
  Legacy legacy;
  legacy.messages.emplace_back(std::move(message));
  return legacy;
}

Verdict judge_initialize(Message message, const http::Headers* headers) {
  if (has_modern_envelope(message)) return judge_modern(std::move(message), headers);
  if (names_modern(headers)) {
    return refuse(message, RpcCode::header_mismatch,
                  std::string{version_header} + " names a revision without initialize.");
  }
  return alone(std::move(message));
}

}  // namespace

Verdict classify(json::value message, const http::Headers* headers, SessionFact session,
                 std::size_t batch_limit) {
  if (auto* elements = message.if_array()) return judge_batch(*elements, session, batch_limit);
  auto read = read_message(std::move(message));
  if (auto* bad = std::get_if<BadMessage>(&read)) {
    return Reject{400, std::move(bad->failure), std::move(bad->id)};
  }
  auto& parsed = std::get<Message>(read);

  if (parsed.kind == Message::Kind::response) {
    if (session.revision || session.named) return alone(std::move(parsed));
    return Reject{
        400,
        {RpcCode::invalid_request, "This server sent no request, so it expects no response."},
        {}};
  }
  if (parsed.kind == Message::Kind::notification) {
    const bool modern = claimed_version(parsed) ? claims_modern(parsed) : names_modern(headers);
    if (!modern) return alone(std::move(parsed));
    return Modern{std::move(parsed), {}};
  }
  if (parsed.method == "initialize") return judge_initialize(std::move(parsed), headers);

  if (claimed_version(parsed)) {
    if (!claims_modern(parsed) && session.revision) return alone(std::move(parsed));
    return judge_modern(std::move(parsed), headers);
  }
  // Without a version in the message the header decides; without either, a method that only modern
  // revisions have is a modern request without its envelope, and is answered so.
  const auto* rule = find_method(parsed.method);
  const bool only_modern = rule && rule->modern && !rule->legacy && !session.revision;
  if (names_modern(headers) || only_modern) return judge_modern(std::move(parsed), headers);
  return alone(std::move(parsed));
}

bool names_discovery(const http::Headers& headers) {
  const auto* named = headers.find(method_header);
  const auto* rule = named != nullptr ? find_method(trim(*named)) : nullptr;
  return rule != nullptr && rule->method == Method::discover;
}

std::optional<std::string> decode_header_value(std::string_view value) {
  constexpr std::string_view opening = "=?base64?";
  constexpr std::string_view closing = "?=";
  if (!value.starts_with(opening) || !value.ends_with(closing) ||
      value.size() < opening.size() + closing.size()) {
    return std::string{value};
  }
  value.remove_prefix(opening.size());
  value.remove_suffix(closing.size());
  auto text = crypto::base64_decode_strict(value);
  if (text && !is_valid_utf8(*text)) return std::nullopt;
  return text;
}

}  // namespace gmail_mcp::mcp
