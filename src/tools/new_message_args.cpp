#include "tools/new_message_args.h"

#include <utility>

namespace gmail_mcp::tools {

namespace {

// Some callers write it as it is in the HTML, or in the header.
std::string bare_content_id(std::string id) {
  if (id.starts_with("cid:")) id.erase(0, 4);
  if (id.starts_with('<') && id.ends_with('>')) id = id.substr(1, id.size() - 2);
  return id;
}

}  // namespace

schema::Fields<NewMessageArgs> new_message_fields(schema::Field<NewMessageArgs> id) {
  using schema::field;
  using Args = NewMessageArgs;
  return {
      std::move(id),
      schema::required("to", &Args::to, "Addresses; [] on a reply: whoever it answers")
          .one_or_many()
          .at_most(500),
      schema::required("subject", &Args::subject, "\"\" on a reply: Re: …").at_most(2000),
      field("body", &Args::body, "Plain text; made of body_html if missing"),
      field("body_html", &Args::body_html, "The same as HTML"),
      field("cc", &Args::cc).one_or_many().at_most(500),
      field("bcc", &Args::bcc).one_or_many().at_most(500),
      field("attachments", &Args::attachments, "25 MB together").at_most(100),
      field("reply_to_message_id", &Args::reply_to_message_id,
            "Answer this message, in its thread"),
      field("reply_all", &Args::reply_all, "Also to all who got it"),
      field("quote", &Args::quote, "With it below the text"),
      field("reply_to", &Args::reply_to, "Where answers go"),
      field("from", &Args::from, "Send-as address"),
      field("from_name", &Args::from_name),
  };
}

schema::Fields<NewMessageArgs> NewMessageArgs::fields() {
  return new_message_fields(connection_field(&NewMessageArgs::connection_id));
}

model::NewMessage new_message(NewMessageArgs args) {
  model::NewMessage message;
  message.to = std::move(args.to);
  message.cc = std::move(args.cc);
  message.bcc = std::move(args.bcc);
  message.subject = std::move(args.subject);
  message.has_no_text = !args.body && !args.body_html;
  message.body = std::move(args.body).value_or("");
  message.body_html = std::move(args.body_html);
  message.attachments = new_attachments(std::move(args.attachments));
  if (args.reply_to_message_id && !args.reply_to_message_id->empty()) {
    message.reply_to_message_id =
        checked<model::MessageId>("reply_to_message_id", std::move(*args.reply_to_message_id));
  }
  message.reply_all = args.reply_all;
  message.quote = args.quote;
  message.reply_to = std::move(args.reply_to);
  message.from = std::move(args.from);
  message.from_name = std::move(args.from_name);
  return message;
}

std::vector<model::NewAttachment> new_attachments(std::vector<AttachmentArg> args) {
  std::vector<model::NewAttachment> out;
  for (auto& arg : args) {
    if (arg.content_base64.has_value() == arg.message_id.has_value()) {
      throw Error{Errc::invalid_argument,
                  "Each entry of attachments needs either content_base64, or message_id with "
                  "attachment_id.",
                  "Give filename and content_base64 for a new file."};
    }
    model::NewAttachment made;
    made.filename = std::move(arg.filename);
    made.mime_type = std::move(arg.mime_type);
    if (arg.content_base64) {
      if (made.mime_type.empty()) made.mime_type = std::move(arg.content_base64->mime_type);
      made.content = std::move(arg.content_base64->bytes);
    } else {
      made.message_id = checked<model::MessageId>("message_id", std::move(*arg.message_id));
      check_id("attachment_id", arg.attachment_id.substr(0, 256));
      made.attachment_id = std::move(arg.attachment_id);
    }
    made.is_inline = arg.is_inline;
    made.content_id = bare_content_id(std::move(arg.content_id));
    if (made.is_inline && made.content_id.empty()) {
      throw Error{Errc::invalid_argument, "An inline attachment needs a content_id.",
                  "Give it one, such as logo, and name it in body_html as src=\"cid:logo\"."};
    }
    out.push_back(std::move(made));
  }
  return out;
}

}  // namespace gmail_mcp::tools
