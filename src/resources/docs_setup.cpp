#include "resources/catalog.h"

namespace gmail_mcp::resources::docs_setup {
namespace {

constexpr std::string_view text = R"(# Setting up gmail-mcp

1. **Look what is missing**: `gmail-mcp validate`, or the tool `gmail_check_setup`.
2. **Encryption key**: `gmail-mcp keygen` prints one. Keep it: stored tokens open with it alone.

       GMAIL_MCP_ENCRYPTION_KEY=…

3. **Google client**: in Google Cloud Console enable the Gmail API, configure the consent screen, and
   create an OAuth client of type *Web application* with the redirect URI
   `<public url>/oauth/callback` (locally `http://localhost:8000/oauth/callback`).

       GMAIL_MCP_GOOGLE_CLIENT_ID=…
       GMAIL_MCP_GOOGLE_CLIENT_SECRET=…

4. **Start**: `gmail-mcp serve --transport http`, or without arguments for a desktop client (stdio).
5. **Connect**: call `gmail_get_auth_url` with your application's `user_id` and show the person the
   `connect_url`; or run `gmail-mcp connect`.
6. **Use**: `gmail_list_connections` gives the `connection_id` that `gmail_search` and the other tools
   need.

To try everything without a Google account: `gmail-mcp serve --sandbox --transport http`.

Beyond loopback a credential is needed: set `GMAIL_MCP_SERVER_AUTH_TOKEN` and send it as
`Authorization: Bearer …`.
)";

}  // namespace

operation::Resource resource() {
  return operation::document("docs://setup",
                             {
                                 .name = "docs_setup",
                                 .title = "How to set up",
                                 .description = "From nothing to the first search, step by step",
                             },
                             "text/markdown", std::string{text});
}

}  // namespace gmail_mcp::resources::docs_setup
