// What a lying IMAP server sends. Beyond not crashing: however the bytes are cut into pieces, the
// same responses are read from them, and names, sets and dates mean the same when written again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "imap/fetch_response.h"
#include "imap/frame.h"
#include "imap/response.h"
#include "imap/utf7.h"

namespace {

namespace imap = gmail_mcp::imap;

void require(bool truth) {
  if (!truth) std::abort();
}

struct Seen {
  std::vector<imap::Frame> frames;
  bool failed = false;
};

Seen read_all(std::string_view bytes, std::size_t piece) {
  // Small, so that the fuzzer reaches them.
  imap::Framer framer{
      imap::FrameLimits{.line = 2000, .search_line = 4000, .literal = 1000, .response = 2000}};
  Seen seen;
  while (!bytes.empty()) {
    auto some = bytes.substr(0, piece);
    bytes.remove_prefix(some.size());
    while (!some.empty()) {
      auto frame = framer.take(some);
      if (!frame) {
        seen.failed = true;
        return seen;
      }
      if (*frame) seen.frames.push_back(std::move(**frame));
    }
  }
  return seen;
}

void check_names(const imap::Folder& folder) {
  require(gmail_mcp::is_valid_utf8(folder.name));
  require(imap::decode_utf7(imap::encode_utf7(folder.name)) == folder.name);
}

void check_parts(const imap::BodyPart& part, int depth) {
  require(depth <= imap::max_structure_depth + 1);
  for (const auto& child : part.parts) check_parts(child, depth + 1);
}

void check(const imap::Response& response) {
  if (const auto* listing = std::get_if<imap::FolderListing>(&response)) {
    check_names(listing->folder);
  } else if (const auto* result = std::get_if<imap::SearchResult>(&response)) {
    require(imap::UidSet::parse(result->found.to_string()) == result->found);
  } else if (const auto* fetched = std::get_if<imap::Fetched>(&response)) {
    if (fetched->structure) check_parts(*fetched->structure, 0);
    if (fetched->internal_date) {
      require(imap::read_internal_date(imap::write_internal_date(*fetched->internal_date)) ==
              fetched->internal_date);
    }
  } else if (const auto* status = std::get_if<imap::StatusResponse>(&response)) {
    imap::read_copied(status->argument);
    imap::read_appended(status->argument);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  auto whole = read_all(bytes, bytes.size() + 1);
  for (const std::size_t piece : {1U, 7U, 64U}) {
    const auto again = read_all(bytes, piece);
    require(again.failed == whole.failed && again.frames.size() == whole.frames.size());
    for (std::size_t i = 0; i < whole.frames.size(); ++i) {
      require(again.frames[i].text == whole.frames[i].text);
      require(again.frames[i].literals == whole.frames[i].literals);
    }
  }
  for (auto& frame : whole.frames) {
    if (auto response = imap::read_response(std::move(frame))) check(*response);
  }
  return 0;
}
