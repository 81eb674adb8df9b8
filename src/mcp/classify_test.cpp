#include "mcp/classify.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace gmail_mcp::mcp {
namespace {

// The verdict on a message in a word or two: "modern", "legacy", "batch of 2", or the refusal "400
// -32602".
std::string verdict_on(std::string_view message, const http::Headers* headers,
                       SessionFact session) {
  auto verdict = classify(json::parse(message), headers, session);
  if (std::holds_alternative<Modern>(verdict)) return "modern";
  if (const auto* legacy = std::get_if<Legacy>(&verdict)) {
    return legacy->batch ? "batch of " + std::to_string(legacy->messages.size()) : "legacy";
  }
  const auto& reject = std::get<Reject>(verdict);
  return std::to_string(reject.http_status) + " " +
         std::to_string(static_cast<int>(reject.failure.code));
}

constexpr const char* modern = "2026-07-28";
const std::string capabilities = R"("io.modelcontextprotocol/clientCapabilities":{})";

std::string claim(const std::string& version) {
  return R"("io.modelcontextprotocol/protocolVersion":")" + version + '"';
}

std::string request(const std::string& method, const std::string& meta = {},
                    const std::string& params = {}) {
  std::string text = R"({"jsonrpc":"2.0","id":1,"method":")" + method + '"';
  std::string members = params;
  if (!meta.empty())
    members += std::string{members.empty() ? "" : ","} + R"("_meta":{)" + meta + "}";
  if (!members.empty()) text += R"(,"params":{)" + members + "}";
  return text + "}";
}

std::string notification(const std::string& meta = {}) {
  auto text = request("notifications/cancelled", meta);
  return text.replace(text.find(R"("id":1,)"), 7, "");
}

const std::string envelope = claim(modern) + "," + capabilities;

struct Claim {
  std::string title;
  std::string message;
  http::Headers headers;
  std::string session;  // its revision; "lost": named but gone; "": none
  std::string expected;
};

SessionFact fact(const std::string& session) {
  if (session == "lost") return {nullptr, true};
  return {find_revision(session), !session.empty()};
}

