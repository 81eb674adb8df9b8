#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "google/gmail.h"
#include "google/message.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// The limit for each text when an answer had to be split, and the note where one is cut.
struct TextLimit {
  std::size_t longest = 0;
  std::string_view notice;
};

Error too_large_to_read();

using ConvertedMessages = std::vector<Result<model::Message>>;

/// Whether uncertain addresses are looked up in the message itself (people.h), at the cost of
/// another request: never for a list that a caller waits for.
enum class People { as_answered, settled };

/// Messages by their ids, complete and in this order. If together they are more than the HTTP
/// client accepts, they are fetched in halves, down to single ones; from then on texts are cut to
/// `limit`, so that only one whole answer is in memory. `too_large`: a single message is more. An
/// id that fails does not affect the others. `pool` converts; may be null.
Task<ConvertedMessages> get_in_pieces(google::GmailApi& api, std::vector<std::string> ids,
                                      TextLimit limit, People people, WorkPool* pool);

}  // namespace gmail_mcp::mail
