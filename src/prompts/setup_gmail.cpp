#include "prompts/catalog.h"

namespace gmail_mcp::prompts::setup_gmail {

operation::Prompt prompt() {
  return {
      .name = "setup-gmail",
      .title = "Set up Gmail",
      .description = "Guides from nothing to a server that is ready",
      .parameters = {},
      .text =
          [](const operation::PromptArguments&) {
            return std::string{
                "Help me set up this Gmail server.\n"
                "1. Call gmail_check_setup and tell me in plain words what is ready and what is "
                "missing.\n"
                "2. For each issue give me its remedy, one at a time: the encryption key "
                "(gmail-mcp keygen), the Google OAuth client, the database. Never ask me to "
                "paste a secret here.\n"
                "3. When it says ready, offer to connect a first account with gmail_get_auth_url "
                "for the user `test_user`, and show me the connect_url.\n"
                "4. Sum up what was done."};
          },
  };
}

}  // namespace gmail_mcp::prompts::setup_gmail
