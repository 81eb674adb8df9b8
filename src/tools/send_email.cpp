#include "operation/mail.h"
#include "tools/catalog.h"
#include "tools/new_message_args.h"
#include "tools/sent_output.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args : NewMessageArgs {
  std::string idempotency_key;

  static auto fields() {
    return new_message_fields<Args>([](std::string Args::*id) { return account_field(id); }) +
           schema::Fields{schema::field("idempotency_key", &Args::idempotency_key,
                                        "Repeat a call with the same key within 24 hours and it is "
                                        "sent once")
                              .at_most(255)};
  }
};

Task<SentOutput> run(Call& call, Args args) {
  auto connection = std::move(args.connection_id);
  auto key = std::move(args.idempotency_key);
  auto message = new_message(std::move(args));
  const auto result = co_await call.house().mail.send(call, std::move(connection),
                                                      std::move(message), std::move(key));
  co_return sent_output(result);
}

}  // namespace

operation::Operation send_email() {
  return operation::operation<Args, SentOutput>(
      {
          .name = "send_email",
          .title = "Send an e-mail",
          .description = "gmail_send for an account_id: sends at once, cannot be undone.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
      },
      run);
}

}  // namespace gmail_mcp::tools
