#include "tools/catalog.h"
#include "tools/sending.h"

namespace gmail_mcp::tools::gmail_send {

operation::Operation tool() {
  return sending_operation<SendArgs>(
      {
          .name = "gmail_send",
          .title = "Send mail",
          .description =
              "Sends a message; cannot be undone. Status `held`: nothing was sent, give the person "
              "approval_url. On `outcome_unknown` look into Sent before trying again.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
      },
      send_message);
}

}  // namespace gmail_mcp::tools::gmail_send
