#include "operation/accounts.h"
#include "tools/arguments.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_disconnect {
namespace {

using operation::Call;

struct Args {
  std::string connection_id;
  bool revoke_google_access = true;
  bool keep_archive = false;

  static auto fields() {
    return schema::Fields{
        connection_field(&Args::connection_id),
        schema::field("revoke_google_access", &Args::revoke_google_access,
                      "Also take our access away at Google"),
        schema::field("keep_archive", &Args::keep_archive,
                      "Keep the archived mail, for when they connect again"),
    };
  }
};

struct Output {
  bool success = true;
  std::string gmail_address;
  std::string kind;
  bool revoked = false;
  std::optional<std::string> revoke_error;
  bool archive_kept = false;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("success", &Output::success),
                          field("gmail_address", &Output::gmail_address),
                          field("kind", &Output::kind),
                          field("revoked", &Output::revoked),
                          field("revoke_error", &Output::revoke_error),
                          field("archive_kept", &Output::archive_kept)};
  }
};

Task<Output> run(Call& call, Args args) {
  auto ended = co_await call.house().accounts.disconnect(
      call, std::move(args.connection_id), args.revoke_google_access, args.keep_archive);
  Output out;
  out.gmail_address = std::move(ended.connection.gmail_address);
  out.kind = model::to_string(ended.connection.kind);
  out.revoked = ended.revoked;
  out.revoke_error = std::move(ended.revoke_error);
  out.archive_kept = ended.archive_kept;
  co_return out;
}

boost::json::object failure_keys(Errc /*code*/) {
  boost::json::object keys;
  keys["gmail_address"] = "";
  return keys;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_disconnect",
          .title = "Disconnect a Gmail account",
          .description =
              "Ends a connection: its stored tokens or password are erased at once, with "
              "what is kept of its mail; by default our access is revoked at Google "
              "(`revoked`; an App Password only the person can end). Cannot be undone; "
              "they can connect again.",
          .toolset = operation::Toolset::connections,
          .effect = operation::Effect::destroys,
          .idempotent = true,
      },
      run, failure_keys);
}

}  // namespace gmail_mcp::tools::gmail_disconnect
