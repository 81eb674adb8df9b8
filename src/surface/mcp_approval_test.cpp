#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "operation/testing/house_bench.h"
#include "surface/mcp.h"
#include "surface/mcp_questions.h"
#include "tools/catalog.h"

namespace gmail_mcp::surface {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Ann over MCP; whatever she sends waits for approval.
class AskingBench : public ::testing::Test {
 protected:
  AskingBench() {
    const auto access = model::Access::system("test");
    const auto owner =
        run_to_end(loop_, house_.store.users().get_or_create(access, model::ExternalUserId{"ann"}));
    store::NewCredential credential;
    credential.user_id = owner.id;
    credential.gmail_address = "ann@gmail.example";
    credential.google_sub = "ann";
    credential.ciphertexts.access_token = "a";
    credential.ciphertexts.refresh_token = "r";
    ann_ = run_to_end(loop_, house_.store.connections().save(access, credential));
    house_.pool.lease(ann_);
    model::Caller caller;
    caller.kind = model::CallerKind::user;
    caller.only_user = model::ExternalUserId{"ann"};
    caller.credential = "test";
    context_.principal = std::make_shared<CallerPrincipal>(caller);
  }

  mcp::Round<mcp::ToolResult> call(const std::string& tool, std::string_view arguments) {
    auto given = json::parse(arguments).as_object();
    if (tool != "gmail_send_status") given["connection_id"] = ann_.id.str();
    return run_to_end(loop_, offer_.call_tool(context_, tool, given));
  }
  static json::object result(mcp::Round<mcp::ToolResult> round) {
    auto* end = std::get_if<mcp::ToolResult>(&round);
    if (end == nullptr) {
      ADD_FAILURE() << "a question instead of a result";
      return {};
    }
    if (end->is_error) return json::parse(end->content[0].at("text").as_string()).as_object();
    return json::parse(end->structured).as_object();
  }
  mcp::InputRequired question(mcp::Round<mcp::ToolResult> round) {
    auto* asked = std::get_if<mcp::InputRequired>(&round);
    if (asked == nullptr) {
      ADD_FAILURE() << "a result instead of a question: "
                    << json::serialize(result(std::move(round)));
      return {};
    }
    return std::move(*asked);
  }
  // The same call comes again; its arguments may be gone by then.
  json::object answer(const std::string& tool, const mcp::InputRequired& asked,
                      std::string_view said) {
    context_.state = asked.state;
    context_.answers = {};
    context_.answers[asked.requests.at(0).key] = json::parse(said);
    json::object nothing;
    auto end = result(run_to_end(loop_, offer_.call_tool(context_, tool, nothing)));
    context_.state.clear();
    context_.answers = {};
    return end;
  }
  std::string arguments_of(const std::string& tool, const std::string& text) {
    if (tool == "gmail_forward") {
      const auto id = mailbox().deliver(
          "From: Priya <priya@x.example>\r\nTo: ann@gmail.example\r\nSubject: "
          "Offer\r\n\r\nTen.\r\n");
      return R"({"message_id":")" + id.str() + R"(","to":"bob@x.example","body":")" + text +
             R"("})";
    }
    std::string letter = R"({"to":"bob@x.example","subject":"Hello","body":")" + text + R"("})";
    if (tool != "gmail_send_draft") return letter;
    const auto draft = result(call("gmail_create_draft", letter));
    return R"({"draft_id":")" + std::string{draft.at("draft_id").as_string()} + R"("})";
  }
  static std::string text(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
  }
  mail::MemoryMailbox& mailbox() { return *house_.mailboxes.at(ann_.id.str()); }
  int sent() { return mailbox().sent_count(); }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  std::string no_page_;  // why none can be opened
  operation::testing::HouseBench house_{
      loop_, clock_, *log_, {.approval = model::Approval::always, .serve_approvals = [this] {
                               return no_page_;
                             }}};
  operation::Catalog catalog_{tools::catalog(), {}, {}};
  McpOffer offer_{catalog_, house_.services, "mcp"};
  model::Connection ann_;
  mcp::Context context_;
};

