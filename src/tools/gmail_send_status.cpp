#include "tools/catalog.h"
#include "tools/sending.h"

namespace gmail_mcp::tools::gmail_send_status {
namespace {

using operation::Call;

struct Args {
  std::string send_id;

  static auto fields() {
    return schema::Fields{schema::required("send_id", &Args::send_id).range(1, 64)};
  }
};

Task<SentOutput> run(Call& call, Args args) {
  const auto result = co_await call.house().approvals.result(call, std::move(args.send_id));
  co_return sent_output(result);
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, SentOutput>(
      {
          .name = "gmail_send_status",
          .title = "What became of a send",
          .description = "What became of a send, above all a `held` one.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::reads,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_send_status
