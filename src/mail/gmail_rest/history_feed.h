#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "google/credentials.h"
#include "mail/feed.h"
#include "mail/gmail_rest/gmail_rest.h"

namespace gmail_mcp::mail {

/// A mailbox followed over the Gmail REST API: first all messages by messages.list, newest first,
/// then the changes since by history.list (2 units of quota a look, against 20 a message). The
/// historyId is taken before the walk begins, so that nothing is missed in between. When Google no
/// longer remembers it (404), the walk begins again. A page token that Google refuses is dropped. A
/// message that Gmail fails to return, while it returns others, is skipped and requested again
/// every hour. The feed has its own gate; opening does no I/O. `reach`: messages that were older
/// when the walk began may be left out; 0: none.
/// https://developers.google.com/workspace/gmail/api/guides/sync
std::unique_ptr<Feed> open_history_feed(const GmailRest& shared,
                                        std::shared_ptr<google::TokenSource> tokens,
                                        std::string_view address,
                                        std::vector<std::string> granted_scopes,
                                        std::chrono::days reach);

}  // namespace gmail_mcp::mail
