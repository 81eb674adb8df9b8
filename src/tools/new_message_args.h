#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/new_message.h"
#include "schema/fields.h"

namespace gmail_mcp::tools {

/// An attachment argument: `{filename, mime_type?, content_base64}` or `{message_id,
/// attachment_id}`.
struct AttachmentArg {
  std::string filename, mime_type;
  std::optional<schema::Base64> content_base64;
  std::optional<std::string> message_id;
  std::string attachment_id;

  static auto fields() {
    using schema::field;
    return std::tuple{
        field("filename", &AttachmentArg::filename).at_most(255),
        field("mime_type", &AttachmentArg::mime_type).at_most(255),
        field("content_base64", &AttachmentArg::content_base64),
        field("message_id", &AttachmentArg::message_id, "Forward one of this message instead"),
        field("attachment_id", &AttachmentArg::attachment_id).at_most(2048),
    };
  }
};

/// Checks that each names exactly one source.
std::vector<model::NewAttachment> new_attachments(std::vector<AttachmentArg> args);

}  // namespace gmail_mcp::tools
