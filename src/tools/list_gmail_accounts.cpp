#include "tools/catalog.h"
#include "views/mailbox.h"

namespace gmail_mcp::tools::list_gmail_accounts {
namespace {

using operation::Call;

struct Args {
  std::optional<std::string> user_id;

  static auto fields() {
    return schema::Fields{
        schema::field("user_id", &Args::user_id, "Only this user's").at_most(255)};
  }
};

struct AccountView : views::Standing {
  std::string account_id, email, display_name;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("account_id", &AccountView::account_id),
                          field("email", &AccountView::email),
                          field("display_name", &AccountView::display_name)} +
           schema::Fields<AccountView>{Standing::fields()};
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
    static_cast<views::Standing&>(view) = views::standing_of(one);
    view.account_id = one.id.str();
    view.email = std::move(one.gmail_address);
    view.display_name = std::move(one.display_name);
    out.accounts.push_back(std::move(view));
  }
  co_return out;
}

}  // namespace

operation::Operation tool() {
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

}  // namespace gmail_mcp::tools::list_gmail_accounts