TEST_F(AskingBench, where_no_page_can_be_opened_the_answer_says_what_to_do) {
  no_page_ = "Over stdio this program does not serve the page.";
  const auto held = result(call("gmail_send", arguments_of("gmail_send", "Hello")));
  EXPECT_EQ(text(held, "status"), "held");
  EXPECT_THAT(text(held, "note"), HasSubstr(no_page_));
  no_page_.clear();
  const auto status =
      result(call("gmail_send_status", R"({"send_id":")" + text(held, "send_id") + R"("})"));
  EXPECT_EQ(text(status, "status"), "held");
  EXPECT_THAT(text(status, "note"), Not(HasSubstr("Over stdio"))) << "as it is now";
}

class AskedTool : public AskingBench, public ::testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(SendingTools, AskedTool,
                         ::testing::Values("gmail_send", "send_email", "gmail_forward",
                                           "gmail_send_draft"),
                         [](const auto& each) { return std::string{each.param}; });

constexpr char send_once[] = R"({"action":"accept","content":{"decision":"send_once"}})";

TEST_P(AskedTool, a_client_without_forms_gets_the_link) {
  const auto held = result(call(GetParam(), arguments_of(GetParam(), "Text.")));
  EXPECT_EQ(text(held, "status"), "held");
  EXPECT_THAT(text(held, "approval_url"), StartsWith("https://mail.example/approve/"));
  EXPECT_THAT(text(held, "note"), StartsWith("Nothing was sent."));
  EXPECT_EQ(sent(), 0);
}

TEST_P(AskedTool, a_client_with_forms_asks_the_person_and_what_they_saw_is_sent) {
  context_.can_ask_by_form = true;
  const auto asked = question(call(GetParam(), arguments_of(GetParam(), "Text.")));
  ASSERT_EQ(asked.requests.size(), 1U);
  EXPECT_EQ(asked.requests[0].method, "elicitation/create");
  const auto& params = asked.requests[0].params;
  EXPECT_EQ(params.at("mode").as_string(), "form");
  const std::string message{params.at("message").as_string()};
  EXPECT_THAT(message, HasSubstr("To: bob@x.example\n"));
  EXPECT_THAT(message, HasSubstr("| Text."));
  EXPECT_THAT(message, HasSubstr("Warning: You never wrote to bob@x.example"));
  EXPECT_EQ(json::serialize(params.at("requestedSchema")),
            R"({"type":"object","properties":{"decision":{"type":"string","title":"Decision",)"
            R"("enum":["dont_send","send_once"]}},"required":["decision"]})");
  EXPECT_EQ(sent(), 0);
  const auto end = answer(GetParam(), asked, send_once);
  EXPECT_EQ(text(end, "status"), "sent");
  EXPECT_TRUE(end.at("success").as_bool());
  EXPECT_EQ(sent(), 1);
  EXPECT_EQ(text(answer(GetParam(), asked, send_once), "code"), "conflict") << "once";
  EXPECT_EQ(sent(), 1);
}

TEST_P(AskedTool, who_declines_refuses_and_who_says_nothing_decides_nothing) {
  context_.can_ask_by_form = true;
  const auto first = question(call(GetParam(), arguments_of(GetParam(), "One.")));
  for (const auto* said :
       {R"({"action":"cancel"})", R"({"action":"accept"})", R"({"action":"accept","content":5})",
        R"({"action":"accept","content":{"decision":true}})", R"("yes")", R"({})"}) {
    const auto end = answer(GetParam(), first, said);
    EXPECT_EQ(text(end, "status"), "held") << said;
    EXPECT_THAT(text(end, "approval_url"), StartsWith("https://mail.example/approve/"));
  }
  EXPECT_EQ(text(answer(GetParam(), first, R"({"action":"decline"})"), "status"), "refused");
  const auto second = question(call(GetParam(), arguments_of(GetParam(), "Two.")));
  EXPECT_EQ(
      text(answer(GetParam(), second, R"({"action":"accept","content":{"decision":"dont_send"}})"),
           "status"),
      "refused");
  EXPECT_EQ(sent(), 0);
}

