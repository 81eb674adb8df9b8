#include "resources/catalog.h"

namespace gmail_mcp::resources::docs_google_oauth {
namespace {

constexpr std::string_view text = R"(# A Google OAuth client for gmail-mcp

1. **Project**: in [Google Cloud Console](https://console.cloud.google.com/) create or choose one.
2. **API**: *APIs & Services > Library > Gmail API > Enable*.
3. **Consent screen** (*Google Auth Platform*): name, support address, audience. While its status is
   *Testing*, only the test users you list can connect, and their consent ends after 7 days.
   Add the scopes:

       https://www.googleapis.com/auth/gmail.readonly
       https://www.googleapis.com/auth/gmail.send
       https://www.googleapis.com/auth/gmail.modify
       https://www.googleapis.com/auth/userinfo.email

4. **Credentials**: *Create credentials > OAuth client ID > Web application*. Authorized redirect URI:
   `<public url>/oauth/callback`, locally `http://localhost:8000/oauth/callback`. It must match to the
   letter, port and trailing slash included.
5. **Settings**: in the environment, or in the configuration file.

       google:
         client_id: …apps.googleusercontent.com
         client_secret: …
         redirect_uri: http://localhost:8000/oauth/callback

6. **Try it**: `gmail-mcp connect`, or gmail_get_auth_url and its `connect_url` in a browser.

## In production

* https for every redirect URI beyond localhost.
* Scopes that read mail are *restricted*: Google reviews applications that ask people outside your
  organisation for them.
* Ask for less where you can: gmail_get_auth_url takes `scopes`.

## What goes wrong

| Google says | what helps |
|---|---|
| redirect_uri_mismatch | enter the redirect URI exactly as `config://status` and the consent URL show it |
| access_denied, "app not verified" | add the person as a test user, or publish the application |
| invalid_client | copy client ID and secret again; do not mix projects |
)";

}  // namespace

operation::Resource resource() {
  return operation::document(
      "docs://google-oauth",
      {
          .name = "docs_google_oauth",
          .title = "A Google OAuth client",
          .description = "Project, consent screen, scopes and credentials, step by step",
      },
      "text/markdown", std::string{text});
}

}  // namespace gmail_mcp::resources::docs_google_oauth
