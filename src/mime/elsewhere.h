#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mime/part.h"

// The text of letters whose text is in an attachment, in some special format.
namespace gmail_mcp::mime {

/// Whether these contain no text.
bool are_blank(const Bodies& bodies);

/// Whether a leaf of that type or name can be where the text is: S/MIME, PGP, TNEF, an attached
/// message, a calendar file. `mime_type` in lower case.
bool can_have_text(std::string_view mime_type, std::string_view filename);

/// The leaves of one kind, in order, at most four, in which to look when a letter has no text.
/// Borrowed from `root`.
std::vector<const Part*> leaves_with_text(const Part& root);

/// How much of such a leaf is read, and so has to be fetched.
inline constexpr std::size_t most_of_leaf = std::size_t{4} << 20;

/// Whether a leaf is a package of files in Outlook's own format, TNEF.
bool is_package(std::string_view mime_type, std::string_view filename);
/// Adds the files in a package whose content is present as the leaf's `parts`, with ids below its
/// own ("1.0"; "0.0" if the leaf is the whole message). Does nothing to other leaves.
void unpack_files(Part& leaf);

struct FoundText {
  /// One line in brackets: "[There is no text outside of …: ….]"; empty when there is no such leaf.
  std::string place;
  /// "smime", "tnef", "message" or "calendar" when the text has been read, else empty.
  std::string source;
  Bodies bodies;  // the text, if it has been read
};

/// For a letter without a text of its own: says where its text is, and reads it if that needs no
/// key: S/MIME signed parts (no signature is verified), Outlook's own format, the headers and texts
/// of attached messages, and who, when and where in calendar files. Only leaves that have content
/// are read. Never fails; linear; thread-safe.
FoundText find_text(const Part& root);

}  // namespace gmail_mcp::mime
