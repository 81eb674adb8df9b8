#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mime/part.h"

// The text of letters that have none of their own: it is in an attachment, in a form of its own.
namespace gmail_mcp::mime {

/// Whether there is nothing to read in these.
bool are_blank(const Bodies& bodies);

/// Whether a leaf of that type or name can be where the text is: S/MIME, PGP, TNEF, an attached
/// message, a calendar file. `mime_type` in lower case.
bool can_have_text(std::string_view mime_type, std::string_view filename);

/// Those leaves of one kind, in order, at most four: where somebody would look who finds no text.
/// Borrowed from `root`.
std::vector<const Part*> leaves_with_text(const Part& root);

/// What is read of such a leaf, and so what has to be fetched of it.
inline constexpr std::size_t most_of_leaf = std::size_t{4} << 20;

/// Whether a leaf is a package of files in Outlook's own format, TNEF.
bool is_package(std::string_view mime_type, std::string_view filename);
/// Makes the files in a package that has its content the leaf's `parts`, with ids below its own
/// ("1.0"; below that of a whole message, "0.0"). Does nothing to other leaves.
void unpack_files(Part& leaf);

struct FoundText {
  /// One line in brackets: "[There is no text outside of …: ….]"; empty: there is no such leaf.
  std::string place;
  /// "smime", "tnef", "message" or "calendar" when the text has been read, else empty.
  std::string source;
  Bodies bodies;  // the text, if it has been read
};

/// Says of a letter without a text of its own where its text is, and reads it if that takes no key:
/// what is signed with S/MIME (no signature is verified), Outlook's own format, the headers and
/// texts of attached messages, who, when and where of calendar files. Only leaves that have content
/// are read. Never fails; linear; thread-safe.
FoundText find_text(const Part& root);

}  // namespace gmail_mcp::mime
