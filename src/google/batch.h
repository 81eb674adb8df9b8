#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fair_share.h"
#include "http/message.h"

namespace gmail_mcp::google {

/// The answer to one part of a batch; `status` 0: there was none.
struct BatchAnswer {
  int status = 0;
  http::Headers headers;
  std::string body;
  FairShare::Hold hold = {};  // the part of the reader's share that a large body takes
};

/// One part of a batch. `path` is relative to the server's root, with its query; a part with a
/// `json` body is a POST, any other a GET.
struct BatchPart {
  std::string path;
  std::string json;

  std::string_view verb() const { return json.empty() ? "GET" : "POST"; }
};

/// The multipart/mixed body of a batch.
/// https://developers.google.com/workspace/gmail/api/guides/batch
std::string encode_batch(const std::vector<BatchPart>& parts, std::string_view boundary);

/// The `count` answers in the order of the requests. Parts are identified by their Content-ID or,
/// without one, by their order; a part that is missing or unreadable has status 0. Line ends may be
/// bare. nullopt if `content_type` is not multipart, so that this is not the answer to a batch.
std::optional<std::vector<BatchAnswer>> parse_batch(std::string_view content_type,
                                                    std::string_view body, std::size_t count);

}  // namespace gmail_mcp::google
