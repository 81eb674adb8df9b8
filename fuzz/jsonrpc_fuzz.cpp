// Any bytes as a message: parsed, classified, and whatever is said about them is a message itself.
// The first byte chooses what comes with them: headers and a session. A request has a digest, and a
// response answers the question of its id and no other.
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/message.h"
#include "mcp/classify.h"
#include "mcp/jsonrpc.h"
#include "mcp/protocol.h"
#include "mcp/questions.h"
#include "mcp/request_state.h"

namespace mcp = gmail_mcp::mcp;
namespace http = gmail_mcp::http;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_answer(const std::string& id, const mcp::Failure& failure) {
  const auto answer = boost::json::parse(mcp::error_text(id, failure));
  check(answer.as_object().contains("id") == !id.empty());
}

void check_message(const mcp::Message& message) {
  check(message.id.empty() == (message.kind == mcp::Message::Kind::notification));
  check(message.method.empty() || message.kind != mcp::Message::Kind::response);
  if (!message.id.empty()) {
    const auto id = boost::json::parse(message.id);
    check(id.is_string() || id.is_number());
  }
}

class Deaf final : public mcp::Outlet {
 public:
  gmail_mcp::Task<void> send(std::string) override { co_return; }
  void say(std::string message) override { check(boost::json::parse(message).is_object()); }
  bool is_gone() override { return true; }
};

void check_digest(const mcp::Message& request) {
  check(mcp::digest_of(request.params).size() == 32);
  auto other = request.params;
  other["requestState"] = "x";
  check(mcp::digest_of(other) == mcp::digest_of(request.params) ||
        request.params.contains("requestState"));
  check(mcp::bytes_of(request.params) > 0);
}

void check_reply(const mcp::Message& response) {
  static boost::asio::io_context loop;
  constexpr std::size_t most_bytes = 200;
  Deaf outlet;
  mcp::Wakeup waiting{loop.get_executor()};
  mcp::Questions questions;
  mcp::Questions::Open meant{questions, response.id, outlet, waiting};
  mcp::Questions::Open other{questions, R"("another question, of an id that nobody guesses")",
                             outlet, waiting};
  if (response.id == other.id()) return;
  questions.answer(response, most_bytes);
  check(meant.reply() != nullptr && other.reply() == nullptr);
  check(!meant.reply()->is_error || meant.reply()->result.empty());
  questions.answer(response, most_bytes);
  check(questions.open() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = data[0];
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};

  const mcp::JsonLimits limits{32, 10'000};
  auto parsed = mcp::parse_json(text, limits);
  if (const auto* failure = std::get_if<mcp::Failure>(&parsed)) {
    check_answer({}, *failure);
    return 0;
  }

  http::Headers headers;
  if (choice & 1U) headers.add("MCP-Protocol-Version", "2026-07-28");
  if (choice & 2U) headers.add("Mcp-Method", "tools/call");
  if (choice & 4U) headers.add("Mcp-Name", "=?base64?ZWNobw==?=");
  const auto revisions = mcp::revisions();
  const mcp::Revision* session = nullptr;
  if (choice & 8U) session = &revisions[(choice >> 5U) % 4];
  const mcp::SessionFact fact{session, (choice & 16U) != 0};

  auto verdict = mcp::classify(std::move(std::get<boost::json::value>(parsed)),
                               (choice & 32U) != 0 ? nullptr : &headers, fact);
  if (const auto* reject = std::get_if<mcp::Reject>(&verdict)) {
    check_answer(reject->id, reject->failure);
  } else if (const auto* modern = std::get_if<mcp::Modern>(&verdict)) {
    check_message(modern->message);
    check(modern->message.kind != mcp::Message::Kind::response);
    check_digest(modern->message);
    check(modern->envelope.revision || modern->message.kind == mcp::Message::Kind::notification);
  } else {
    const auto& legacy = std::get<mcp::Legacy>(verdict);
    check(legacy.batch ? !legacy.messages.empty() : legacy.messages.size() == 1);
    for (const auto& element : legacy.messages) {
      const auto* message = std::get_if<mcp::Message>(&element);
      if (message == nullptr) continue;
      check_message(*message);
      if (message->kind == mcp::Message::Kind::response) check_reply(*message);
    }
  }
  return 0;
}
