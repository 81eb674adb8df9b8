#include "operation/accounts.h"
#include "tools/arguments.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools::remove_gmail_account {
namespace {

using operation::Call;

struct Args {
  std::string account_id;

  static auto fields() { return schema::Fields{account_field(&Args::account_id)}; }
};

struct Output {
  bool success = true;
  std::string account_id;
  std::string revoke_error;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("success", &Output::success),
                          field("account_id", &Output::account_id),
                          field("revoke_error", &Output::revoke_error).omit_empty()};
  }
};

Task<Output> run(Call& call, Args args) {
  auto ended = co_await call.house().accounts.remove(call, std::move(args.account_id));
  Output out;
  out.account_id = ended.connection.id.str();
  // An App Password cannot be revoked from here: the description says who ends it.
  const bool by_consent = model::facts_of(ended.connection.kind).by_consent;
  if (by_consent) out.revoke_error = std::move(ended.revoke_error).value_or("");
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "remove_gmail_account",
          .title = "Remove a Gmail account",
          .description =
              "Deletes an account here: its credential, its archive and everything else stored "
              "for it. Access by OAuth is revoked at Google too (`revoke_error` if that failed); "
              "an App Password stays valid until the person deletes it at Google. Mail at Gmail "
              "is not touched. Cannot be undone.",
          .toolset = operation::Toolset::accounts,
          .effect = operation::Effect::destroys,
          .idempotent = false,
      },
      run);
}

}  // namespace gmail_mcp::tools::remove_gmail_account
