#include "tools/tool_bench_test.h"

namespace gmail_mcp::tools {
namespace {

using ::testing::HasSubstr;

// The ways a user_id comes in: an argument, and the user that a caller is limited to (a header, a
// setting).
class UserIds : public ToolTest {
 protected:
  std::string arguments_of(std::string_view tool, std::string_view user) {
    boost::json::object arguments{{"user_id", boost::json::string(user)}};
    if (tool == "add_gmail_account") {
      arguments["email"] = "x@gmail.example";
      arguments["app_password"] = "abcd efgh ijkl mnop";
    }
    return boost::json::serialize(arguments);
  }
  // Stores it as an earlier version did.
  void store_as_it_is(std::string_view user) {
    sql::Statement statement{
        "INSERT INTO users (id, external_user_id, created_at, updated_at) VALUES "
        "(?1, ?2, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')",
        "00000000-0000-4000-8000-" + std::to_string(100000000000 + ++stored_), user};
    run_to_end(loop_, house_->own_store->database->write(std::move(statement)));
  }

  const std::vector<std::string> bad_ = {"carol ", " carol", "car\u202eol", "Zoe\u0308",
                                         "carol\u00a0"};
  int stored_ = 0;
};

TEST_F(UserIds, that_cannot_be_one_is_refused_with_the_reason_by_every_tool) {
  for (const auto* tool : {"gmail_list_connections", "list_gmail_accounts", "gmail_get_auth_url",
                           "add_gmail_account"}) {
    for (const auto& user : bad_) {
      const auto outcome = call(tool, arguments_of(tool, user), "operator");
      EXPECT_EQ(code(outcome), Errc::invalid_argument) << tool << ": " << body(outcome);
      EXPECT_THAT(body(outcome), HasSubstr("The user_id ")) << tool;
      EXPECT_THAT(body(outcome), HasSubstr("NFC")) << tool;
    }
  }
  for (const auto& user : bad_) {
    EXPECT_EQ(code(call("gmail_list_connections", "{}", user)), Errc::invalid_argument) << user;
    EXPECT_EQ(code(call("gmail_search", R"({"query":"x"})", user)), Errc::invalid_argument) << user;
  }
}

TEST_F(UserIds, of_an_earlier_version_goes_on_working_where_it_is_stored) {
  for (const auto& user : bad_) {
    store_as_it_is(user);
    run_to_end(loop_, connect(user, "carol@gmail.example"));
    EXPECT_THAT(body(call("gmail_list_connections", arguments_of("", user), "operator")),
                HasSubstr("carol@gmail.example"));
    EXPECT_THAT(body(call("list_gmail_accounts", "{}", user)), HasSubstr("carol@gmail.example"));
  }
}

TEST_F(UserIds, of_others_are_no_more_visible_by_being_refused) {
  store_as_it_is("dave ");
  const auto there = call("gmail_list_connections", arguments_of("", "dave "), "alice");
  const auto missing = call("gmail_list_connections", arguments_of("", "erin "), "alice");
  EXPECT_EQ(code(there), code(missing));
  EXPECT_EQ(body(there), body(missing));
}

TEST_F(UserIds, nobody_makes_a_new_user_of_one) {
  const auto access = model::Access::system("test");
  for (const auto& user : bad_) {
    const model::ExternalUserId id{user};
    EXPECT_THROW(run_to_end(loop_, store_->users().get_or_create(access, id)), Error) << user;
  }
}

}  // namespace
}  // namespace gmail_mcp::tools
