#pragma once

#include <vector>

#include "base/task.h"
#include "imap/client.h"
#include "imap/folder.h"
#include "mail/feed.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// Reads messages of these folders again, by their ids, as the feed brings them the first time:
/// what the server does not give, or not any more, is not in the answer. The folder selected
/// afterwards is any of these. Parsing is done on `pool`, if there is one.
Task<Anew> read_anew(imap::Client& client, std::vector<imap::Folder> folders,
                     std::vector<model::MessageId> ids, WorkPool* pool);

/// The `folder` of a message's spot.
std::string spot_folder(std::string_view folder, std::uint32_t uid_validity);

}  // namespace gmail_mcp::mail
