#include "tools/arguments.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_get_attachment {
namespace {

using operation::Call;

struct Args {
  std::string connection_id;
  std::string message_id;
  std::string attachment_id;

  static auto fields() {
    using schema::required;
    return schema::Fields{
        connection_field(&Args::connection_id),
        required("message_id", &Args::message_id, "The message that has it"),
        required("attachment_id", &Args::attachment_id, "`id` in its `attachments`").range(1, 2048),
    };
  }
};

struct Output {
  std::string filename, mime_type;
  std::int64_t size = 0;
  schema::Base64 content_base64;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("filename", &Output::filename),
                          field("mime_type", &Output::mime_type), field("size", &Output::size),
                          field("content_base64", &Output::content_base64)};
  }
};

// Gmail's own attachment ids are longer than other ids, of the same alphabet.
void check_attachment_id(std::string_view id) {
  if (id.size() <= 256) return check_id("attachment_id", id);
  for (std::size_t at = 0; at < id.size(); at += 256) {
    check_id("attachment_id", id.substr(at, 256));
  }
}

Task<Output> run(Call& call, Args args) {
  auto id = checked<model::MessageId>("message_id", std::move(args.message_id));
  check_attachment_id(args.attachment_id);
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  auto found = co_await mailbox->attachment(std::move(id), std::move(args.attachment_id));
  Output out;
  out.filename = std::move(found.filename);
  out.mime_type = std::move(found.mime_type);
  out.size = static_cast<std::int64_t>(found.content.size());
  out.content_base64.bytes = std::move(found.content);
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_get_attachment",
          .title = "Get an attachment",
          .description = "The bytes of one attachment as base64 (up to 25 MB: look at `size` "
                         "first). To pass one on, name it in gmail_send instead of fetching it.",
          .toolset = operation::Toolset::read,
          .effect = operation::Effect::reads,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_get_attachment
