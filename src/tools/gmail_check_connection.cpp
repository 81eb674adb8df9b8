#include "operation/accounts.h"
#include "tools/arguments.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_check_connection {
namespace {

using operation::Call;

struct Output {
  bool valid = false;
  std::string gmail_address;
  std::vector<std::string> scopes;
  std::optional<std::int64_t> token_expires_in;
  bool needs_reauth = false;
  std::optional<std::string> error;
  std::string connect_url;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("valid", &Output::valid),
                          field("gmail_address", &Output::gmail_address),
                          field("scopes", &Output::scopes),
                          field("token_expires_in", &Output::token_expires_in),
                          field("needs_reauth", &Output::needs_reauth),
                          field("error", &Output::error),
                          field("connect_url", &Output::connect_url).omit_empty()};
  }
};

Task<Output> run(Call& call, ConnectionArgs args) {
  auto check = co_await call.house().accounts.check(call, std::move(args.connection_id));
  Output out;
  out.valid = check.valid;
  out.gmail_address = std::move(check.connection.gmail_address);
  out.scopes = std::move(check.connection.scopes);
  if (check.token_expires_in) out.token_expires_in = check.token_expires_in->count();
  out.needs_reauth = check.needs_reauth;
  out.error = std::move(check.error);
  out.connect_url = std::move(check.connect_url);
  co_return out;
}

boost::json::object failure_keys(Errc code) {
  boost::json::object keys;
  keys["valid"] = false;
  keys["gmail_address"] = "";
  keys["scopes"] = boost::json::array{};
  keys["token_expires_in"] = nullptr;
  keys["needs_reauth"] = code == Errc::reconnect_required || code == Errc::not_found;
  return keys;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<ConnectionArgs, Output>(
      {
          .name = "gmail_check_connection",
          .title = "Check a Gmail connection",
          .description = "Whether a connection works now: refreshes its token if need be, or signs "
                         "in with its App Password. With `needs_reauth` the person must connect "
                         "again at `connect_url`.",
          .toolset = operation::Toolset::connections,
          .effect = operation::Effect::reads,
          .idempotent = true,
      },
      run, failure_keys);
}

}  // namespace gmail_mcp::tools::gmail_check_connection
