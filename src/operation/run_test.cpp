#include "operation/run.h"

#include <gtest/gtest.h>

#include <new>

#include "operation/testing/house_bench.h"

namespace gmail_mcp::operation {
namespace {

struct Args {
  std::string word;

  static auto fields() {
    return schema::Fields{schema::required("word", &Args::word).range(1, 10)};
  }
};

struct Output {
  std::string echo;

  static auto fields() { return schema::Fields{schema::field("echo", &Output::echo)}; }
};

int calls = 0;
constexpr std::size_t much = 100'000;

Task<Output> echo(Call& /*call*/, Args args) {
  ++calls;
  if (args.word == "throw") throw Error{Errc::rate_limited, "Rate limited.", "Wait."};
  if (args.word == "much") args.word.assign(much, 'x');
  if (args.word == "quotes") args.word.assign(much * 7 / 10, '"');
  if (args.word == "controls") args.word.assign(much, '\x01');
  if (args.word == "exhaust") throw std::bad_alloc{};
  if (args.word == "break") throw std::runtime_error{"secret canary in an internal failure"};
  Output out;
  out.echo = std::move(args.word);
  co_return out;
}

json::object keys_of_failure(Errc) {
  json::object keys;
  keys["valid"] = false;
  return keys;
}

Operation echo_tool(Toolset toolset = Toolset::read) {
  return operation<Args, Output>({.name = "echo",
                                  .title = "Echo",
                                  .description = "",
                                  .toolset = toolset,
                                  .effect = Effect::reads},
                                 echo, keys_of_failure);
}

std::optional<Errc> code_of(const Outcome& outcome) {
  if (outcome.ok()) return std::nullopt;
  return outcome.failure()->error.code;
}

class Staircase : public ::testing::Test {
 protected:
  Outcome call(const Operation& tool, json::object arguments,
               model::CallerKind kind = model::CallerKind::application) {
    model::Caller caller;
    caller.kind = kind;
    caller.credential = "test";
    Origin origin;
    origin.surface = "test";
    origin.request_id = "r1";
    return run_to_end(loop_, run(house_.services, tool, caller, origin, arguments));
  }
  Outcome call(json::object arguments) { return call(tool_, std::move(arguments)); }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::string lines_;
  std::unique_ptr<Log> log_ = Log::capture(lines_);
  testing::HouseBench house_{
      loop_, clock_, *log_, {.answers = {.total = 10 * much, .of_one = much + much / 2}}};
  Operation tool_ = echo_tool();
};

TEST_F(Staircase, a_good_call_gives_its_result) {
  const auto outcome = call({{"word", "hi"}});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.made()->text(), R"({"echo":"hi"})");
}

TEST_F(Staircase, a_failure_has_one_shape_and_the_keys_of_its_contract) {
  const auto outcome = call({{"word", "throw"}});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(json_text(*outcome.failure()),
            R"({"success":false,"error":"Rate limited.","code":"rate_limited","retryable":true,)"
            R"("hint":"Wait.","valid":false})");
}

TEST_F(Staircase, bad_arguments_stop_before_anything_happens) {
  calls = 0;
  const auto outcome = call({{"wrod", "hi"}});
  EXPECT_EQ(code_of(outcome), Errc::invalid_argument);
  EXPECT_EQ(outcome.failure()->error.message,
            "The argument wrod of echo is not known; known are: word.");
  EXPECT_EQ(calls, 0);
}

TEST_F(Staircase, an_unforeseen_failure_says_nothing_of_its_inside) {
  const auto outcome = call({{"word", "break"}});
  EXPECT_EQ(code_of(outcome), Errc::internal);
  EXPECT_EQ(json_text(*outcome.failure()).find("canary"), std::string::npos);
}

TEST_F(Staircase, who_finds_no_memory_may_try_again_later) {
  const auto outcome = call({{"word", "exhaust"}});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(json_text(*outcome.failure()),
            R"({"success":false,"error":"The server is out of memory.","code":"unavailable",)"
            R"("retryable":true,"hint":"Try again later.","valid":false})");
}

TEST_F(Staircase, a_large_answer_is_held_until_its_receipt_is_gone_and_the_next_is_told_to_wait) {
  const auto& answers = house_.answers;
  {
    auto held = call({{"word", "much"}});
    ASSERT_TRUE(held.ok());
    EXPECT_GE(answers.counts().used, much) << "before anything of it is written";
    const auto text = run_to_end(loop_, json_text(held, nullptr));
    EXPECT_GE(answers.counts().used, text.size());
    const auto refused = call({{"word", "much"}});
    ASSERT_EQ(code_of(refused), Errc::rate_limited);
    EXPECT_EQ(refused.failure()->error.retry_after, std::chrono::seconds{1});
    EXPECT_TRUE(call({{"word", "hi"}}).ok()) << "what is small is not counted";
  }
  EXPECT_EQ(answers.counts().used, 0U);
  EXPECT_TRUE(call({{"word", "much"}}).ok());
}

TEST_F(Staircase, an_answer_that_is_longer_when_written_is_held_whole_or_refused) {
  const auto& answers = house_.answers;
  {
    auto escaped = call({{"word", "quotes"}});
    const auto text = run_to_end(loop_, json_text(escaped, nullptr));
    EXPECT_TRUE(escaped.ok());
    EXPECT_EQ(answers.counts().used, text.size());
  }
  auto refused = call({{"word", "controls"}});
  EXPECT_TRUE(refused.ok()) << "what is escaped in it is not known yet";
  const auto text = run_to_end(loop_, json_text(refused, nullptr));
  ASSERT_EQ(code_of(refused), Errc::rate_limited);
  EXPECT_EQ(text, json_text(*refused.failure()));
}

TEST_F(Staircase, set_up_tools_are_for_the_operator) {
  const auto tool = echo_tool(Toolset::setup);
  EXPECT_EQ(code_of(call(tool, {{"word", "hi"}})), Errc::forbidden);
  EXPECT_TRUE(call(tool, {{"word", "hi"}}, model::CallerKind::operator_).ok());
}

TEST_F(Staircase, an_incomplete_set_up_answers_everything_but_the_set_up_tools) {
  house_.services.state.emplace<Unready>(Unready{Error{Errc::misconfigured, "No key."}});
  EXPECT_EQ(code_of(call({{"word", "hi"}})), Errc::misconfigured);
  EXPECT_TRUE(call(echo_tool(Toolset::setup), {{"word", "hi"}}, model::CallerKind::operator_).ok());
}

TEST_F(Staircase, the_person_of_a_flow_may_use_no_tool) {
  EXPECT_EQ(code_of(call(tool_, {{"word", "hi"}}, model::CallerKind::flow)), Errc::forbidden);
}

TEST_F(Staircase, every_call_leaves_one_line_without_its_arguments) {
  call({{"word", "canary"}});
  EXPECT_NE(
      lines_.find(R"("message":"tool_call","request_id":"r1","surface":"test","tool":"echo")"),
      std::string::npos)
      << lines_;
  EXPECT_NE(lines_.find(R"("outcome":"ok")"), std::string::npos);
  EXPECT_EQ(lines_.find("canary"), std::string::npos);
}

}  // namespace
}  // namespace gmail_mcp::operation
