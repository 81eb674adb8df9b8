#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "sandbox/imap/folder_book.h"
#include "sandbox/imap/section.h"
#include "sandbox/imap/token.h"

namespace gmail_mcp::sandbox::imap {

/// What a FETCH asks for.
struct FetchItems {
  bool uid = false, flags = false, internal_date = false, size = false, envelope = false;
  bool body = false, body_structure = false, modseq = false;
  bool gmail_message_id = false, gmail_thread_id = false, gmail_labels = false;
  std::vector<Section> sections;
  bool marks_seen = false;  // some section is asked for without PEEK

  bool wants_gmail() const { return gmail_message_id || gmail_thread_id || gmail_labels; }
};

/// A name, a list of names or a macro. Errc::invalid_argument for anything else.
Result<FetchItems> parse_items(const Token& token);

/// How one connection sees a folder.
struct Eyes {
  FolderBook& book;
  Folder& folder;
  bool utf8 = false;
};

/// "(\\Seen \\Flagged)"
std::string flags_text(const StoredMessage& message, Eyes eyes);

struct FetchedRow {
  std::string text;  // "* 3 FETCH (…)" with its CRLF
  /// Where the first BODY[…] literal begins and how long it is: for faults that break off in it.
  std::optional<std::pair<std::size_t, std::size_t>> first_literal;
};

/// The answer for one message.
FetchedRow fetch_row(const StoredMessage& message, std::uint32_t number, const FetchItems& items,
                     Eyes eyes);

}  // namespace gmail_mcp::sandbox::imap
