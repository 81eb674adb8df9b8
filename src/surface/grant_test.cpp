#include <gtest/gtest.h>

#include "crypto/random.h"
#include "resources/catalog.h"
#include "surface/mcp.h"
#include "tools/tool_bench_test.h"

namespace gmail_mcp::surface {
namespace {

using operation::Effect;
using operation::Toolset;

// Calls of alice, who has two accounts, with a credential that is limited.
class LimitedCredential : public tools::ToolTest {
 protected:
  void SetUp() override {
    ToolTest::SetUp();
    other_ = run_to_end(loop_, connect("alice", "alice.private@gmail.example"));
    grant_.connections = {alice_.id.str()};
  }

  // What a tool answers to about this account, its id blotted out.
  std::string answer(const operation::Operation& tool, const std::string& key,
                     const std::string& id) {
    auto arguments = needed(tool);
    arguments[key] = id;
    auto text = body(call(tool.info.name, boost::json::serialize(arguments)));
    for (auto at = text.find(id); at != std::string::npos; at = text.find(id)) {
      text.replace(at, id.size(), "<id>");
    }
    return text;
  }

  // A value for every argument without which nothing is asked for.
  static boost::json::object needed(const operation::Operation& tool) {
    static const boost::json::object values{{"query", "in:inbox"},
                                            {"message_id", "18c0ffee00000001"},
                                            {"thread_id", "18c0ffee00000001"},
                                            {"attachment_id", "1"},
                                            {"draft_id", "r-1"},
                                            {"add_labels", boost::json::array{"STARRED"}},
                                            {"message_ids", boost::json::array{"18c0ffee00000001"}},
                                            {"to", boost::json::array{"ann@shop.example"}},
                                            {"subject", "s"},
                                            {"body", "b"},
                                            {"email", "ann@shop.example"},
                                            {"label", "Label_1"},
                                            {"name", "Work"}};
    boost::json::object out;
    const auto& properties = tool.input_schema.at("properties").as_object();
    const auto* required = tool.input_schema.if_contains("required");
    for (const auto& [key, value] : values) {
      const bool is_required =
          required != nullptr && std::ranges::find(required->as_array(), boost::json::value(key)) !=
                                     required->as_array().end();
      const bool is_wanted = key == "add_labels" || key == "message_ids" || key == "name";
      if (properties.contains(key) && (is_required || is_wanted)) out[key] = value;
    }
    return out;
  }

  model::Caller caller() const {
    model::Caller alice;
    alice.kind = model::CallerKind::user;
    alice.only_user = model::ExternalUserId{"alice"};
    alice.credential = "test";
    alice.grant = grant_;
    return alice;
  }
  std::vector<std::string> offered() const {
    std::vector<std::string> names;
    for (const auto& tool : tools::catalog()) {
      if (operation::is_offered(house_->services, caller(), tool.info)) {
        names.emplace_back(tool.info.name);
      }
    }
    return names;
  }

  model::Connection other_;
};

TEST_F(LimitedCredential, finds_no_difference_between_another_account_and_none) {
  int asked = 0;
  for (const auto& tool : tools::catalog()) {
    for (const std::string key : {"connection_id", "account_id"}) {
      if (tool.arguments->find(key) == nullptr) continue;
      ++asked;
      const auto missing = answer(tool, key, crypto::random_uuid());
      EXPECT_EQ(answer(tool, key, other_.id.str()), missing) << tool.info.name;
      EXPECT_EQ(answer(tool, key, bob_.id.str()), missing) << tool.info.name;
    }
  }
  EXPECT_GE(asked, 25);
}

TEST_F(LimitedCredential, lists_the_accounts_that_it_reaches) {
  for (const auto* name : {"gmail_list_connections", "list_gmail_accounts"}) {
    const auto listed = body(call(name));
    EXPECT_NE(listed.find(alice_.id.str()), std::string::npos) << listed;
    EXPECT_EQ(listed.find(other_.id.str()), std::string::npos) << listed;
    EXPECT_EQ(listed.find("private"), std::string::npos) << listed;
  }
}

TEST_F(LimitedCredential, works_on_the_accounts_that_it_reaches) {
  EXPECT_TRUE(call("gmail_list_labels").ok());
  EXPECT_TRUE(
      call("gmail_send", R"({"to": ["ann@shop.example"], "subject": "s", "body": "b"})").ok());
}

TEST_F(LimitedCredential, to_some_accounts_neither_connects_nor_ends_any) {
  for (const auto& [name, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"gmail_get_auth_url", R"({"user_id": "alice"})"},
           {"gmail_disconnect", "{}"},
           {"gmail_handle_oauth_callback", R"({"code": "c", "state": "s"})"},
           {"add_gmail_account", R"({"email": "x@gmail.com", "app_password": "abcdabcdabcdabcd"})"},
           {"remove_gmail_account", R"({"account_id": ")" + alice_.id.str() + "\"}"}}) {
    EXPECT_EQ(refusal(name, arguments), Errc::forbidden) << name;
    EXPECT_EQ(std::ranges::count(offered(), name), 0) << name;
  }
}

