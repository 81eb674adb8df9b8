#include "resources/catalog.h"

namespace gmail_mcp::resources::docs_troubleshooting {
namespace {

constexpr std::string_view text = R"(# Troubleshooting

Every failure has a `code` and a `hint`. By code:

| code | what it means | what helps |
|---|---|---|
| `misconfigured` | a setting is missing or wrong | gmail_check_setup, or `gmail-mcp validate`, says which |
| `reconnect_required` | the person took our access away, changed their password, or a test consent ended | they open `connect_url`; the connection keeps its id |
| `insufficient_scope` | they did not allow this kind of access | they open `connect_url` and allow it |
| `not_found` | no such connection, message, thread or draft, or not yours | gmail_list_connections, gmail_search |
| `rate_limited` | a quota of Google's or of this server is used up | wait `retry_after` seconds |
| `unavailable`, `timeout` | Google did not answer in time | try again; we already did, for 3 seconds |
| `outcome_unknown` | the mail may have been sent | look into Sent before sending again |
| `conflict` | an idempotency_key was used for another message | a new key for each message |
| `forbidden` | the operator, or your credential, does not allow it | see tools.read_only, send.allowed_recipients |
| `invalid_argument` | the sentence names the argument | correct it |

## "Invalid client"

Client ID, client secret or redirect URI do not match what Google knows: see `docs://google-oauth`.

## "Token refresh failed"

The person revoked access, or Google did. A token that the configured key cannot open is
`misconfigured` instead: put the old key into `previous_encryption_keys`.

## "Rate limited"

Gmail counts units per user and minute. Search with fewer results, change labels with
gmail_batch_modify_labels, keep what you have read.

## No configuration

Set GMAIL_MCP_ENCRYPTION_KEY (`gmail-mcp keygen`) and a Google client, in the environment or in the file
that `config://status` names. Over stdio nothing is read from the working directory.

## The database

It is created when missing. A file of another program with tables of our names is refused and left as
it is: choose another `storage.sqlite.path`.

## A page of Google's says the application is blocked or not verified

Add the person as a test user, or have the application verified: see `docs://google-oauth`.
)";

}  // namespace

operation::Resource resource() {
  return operation::document(
      "docs://troubleshooting",
      {
          .name = "docs_troubleshooting",
          .title = "Troubleshooting",
          .description = "Every error code and the usual messages: cause and remedy",
      },
      "text/markdown", std::string{text});
}

}  // namespace gmail_mcp::resources::docs_troubleshooting