const std::vector<Claim>& claims() {
  static const std::vector<Claim> table{
      {"a bare request is legacy", request("tools/list"), {}, "", "legacy"},
      {"a legacy header changes nothing",
       request("tools/list"),
       {{"MCP-Protocol-Version", "2025-06-18"}},
       "2025-06-18",
       "legacy"},
      {"an envelope with matching headers is modern",
       request("tools/list", envelope),
       {{"MCP-Protocol-Version", modern}, {"Mcp-Method", "tools/list"}},
       "",
       "modern"},
      {"a session does not make an enveloped request legacy",
       request("tools/list", envelope),
       {{"MCP-Protocol-Version", modern}, {"Mcp-Method", "tools/list"}},
       "2025-11-25",
       "modern"},

      {"initialize is legacy", request("initialize"), {}, "", "legacy"},
      {"initialize with half an envelope is legacy",
       request("initialize", claim(modern)),
       {},
       "",
       "legacy"},
      {"initialize with an envelope is modern",
       request("initialize", envelope),
       {{"MCP-Protocol-Version", modern}, {"Mcp-Method", "initialize"}},
       "",
       "modern"},
      {"initialize under a modern header contradicts itself",
       request("initialize"),
       {{"MCP-Protocol-Version", modern}},
       "",
       "400 -32020"},
      {"initialize under an unknown header contradicts itself",
       request("initialize"),
       {{"MCP-Protocol-Version", "v9"}},
       "",
       "400 -32020"},

      {"a claim of nonsense gets the modern answer",
       request("tools/list", claim("v9") + "," + capabilities),
       {{"MCP-Protocol-Version", "v9"}},
       "",
       "400 -32022"},
      {"a claim of an old revision without a session is not supported",
       request("tools/list", claim("2025-06-18") + "," + capabilities),
       {{"MCP-Protocol-Version", "2025-06-18"}},
       "",
       "400 -32022"},
      {"a claim of an old revision in a session is legacy",
       request("tools/list", claim("2025-06-18")),
       {},
       "2025-11-25",
       "legacy"},
      {"a claim that is no text is a broken envelope",
       request("tools/list", R"("io.modelcontextprotocol/protocolVersion":7)"),
       {},
       "",
       "400 -32602"},
      {"a claim without capabilities is a broken envelope",
       request("tools/list", claim(modern)),
       {{"MCP-Protocol-Version", modern}},
       "",
       "400 -32602"},
      {"a modern header without a claim is a missing envelope",
       request("tools/list"),
       {{"MCP-Protocol-Version", modern}},
       "",
       "400 -32602"},
      {"an unknown header without a claim is a missing envelope",
       request("tools/list"),
       {{"MCP-Protocol-Version", "v9"}},
       "2025-11-25",
       "400 -32602"},
      {"a method only modern revisions have is a missing envelope",
       request("server/discover"),
       {},
       "",
       "400 -32602"},
      {"in a session it is an unknown method",
       request("server/discover"),
       {},
       "2025-11-25",
       "legacy"},
      {"capabilities are an object",
       request("tools/list", claim(modern) + R"(,"io.modelcontextprotocol/clientCapabilities":[])"),
       {{"MCP-Protocol-Version", modern}},
       "",
       "400 -32602"},
      {"a progress token is a string or an integer",
       request("tools/list", envelope + R"(,"progressToken":1.5)"),
       {{"MCP-Protocol-Version", modern}, {"Mcp-Method", "tools/list"}},
       "",
       "400 -32602"},
      {"clientInfo is not required, nor looked at",
       request("tools/list", envelope + R"(,"io.modelcontextprotocol/clientInfo":7)"),
       {{"MCP-Protocol-Version", modern}, {"Mcp-Method", "tools/list"}},
       "",
       "modern"},

      {"the envelope is judged before the headers",
       request("tools/list", claim(modern)),
       {},
       "",
       "400 -32602"},
      {"the header is compared before the revision is judged",
       request("tools/list", claim("v9") + "," + capabilities),
       {{"MCP-Protocol-Version", modern}},
       "",
       "400 -32020"},
      {"the revision is judged before Mcp-Method",
       request("tools/list", claim("v9") + "," + capabilities),
       {{"MCP-Protocol-Version", "v9"}},
       "",
       "400 -32022"},
      {"an unknown method still needs its header",
       request("no/such", envelope),
       {{"MCP-Protocol-Version", modern}},
       "",
       "400 -32020"},
      {"a missing name is a matter of parameters, not headers",
       request("tools/call", envelope),
       {{"MCP-Protocol-Version", modern}, {"Mcp-Method", "tools/call"}},
       "",
       "modern"},
      {"resources/read is named by its uri",
       request("resources/read", envelope, R"("uri":"a:b")"),
       {{"MCP-Protocol-Version", modern}, {"Mcp-Method", "resources/read"}, {"Mcp-Name", "a:b"}},
       "",
       "modern"},

      {"a bare notification is legacy", notification(), {}, "", "legacy"},
      {"a notification may claim", notification(claim(modern)), {}, "", "modern"},
      {"or its header may", notification(), {{"MCP-Protocol-Version", modern}}, "", "modern"},
      {"its claim wins over the header",
       notification(claim("2025-06-18")),
       {{"MCP-Protocol-Version", modern}},
       "2025-06-18",
       "legacy"},

      {"an answer belongs to a session",
       R"({"jsonrpc":"2.0","id":1,"result":{}})",
       {},
       "2025-11-25",
       "legacy"},
      {"an answer without one is refused",
       R"({"jsonrpc":"2.0","id":1,"result":{}})",
       {},
       "",
       "400 -32600"},
      {"an answer in a lost session is a matter of the session",
       R"({"jsonrpc":"2.0","id":1,"error":{}})",
       {},
       "lost",
       "legacy"},

      {"2025-03-26 has batches",
       "[" + request("ping") + "," + notification() + "]",
       {},
       "2025-03-26",
       "batch of 2"},
      {"2025-06-18 has none", "[" + request("ping") + "]", {}, "2025-06-18", "400 -32600"},
      {"without a session there are none", "[" + request("ping") + "]", {}, "", "400 -32600"},
      {"in a lost session the loss comes first",
       "[" + request("ping") + "]",
       {},
       "lost",
       "batch of 1"},
      {"a batch is not empty", "[]", {}, "2025-03-26", "400 -32600"},
      {"a batch holds no enveloped request",
       "[" + request("ping", envelope) + "]",
       {},
       "2025-03-26",
       "400 -32600"},
      {"a batch holds no initialize",
       "[" + request("initialize") + "]",
       {},
       "2025-03-26",
       "400 -32600"},
      {"a batch may hold nonsense, which is answered by itself",
       "[7," + request("ping") + "]",
       {},
       "2025-03-26",
       "batch of 2"},

      {"a number is no message", "7", {}, "", "400 -32600"},
  };
  return table;
}

