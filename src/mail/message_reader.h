#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mime/part.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// What the bytes of a message say, as every backend shows it: headers, bodies, attachments. Id,
/// thread, labels, date and snippet are the mailbox's to add. Thread-safe.
model::Message read_message(const mime::Part& root);

/// The same; bodies are moved out of `root`, where they can be (mime::take_bodies).
model::Message take_message(mime::Part& root);

/// Leaves Detail::metadata.
void remove_bodies(model::Message& message);

/// The note where a text was cut.
inline constexpr std::string_view text_goes_on =
    "\n[The text goes on; read this message by itself.]";

/// The id an attachment has at every backend: Gmail's part id. A message that is nothing but a file
/// has no parts to number; its file is "0".
std::string_view attachment_id(const mime::AttachmentInfo& info);

/// The part with that attachment id; nullptr if there is none.
const mime::Part* find_attachment(const mime::Part& root, std::string_view attachment_id);

/// The package (mime::is_package) whose files have ids like this one; nullptr if there is none.
const mime::Part* find_package(const mime::Part& root, std::string_view attachment_id);

/// The file with that id in `package`, whose content is `bytes`; nullopt if there is none.
std::optional<model::Attachment> file_in(mime::Part package, std::string bytes,
                                         std::string_view attachment_id);

}  // namespace gmail_mcp::mail
