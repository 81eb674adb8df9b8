#include "operation/history.h"
#include "tools/catalog.h"
#include "tools/history_arguments.h"

namespace gmail_mcp::tools::get_contact {
namespace {

using operation::Call;

struct Args {
  std::string account_id;
  std::string email;

  static auto fields() {
    using schema::field;
    using schema::required;
    return schema::Fields{account_field(&Args::account_id),
                          required("email", &Args::email, "Address of the contact").range(1, 320)};
  }
};

struct Output {
  model::Contact contact;

  static auto fields() { return schema::Fields{schema::field("contact", &Output::contact)}; }
};

Task<Output> run(Call& call, Args args) {
  Output out;
  out.contact = co_await call.house().history.contact(call, std::move(args.account_id),
                                                      std::move(args.email));
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "get_contact",
          .title = "Get a contact",
          .description = "Name, number of messages and first and last date of one address in the "
                         "local archive.",
          .toolset = operation::Toolset::history,
          .effect = operation::Effect::reads,
          .idempotent = true,
          .open_world = false,
      },
      run);
}

}  // namespace gmail_mcp::tools::get_contact
