#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/new_message.h"
#include "schema/fields.h"
#include "tools/arguments.h"
#include "tools/file_content.h"

namespace gmail_mcp::tools {

/// An attachment argument: `{filename, mime_type?, content_base64}` or `{message_id,
/// attachment_id}`; with `inline` and `content_id` a picture within the HTML.
struct AttachmentArg {
  std::string filename, mime_type;
  std::optional<FileContent> content_base64;
  std::optional<std::string> message_id;
  std::string attachment_id;
  bool is_inline = false;
  std::string content_id;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("filename", &AttachmentArg::filename).at_most(255),
        field("mime_type", &AttachmentArg::mime_type).at_most(255),
        field("content_base64", &AttachmentArg::content_base64),
        field("message_id", &AttachmentArg::message_id, "Or one of this message"),
        field("attachment_id", &AttachmentArg::attachment_id).at_most(2048),
        field("inline", &AttachmentArg::is_inline, "Within body_html"),
        field("content_id", &AttachmentArg::content_id, "x of \"cid:x\""),
    };
  }
};

/// The arguments of every tool that writes a message.
struct NewMessageArgs {
  std::string connection_id;
  std::vector<std::string> to;
  std::string subject;
  std::optional<std::string> body, body_html;
  std::vector<std::string> cc, bcc;
  std::vector<AttachmentArg> attachments;
  std::optional<std::string> reply_to_message_id;
  bool reply_all = false, quote = false;
  std::string reply_to, from, from_name;

  static schema::Fields<NewMessageArgs> fields();
};

/// Its fields; `id`: the field for the connection.
schema::Fields<NewMessageArgs> new_message_fields(schema::Field<NewMessageArgs> id);

/// Throws invalid_argument for malformed ids and for attachments with two sources or none.
model::NewMessage new_message(NewMessageArgs args);

/// Checks that each names exactly one source.
std::vector<model::NewAttachment> new_attachments(std::vector<AttachmentArg> args);

}  // namespace gmail_mcp::tools