TEST_F(AskingBench, who_was_asked_in_vain_gets_the_link_the_next_time) {
  context_.can_ask_by_form = true;
  const auto letter = arguments_of("gmail_send", "Text.");
  const auto asked = question(call("gmail_send", letter));
  EXPECT_EQ(text(result(call("gmail_send", letter)), "status"), "held");
  EXPECT_EQ(text(answer("gmail_send", asked, send_once), "status"), "sent");
}

TEST_F(AskingBench, what_a_form_cannot_show_whole_is_approved_on_the_page) {
  context_.can_ask_by_form = true;
  std::string people = "\"a@x.example\"";
  for (int i = 0; i < 20; ++i) people += ",\"p" + std::to_string(i) + "@x.example\"";
  for (
      const auto& rest :
      {R"("to":"bob@x.example","body":")" + std::string(1'501, 'a') + "\"",
       R"("body":"B","to":[)" + people + "]",
       std::string{R"("to":"bob@x.example","body_html":"<p>A</p><p hidden>Secret</p>")"},
       std::string{R"("to":"bob@x.example","body_html":"<p>A<!-- Secret --></p>")"},
       std::string{
           R"("to":"bob@x.example","body_html":"<p>A<img src='https://e.example/?Secret'></p>")"}}) {
    const auto held = result(call("gmail_send", R"({"subject":"S",)" + rest + "}"));
    EXPECT_EQ(text(held, "status"), "held") << rest;
    EXPECT_THAT(text(held, "approval_url"), StartsWith("https://mail.example/approve/"));
  }
  EXPECT_EQ(sent(), 0);
}

TEST_F(AskingBench, an_answer_to_another_message_sends_nothing) {
  context_.can_ask_by_form = true;
  auto asked = question(call("gmail_send", arguments_of("gmail_send", "One.")));
  const auto other = question(call("gmail_send", arguments_of("gmail_send", "Two.")));
  const auto state = read_state(asked.state).value();
  const auto another = read_state(other.state).value();
  asked.state = std::string{approve_question} + "\n" + state.subject + "\n" + another.digest;
  EXPECT_EQ(text(answer("gmail_send", asked, send_once), "code"), "conflict");
  EXPECT_EQ(sent(), 0);
}

TEST_F(AskingBench, the_text_of_the_message_cannot_look_like_ours) {
  context_.can_ask_by_form = true;
  const auto asked = question(
      call("gmail_send",
           arguments_of("gmail_send", "Hello\\nTo: nobody@x.example\\n\\u0007\\u202edone")));
  const std::string message{asked.requests.at(0).params.at("message").as_string()};
  EXPECT_THAT(message, HasSubstr("\n| To: nobody@x.example"));
  EXPECT_THAT(message, Not(HasSubstr("\u202e")));
  EXPECT_THAT(message, Not(HasSubstr("\a")));
}

TEST_F(AskingBench, a_lost_account_is_connected_again_on_a_page_that_the_client_opens) {
  const auto all = model::Access::system("test");
  run_to_end(loop_, house_.store.connections().require_reconnect(all, ann_.id, ann_.version,
                                                                 store::CredentialLoss::refused));
  const auto letter = R"({"to":"bob@x.example","subject":"S","body":"B"})";
  const auto refused = result(call("gmail_send", letter));
  EXPECT_EQ(text(refused, "code"), "reconnect_required");
  const auto link = text(refused, "connect_url");
  context_.can_ask_by_url = true;
  const auto asked = question(call("gmail_send", letter));
  const auto& params = asked.requests.at(0).params;
  EXPECT_EQ(params.at("mode").as_string(), "url");
  EXPECT_EQ(params.at("url").as_string(), link);
  const auto opened = answer("gmail_send", asked, R"({"action":"accept"})");
  EXPECT_EQ(text(opened, "code"), "reconnect_required");
  EXPECT_THAT(text(opened, "hint"), HasSubstr("Repeat the call"));
  const auto closed = answer("gmail_send", asked, R"({"action":"decline"})");
  EXPECT_EQ(text(closed, "connect_url"), link);
}

}  // namespace
}  // namespace gmail_mcp::surface
