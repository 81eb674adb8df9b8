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

/// Of each text in an answer that had to be taken apart, and what is said where one is cut.
struct TextLimit {
  std::size_t longest = 0;
  std::string_view notice;
};

Error too_large_to_read();

using ConvertedMessages = std::vector<Result<model::Message>>;

/// Whether people who are not certain are looked for in the message itself (people.h), at the cost
/// of another request: never for a list that somebody waits for.
enum class People { as_answered, settled };

/// Messages by their ids, whole and in this order. What together is more than the HTTP client takes
/// comes in halves, down to the single one; from then on texts are cut to `limit`, so that no more
/// than one answer is in memory whole. `too_large`: the message by itself is more. An id that fails
/// does not harm the others. `pool` converts; may be none.
Task<ConvertedMessages> get_in_pieces(google::GmailApi& api, std::vector<std::string> ids,
                                      TextLimit limit, People people, WorkPool* pool);

}  // namespace gmail_mcp::mail
