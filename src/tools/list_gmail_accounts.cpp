#include "tools/catalog.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args {
  std::optional<std::string> user_id;

  static auto fields() {
    return schema::Fields{
        schema::field("user_id", &Args::user_id, "Only this user's").at_most(255)};
  }
};

struct AccountView {
  std::string account_id, user_id, email, display_name, kind, status, state, last_error;
  bool is_active = false;
  Timestamp created_at{};
  std::optional<Timestamp> last_ok, last_error_at;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("account_id", &AccountView::account_id),
                          field("user_id", &AccountView::user_id),
                          field("email", &AccountView::email),
                          field("display_name", &AccountView::display_name),
                          field("kind", &AccountView::kind),
                          field("status", &AccountView::status),
                          field("state", &AccountView::state),
                          field("is_active", &AccountView::is_active),
                          field("created_at", &AccountView::created_at),
                          field("last_ok", &AccountView::last_ok),
                          field("last_error", &AccountView::last_error),
                          field("last_error_at", &AccountView::last_error_at)};
  }
};

struct Output {
  std::vector<AccountView> accounts;

  static auto fields() { return schema::Fields{schema::field("accounts", &Output::accounts)}; }
};

Task<Output> run(Call& call, Args args) {
  auto user = co_await call.any_user(args.user_id);
  auto found = co_await call.connections(std::move(user), true);
  Output out;
  out.accounts.reserve(found.size());
  for (auto& one : found) {
    AccountView view;
    view.account_id = one.id.str();
    view.user_id = one.external_user_id.str();
    view.email = std::move(one.gmail_address);
    view.display_name = std::move(one.display_name);
    view.kind = to_string(one.kind);
    view.status = to_string(one.status);
    view.is_active = one.is_active();
    view.created_at = one.created_at;
    view.state = one.state();
    view.last_ok = one.last_ok_at;
    view.last_error = std::move(one.last_error);
    view.last_error_at = one.last_error_at;
    out.accounts.push_back(std::move(view));
  }
  co_return out;
}

}  // namespace

operation::Operation list_gmail_accounts() {
  return operation::operation<Args, Output>(
      {
          .name = "list_gmail_accounts",
          .title = "List Gmail accounts",
          .description =
              "All Gmail accounts you may see, of both kinds (oauth, app_password), newest first, "
              "those that need reconnecting too (`is_active` false). Never a password.",
          .toolset = operation::Toolset::accounts,
          .effect = operation::Effect::reads,
          .idempotent = true,
          .open_world = false,
      },
      run);
}

}  // namespace gmail_mcp::tools
