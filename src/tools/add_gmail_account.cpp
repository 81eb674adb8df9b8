#include "operation/accounts.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools::add_gmail_account {
namespace {

using operation::Call;

struct Args {
  std::optional<std::string> user_id;
  std::string email;
  Secret app_password;
  std::string display_name;

  static auto fields() {
    using schema::field;
    using schema::required;
    return schema::Fields{
        field("user_id", &Args::user_id, "Your application's own id of the user").range(1, 255),
        required("email", &Args::email, "The Gmail address").range(1, 320),
        field("app_password", &Args::app_password,
              "16 letters from Google; better left out: then the person types it at connect_url")
            .at_most(1'000),
        field("display_name", &Args::display_name, "The sender's name in From").at_most(200),
    };
  }
};

struct Output {
  bool success = true;
  std::optional<std::string> account_id;
  std::string user_id, email, display_name;
  bool is_active = false;
  std::optional<Timestamp> created_at;
  std::string connect_url;
  std::optional<std::int64_t> expires_in;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("success", &Output::success),
                          field("account_id", &Output::account_id),
                          field("user_id", &Output::user_id),
                          field("email", &Output::email),
                          field("display_name", &Output::display_name),
                          field("is_active", &Output::is_active),
                          field("created_at", &Output::created_at),
                          field("connect_url", &Output::connect_url).omit_empty(),
                          field("expires_in", &Output::expires_in).omit_empty()};
  }
};

Task<Output> ask_the_person(Call& call, Args args) {
  model::FlowRequest request;
  request.user = co_await call.user(args.user_id);
  request.expected_email = args.email;
  request.display_name = args.display_name;
  Output out;
  out.user_id = request.user.str();
  out.email = std::move(args.email);
  out.display_name = std::move(args.display_name);
  auto start = co_await call.house().accounts.begin_with_password(call, std::move(request));
  out.connect_url = std::move(start.connect_url);
  out.expires_in = start.expires_in.count();
  co_return out;
}

Task<Output> run(Call& call, Args args) {
  if (args.app_password.empty()) co_return co_await ask_the_person(call, std::move(args));
  model::NewAccount account;
  account.user = co_await call.user(args.user_id);
  account.email = std::move(args.email);
  account.app_password = std::move(args.app_password);
  account.display_name = std::move(args.display_name);
  auto added = co_await call.house().accounts.add(call, std::move(account));
  Output out;
  out.account_id = added.id.str();
  out.user_id = added.external_user_id.str();
  out.email = std::move(added.gmail_address);
  out.display_name = std::move(added.display_name);
  out.is_active = added.is_active();
  out.created_at = added.created_at;
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "add_gmail_account",
          .title = "Add a Gmail account by App Password",
          .description =
              "Connects a Gmail account with a Google App Password, for IMAP and SMTP. Leave "
              "`app_password` out and show the person `connect_url`: they type it there and no "
              "model sees it. Given, it is tried at both servers first and saved only if it "
              "works. Adding an account again replaces its password.",
          .toolset = operation::Toolset::accounts,
          .effect = operation::Effect::changes,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::add_gmail_account
