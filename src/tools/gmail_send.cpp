#include "tools/catalog.h"
#include "tools/sending.h"

namespace gmail_mcp::tools::gmail_send {

operation::Operation tool() {
  return operation::operation<SendArgs, SentOutput>(
      {
          .name = "gmail_send",
          .title = "Send mail",
          .description = "Sends a message at once from the connected account; cannot be undone, so "
                         "confirm recipients and text with the person first. On `outcome_unknown` "
                         "look into Sent before trying again.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
      },
      send_message);
}

}  // namespace gmail_mcp::tools::gmail_send