TEST(Classify, TellsTheErasApart) {
  for (const auto& each : claims()) {
    EXPECT_EQ(verdict_on(each.message, &each.headers, fact(each.session)), each.expected)
        << each.title << ": " << each.message;
  }
}

TEST(Classify, LooksAtNoHeadersWhereThereAreNone) {
  EXPECT_EQ(verdict_on(request("tools/call", envelope, R"("name":"x")"), nullptr, {}), "modern");
  EXPECT_EQ(verdict_on(request("tools/list"), nullptr, {}), "legacy");
  EXPECT_EQ(verdict_on(request("tools/list", claim("v9") + "," + capabilities), nullptr, {}),
            "400 -32022");
}

TEST(Classify, ReadsTheEnvelope) {
  auto verdict = classify(
      json::parse(request("tools/list",
                          claim(modern) +
                              R"(,"io.modelcontextprotocol/clientCapabilities":{"sampling":{}})"
                              R"(,"io.modelcontextprotocol/logLevel":"error")")),
      nullptr, {});
  const auto& result = std::get<Modern>(verdict);
  EXPECT_EQ(result.envelope.revision->name, modern);
  EXPECT_TRUE(result.envelope.client_capabilities.contains("sampling"));
  EXPECT_EQ(result.envelope.log_level, Severity::error);
}

TEST(Classify, ARefusalEchoesTheIdAsItWasSent) {
  auto verdict = classify(json::parse(R"({"jsonrpc":"2.0","id":"7","method":"server/discover"})"),
                          nullptr, {});
  EXPECT_EQ(std::get<Reject>(verdict).id, "\"7\"");
}

TEST(DecodeHeaderValue, IsStrictAboutBase64AndLiteralOtherwise) {
  EXPECT_EQ(decode_header_value("plain"), "plain");
  EXPECT_EQ(decode_header_value("=?base64?w6Q=?="), "\xC3\xA4");
  EXPECT_EQ(decode_header_value("=?base64?"
                                "?="),
            "");
  EXPECT_EQ(decode_header_value("=?base64?"), "=?base64?");
  EXPECT_EQ(decode_header_value("=?base64?="), "=?base64?=");
  EXPECT_EQ(decode_header_value("=?BASE64?YQ==?="), "=?BASE64?YQ==?=");
  EXPECT_EQ(decode_header_value("=?base64?YQ?="), std::nullopt) << "no padding";
  EXPECT_EQ(decode_header_value("=?base64?YR==?="), std::nullopt) << "bits left over";
  EXPECT_EQ(decode_header_value("=?base64?-_-_?="), std::nullopt) << "the other alphabet";
  EXPECT_EQ(decode_header_value("=?base64?/w==?="), std::nullopt) << "not UTF-8";
}

}  // namespace
}  // namespace gmail_mcp::mcp
