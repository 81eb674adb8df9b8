#include "tools/catalog.h"
#include "tools/sending.h"

namespace gmail_mcp::tools::send_email {
namespace {

struct Args : SendArgs {
  static auto fields() {
    return schema::Fields<Args>{send_fields(account_field(&NewMessageArgs::connection_id))};
  }
};

Task<SentOutput> run(operation::Call& call, Args args) {
  return send_message(call, std::move(args));
}

}  // namespace

operation::Operation tool() {
  return sending_operation<Args>(
      {
          .name = "send_email",
          .title = "Send an e-mail",
          .description = "gmail_send for an account_id; answers the same.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
      },
      run);
}

}  // namespace gmail_mcp::tools::send_email
