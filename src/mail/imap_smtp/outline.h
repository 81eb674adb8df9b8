#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "imap/body_part.h"
#include "imap/fetched.h"
#include "mime/part.h"
#include "model/message.h"

// Puts a message together from the pieces that IMAP sends. Pure and thread-safe.
namespace gmail_mcp::mail {

/// The part tree of BODYSTRUCTURE with `header` (the bytes of BODY[HEADER]) as the root's headers:
/// as if the message had been read, but without contents. Part ids are Gmail's.
mime::Part outline(const imap::BodyPart& structure, std::string_view header);

/// The node of the structure whose part has the id `part_id` in the outline; nullptr if none.
const imap::BodyPart* find_structure(const imap::BodyPart& structure, std::string_view part_id);

/// What to fetch to show the message's text: the sections of mime::text_parts; if these are hardly
/// texts, those of mime::leaves_with_text; and packages of files (mime::is_package).
struct TextSections {
  std::vector<std::string> plain;
  std::vector<std::string> html;
  std::vector<std::string> elsewhere;

  /// Each once.
  std::vector<std::string> all() const;
};
TextSections text_sections(const imap::BodyPart& structure);

/// The leaf with this section; nullptr if none.
const imap::BodyPart* find_section(const imap::BodyPart& structure, std::string_view section);

/// A file as it was attached, with the encoding undone.
std::string decode_file(const imap::BodyPart& part, std::string_view bytes);

/// How many bytes a part has once decoded. For base64 in lines of the usual length it is at most
/// two too many, because only the end of the content would show it.
std::int64_t decoded_size(const imap::BodyPart& part);

/// The first words of a text on one line, as in a list of messages. HTML when there is no plain
/// text.
std::string snippet_of(std::string_view plain, std::string_view html);

/// A message from its source, or from the readable part of it.
model::Message message_of_source(std::string_view rfc822);

/// Headers, texts and attachments of a message that was fetched with structure, header and the
/// wanted text sections, or as its source (section ""). The mailbox adds ids, labels and the rest.
model::Message message_of(const imap::Fetched& fetched);

/// How many bytes message_of() has to read.
std::size_t bytes_of(const imap::Fetched& fetched);

}  // namespace gmail_mcp::mail
