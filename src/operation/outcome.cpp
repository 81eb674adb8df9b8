#include "operation/outcome.h"

#include <boost/json/serialize.hpp>

#include "base/offload.h"

namespace gmail_mcp::operation {

json::object error_object(const Error& error) {
  json::object out;
  out["success"] = false;
  out["error"] = error.message;
  out["code"] = to_string(error.code);
  out["retryable"] = error.retryable();
  out["hint"] = error.hint;
  if (error.retry_after) out["retry_after"] = error.retry_after->count();
  if (!error.connect_url.empty()) out["connect_url"] = error.connect_url;
  return out;
}

std::string json_text(const Failure& failure) {
  auto body = error_object(failure.error);
  for (const auto& [name, value] : failure.keys) body[name] = value;
  return json::serialize(body);
}

Task<std::string> json_text(Outcome& outcome, WorkPool* pool) {
  if (auto* made = outcome.made()) {
    auto write = [made] {
      const auto whole = std::exchange(*made, {});
      return whole.text();
    };
    std::string text;
    if (made->bytes() < worth_a_hop) {
      text = write();  // nearly all: without a coroutine
    } else {
      text = co_await offload(pool, made->bytes(), write);
    }
    // It was measured before; only escaped characters make it longer.
    const auto held = outcome.room.size();
    const auto answer = held != 0 && text.size() > held ? outcome.room.resize(text.size())
                                                        : FairShare::Answer::granted;
    outcome.receipt.keep(std::move(outcome.room));
    if (answer == FairShare::Answer::granted) co_return text;
    outcome.end = Failure{answer_refused(answer), {}};
  }
  co_return json_text(*outcome.failure());
}

}  // namespace gmail_mcp::operation
