#include "tools/catalog.h"
#include "tools/new_message_args.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args : NewMessageArgs {
  std::string idempotency_key;

  static auto fields() {
    return new_message_fields<Args>() +
           schema::Fields{schema::field("idempotency_key", &Args::idempotency_key,
                                        "Repeat a call with the same key within 24 hours and it is "
                                        "sent once")
                              .at_most(255)};
  }
};

struct Output {
  bool success = true;
  std::optional<std::string> message_id, thread_id;
  bool deduplicated = false;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("success", &Output::success), field("message_id", &Output::message_id),
        field("thread_id", &Output::thread_id), field("deduplicated", &Output::deduplicated)};
  }
};

Task<Output> run(Call& call, Args args) {
  auto connection = std::move(args.connection_id);
  auto key = std::move(args.idempotency_key);
  auto message = new_message(std::move(args));
  auto result = co_await call.send(std::move(connection), std::move(message), std::move(key));
  Output out;
  if (result.sent.message_id) out.message_id = result.sent.message_id->str();
  if (result.sent.thread_id) out.thread_id = result.sent.thread_id->str();
  out.deduplicated = result.deduplicated;
  co_return out;
}

}  // namespace

operation::Operation gmail_send() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_send",
          .title = "Send mail",
          .description = "Sends a message at once from the connected account; cannot be undone, so "
                         "confirm recipients and text with the person first. On `outcome_unknown` "
                         "look into Sent before trying again.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
      },
      run);
}

}  // namespace gmail_mcp::tools