TEST_F(LimitedCredential, is_offered_what_it_may_call_and_refused_all_else) {
  grant_.connections.clear();
  struct Limits {
    bool read_only;
    std::vector<std::string> toolsets;
  };
  for (const auto& limits : std::vector<Limits>{{true, {}},
                                                {false, {"read"}},
                                                {false, {"connections", "write"}},
                                                {true, {"read", "organize", "history"}}}) {
    grant_.read_only = limits.read_only;
    grant_.toolsets = limits.toolsets;
    const auto names = offered();
    EXPECT_FALSE(names.empty());
    for (const auto& tool : tools::catalog()) {
      const bool is_named =
          limits.toolsets.empty() ||
          std::ranges::count(limits.toolsets, operation::to_string(tool.info.toolset)) > 0;
      const bool may = tool.info.toolset != Toolset::setup && is_named &&
                       (!limits.read_only || tool.info.effect == Effect::reads);
      EXPECT_EQ(std::ranges::count(names, tool.info.name) == 1, may) << tool.info.name;
      if (!may) {
        EXPECT_EQ(code(call(tool.info.name)), Errc::forbidden) << tool.info.name;
      }
    }
  }
}

TEST_F(LimitedCredential, has_a_list_of_tools_of_its_own) {
  const operation::Catalog all{tools::catalog(), {}, {}};
  McpOffer offer{all, house_->services, "mcp"};
  const auto listing = [&] {
    const CallerPrincipal principal{caller()};
    std::string names;
    for (const auto& tool : offer.tools(principal)) names += tool.name + " ";
    return std::pair{offer.list_key(principal), names};
  };
  std::map<std::string, std::string> by_key;
  for (const bool read_only : {false, true}) {
    for (const bool for_some : {false, true}) {
      for (const auto& toolsets : std::vector<std::vector<std::string>>{
               {}, {"read"}, {"write"}, {"read", "write"}, {"connections"}}) {
        grant_.read_only = read_only;
        grant_.connections.clear();
        if (for_some) grant_.connections = {alice_.id.str()};
        grant_.toolsets = toolsets;
        const auto [key, names] = listing();
        EXPECT_EQ(by_key.try_emplace(key, names).first->second, names) << key;
      }
    }
  }
  EXPECT_EQ(by_key.size(), 20U);
}

TEST_F(LimitedCredential, reads_no_resource_of_another_account) {
  const operation::Catalog all{{}, resources::catalog(), {}};
  McpOffer offer{all, house_->services, "mcp"};
  const auto read = [&](std::string uri) {
    mcp::Context context;
    context.principal = std::make_shared<CallerPrincipal>(caller());
    context.request_id = "r1";
    try {
      run_to_end(loop_, offer.check_subscription(context, uri));
      auto round = run_to_end(loop_, offer.read_resource(context, std::move(uri)));
      return std::get<std::vector<mcp::ResourceContents>>(round).front().text;
    } catch (const Error& error) {
      return error.message;
    }
  };
  int asked = 0;
  for (const auto& one : resources::catalog()) {
    auto uri = std::string{one.uri};
    const auto from = uri.find("{connection_id}") == std::string::npos
                          ? uri.find("{account_id}")
                          : uri.find("{connection_id}");
    if (from == std::string::npos) continue;
    ++asked;
    const auto with = [&](const std::string& id) {
      auto filled = uri;
      filled.replace(from, filled.find('}', from) + 1 - from, id);
      if (const auto at = filled.find("{email}"); at != std::string::npos) {
        filled.replace(at, 7, "ann@shop.example");
      }
      return read(filled);
    };
    EXPECT_EQ(with(other_.id.str()), with(crypto::random_uuid())) << uri;
  }
  EXPECT_GE(asked, 4);
  for (const auto* uri : {"users://list", "users://alice/connections"}) {
    const auto text = read(uri);
    EXPECT_EQ(text.find("private"), std::string::npos) << text;
    EXPECT_EQ(text.find(other_.id.str()), std::string::npos) << text;
    EXPECT_NE(text.find("alice"), std::string::npos) << text;
  }
  EXPECT_NE(read("users://list").find(R"("connection_count":1)"), std::string::npos);
}

TEST_F(LimitedCredential, is_proposed_no_other_account) {
  const operation::Catalog all{{}, resources::catalog(), {}};
  McpOffer offer{all, house_->services, "mcp"};
  mcp::Context context;
  context.principal = std::make_shared<CallerPrincipal>(caller());
  context.request_id = "r1";
  const auto proposed = [&](std::string argument) {
    mcp::CompletionRequest request;
    request.kind = "prompt";
    request.argument = std::move(argument);
    return run_to_end(loop_, offer.complete(context, request)).values;
  };
  EXPECT_EQ(proposed("connection_id"), std::vector{alice_.id.str()});
  grant_.toolsets = {"read"};
  context.principal = std::make_shared<CallerPrincipal>(caller());
  EXPECT_TRUE(proposed("connection_id").empty());
}

}  // namespace
}  // namespace gmail_mcp::surface
