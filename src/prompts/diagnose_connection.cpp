#include "prompts/catalog.h"

namespace gmail_mcp::prompts::diagnose_connection {

operation::Prompt prompt() {
  return {
      .name = "diagnose-connection",
      .title = "Diagnose a connection",
      .description = "Finds out why an account does not work and what helps",
      .parameters = {{"connection_id", "The connection; without it all are looked at"}},
      .text =
          [](const operation::PromptArguments& arguments) {
            const auto given = arguments.find("connection_id");
            const bool known = given != arguments.end() && !given->second.empty();
            std::string text = "Find out why a Gmail connection does not work.\n";
            text += known ? "1. The connection_id is `" + given->second + "`.\n"
                          : std::string{
                                "1. Call gmail_list_connections with include_inactive and ask me "
                                "which one it is.\n"};
            text +=
                "2. Call gmail_check_connection. If it says needs_reauth, show me its "
                "connect_url. If the connection is not found, list what there is.\n"
                "3. If it is valid, call gmail_search with max_results 1. Explain an error by its "
                "code and hint: insufficient_scope needs more consent, rate_limited needs "
                "patience, misconfigured needs the operator.\n"
                "4. Say in one sentence what was wrong and what to do.";
            return text;
          },
  };
}

}  // namespace gmail_mcp::prompts::diagnose_connection
