#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
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

/// What every tool that writes a message takes. `Args` of a tool derives from it.
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
};

/// The fields of NewMessageArgs as those of `Args`; `id_field` makes that of the connection.
template <class Args>
auto new_message_fields(auto id_field) {
  using schema::field;
  using schema::required;
  const auto of = [](auto NewMessageArgs::*member) {
    return static_cast<std::remove_reference_t<decltype(std::declval<Args&>().*member)> Args::*>(
        member);
  };
  return schema::Fields{
      id_field(of(&NewMessageArgs::connection_id)),
      required("to", of(&NewMessageArgs::to), "Addresses; [] on a reply: whoever it answers")
          .one_or_many()
          .at_most(500),
      required("subject", of(&NewMessageArgs::subject), "\"\" on a reply: Re: …").at_most(2000),
      field("body", of(&NewMessageArgs::body), "Plain text; made of body_html if missing"),
      field("body_html", of(&NewMessageArgs::body_html), "The same as HTML"),
      field("cc", of(&NewMessageArgs::cc)).one_or_many().at_most(500),
      field("bcc", of(&NewMessageArgs::bcc)).one_or_many().at_most(500),
      field("attachments", of(&NewMessageArgs::attachments), "25 MB together").at_most(100),
      field("reply_to_message_id", of(&NewMessageArgs::reply_to_message_id),
            "Answer this message, in its thread"),
      field("reply_all", of(&NewMessageArgs::reply_all), "Also to all who got it"),
      field("quote", of(&NewMessageArgs::quote), "With it below the text"),
      field("reply_to", of(&NewMessageArgs::reply_to), "Where answers go"),
      field("from", of(&NewMessageArgs::from), "Send-as address"),
      field("from_name", of(&NewMessageArgs::from_name)),
  };
}

template <class Args>
auto new_message_fields() {
  return new_message_fields<Args>([](std::string Args::*id) { return connection_field(id); });
}

/// Throws invalid_argument for what is no id and for attachments of two sources or none.
model::NewMessage new_message(NewMessageArgs args);

/// Checks that each names exactly one source.
std::vector<model::NewAttachment> new_attachments(std::vector<AttachmentArg> args);

}  // namespace gmail_mcp::tools
