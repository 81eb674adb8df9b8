#include "operation/user_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "operation/run.h"
#include "operation/testing/house_bench.h"

namespace gmail_mcp::operation {
namespace {

using ::testing::HasSubstr;

class Tokens : public ::testing::Test {
 protected:
  model::Connection connect(const std::string& user, const std::string& address) {
    auto call = house_.call();
    model::NewAccount account;
    account.user = model::ExternalUserId{user};
    account.email = address;
    account.app_password = Secret{"abcdabcdabcdabcd"};
    return run_to_end(loop_, house_.accounts.add(call, account));
  }
  static model::Caller caller(model::CallerKind kind, const std::string& only = {}) {
    model::Caller made;
    made.kind = kind;
    made.credential = "test";
    if (!only.empty()) made.only_user = model::ExternalUserId{only};
    return made;
  }
  Outcome run(const Operation& operation, json::object arguments, model::Caller as) {
    Origin origin;
    origin.surface = "test";
    origin.request_id = "r1";
    return run_to_end(loop_, operation::run(house_.services, operation, std::move(as),
                                            std::move(origin), arguments));
  }
  json::object ask(const Operation& operation, json::object arguments) {
    auto outcome = run(operation, std::move(arguments), application_);
    EXPECT_TRUE(outcome.ok()) << json_text(*outcome.failure());
    return outcome.made()->object();
  }
  Error refusal(const Operation& operation, json::object arguments) {
    return refusal(operation, std::move(arguments), application_);
  }
  Error refusal(const Operation& operation, json::object arguments, model::Caller as) {
    auto outcome = run(operation, std::move(arguments), std::move(as));
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? Error{Errc::internal, ""} : outcome.failure()->error;
  }
  static std::string text(const json::object& object, const char* key) {
    return std::string{object.at(key).as_string()};
  }
  std::optional<model::Caller> recognized(const std::string& token) {
    return run_to_end(loop_, house_.user_tokens.recognize(token));
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::string lines_;
  std::unique_ptr<Log> log_ = Log::capture(lines_);
  testing::HouseBench house_{loop_, clock_, *log_};
  const TokenOperations& tokens_ = token_operations();
  model::Caller application_ = caller(model::CallerKind::application);
};

TEST_F(Tokens, that_are_given_out_work_within_their_limits) {
  const auto work = connect("ann", "work@gmail.com");
  const auto made = ask(tokens_.create, {{"user_id", "ann"},
                                         {"name", "laptop"},
                                         {"connections", json::array{"Work@gmail.com"}},
                                         {"toolsets", json::array{"write", "read", "write"}},
                                         {"read_only", true},
                                         {"approval", "always"},
                                         {"expires", "30d"}});
  const auto known = recognized(text(made, "token")).value();
  EXPECT_EQ(known.only_user->str(), "ann");
  EXPECT_EQ(known.grant.connections, std::vector{work.id.str()});
  EXPECT_EQ(known.grant.toolsets, (std::vector<std::string>{"read", "write"}));
  EXPECT_TRUE(known.grant.read_only);
  EXPECT_EQ(known.grant.approval, model::Approval::always);
  EXPECT_EQ(text(made, "state"), "live");
  EXPECT_EQ(lines_.find(text(made, "token")), std::string::npos) << "not in the log";
}

TEST_F(Tokens, are_listed_without_the_token_and_can_be_ended) {
  const auto made = ask(tokens_.create, {{"user_id", "ann"}});
  ask(tokens_.create, {{"user_id", "bob"}});
  const auto listed = ask(tokens_.list, {{"user_id", "ann"}});
  ASSERT_EQ(listed.at("tokens").as_array().size(), 1U);
  EXPECT_EQ(json::serialize(listed).find(text(made, "token")), std::string::npos);
  EXPECT_EQ(ask(tokens_.list, {}).at("tokens").as_array().size(), 2U);
  EXPECT_EQ(text(ask(tokens_.revoke, {{"id", text(made, "id")}}), "state"), "revoked");
  EXPECT_THROW(recognized(text(made, "token")), Error);
  EXPECT_EQ(refusal(tokens_.revoke, {{"id", "gmu_nobodys"}}).code, Errc::not_found);
}

TEST_F(Tokens, of_what_does_not_exist_are_refused_with_what_does) {
  connect("ann", "work@gmail.com");
  connect("bob", "bob@gmail.com");
  const auto accounts =
      refusal(tokens_.create, {{"user_id", "ann"}, {"connections", json::array{"bob@gmail.com"}}});
  EXPECT_EQ(accounts.code, Errc::invalid_argument);
  EXPECT_THAT(accounts.hint, HasSubstr("work@gmail.com"));
  const auto toolsets =
      refusal(tokens_.create, {{"user_id", "ann"}, {"toolsets", json::array{"setup"}}});
  EXPECT_EQ(toolsets.code, Errc::invalid_argument);
  EXPECT_THAT(toolsets.hint, HasSubstr("connections, accounts, read, write, organize, history"));
}

TEST_F(Tokens, end_when_they_should) {
  const auto end = [&](const char* expires) {
    return text(ask(tokens_.create, {{"user_id", "ann"}, {"expires", expires}}), "expires_at");
  };
  EXPECT_EQ(end("12h"), "2026-01-01T12:00:00Z");
  EXPECT_EQ(end("30d"), "2026-01-31T00:00:00Z");
  EXPECT_EQ(end(" 2w "), "2026-01-15T00:00:00Z");
  EXPECT_EQ(end("2026-01-01"), "2026-01-02T00:00:00Z") << "the last day is one of them";
  EXPECT_EQ(end("2026-02-03T04:05:06Z"), "2026-02-03T04:05:06Z");
  for (const auto* bad : {"0d", "-1d", "30", "d", "30m", "2025-12-31", "2125-01-01", "soon",
                          "99999999999999999999d", "1e9d", "2026-02-31x"}) {
    EXPECT_EQ(refusal(tokens_.create, {{"user_id", "ann"}, {"expires", bad}}).code,
              Errc::invalid_argument)
        << bad;
  }
}

TEST_F(Tokens, are_not_handled_by_persons) {
  const auto ann = caller(model::CallerKind::user, "ann");
  for (const auto* operation : {&tokens_.create, &tokens_.list, &tokens_.revoke}) {
    const json::object arguments =
        operation == &tokens_.revoke ? json::object{{"id", "gmu_x"}} : json::object{};
    EXPECT_EQ(refusal(*operation, arguments, ann).code, Errc::forbidden) << operation->info.name;
  }
}

TEST_F(Tokens, are_not_handled_by_whoever_comes_without_a_credential) {
  auto anybody = application_;
  anybody.credential = "allow_unauthenticated";
  EXPECT_EQ(refusal(tokens_.create, {{"user_id", "ann"}}, anybody).code, Errc::forbidden);
  EXPECT_EQ(refusal(tokens_.list, {}, anybody).code, Errc::forbidden);
}

TEST_F(Tokens, of_one_user_are_all_that_an_application_limited_to_that_user_handles) {
  const auto made = ask(tokens_.create, {{"user_id", "bob"}});
  const auto for_ann = caller(model::CallerKind::application, "ann");
  EXPECT_EQ(refusal(tokens_.create, {{"user_id", "bob"}}, for_ann).code, Errc::forbidden);
  EXPECT_EQ(refusal(tokens_.revoke, {{"id", text(made, "id")}}, for_ann).code, Errc::not_found);
  auto own = run(tokens_.create, {}, for_ann);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(text(own.made()->object(), "user_id"), "ann");
  auto listed = run(tokens_.list, {}, for_ann);
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed.made()->object().at("tokens").as_array().size(), 1U);
  auto others = run(tokens_.list, {{"user_id", "bob"}}, for_ann);
  EXPECT_TRUE(others.made()->object().at("tokens").as_array().empty());
}

TEST_F(Tokens, are_audited_when_they_are_made_ended_and_used) {
  const auto made = ask(tokens_.create, {{"user_id", "ann"}});
  Info reading;
  reading.name = "read";
  reading.toolset = Toolset::read;
  reading.effect = Effect::reads;
  std::function<Task<std::string>(Call&)> work = [](Call&) -> Task<std::string> {
    co_return std::string{};
  };
  run_to_end(loop_, run_work(house_.services, reading, recognized(text(made, "token")).value(), {},
                             std::move(work)));
  ask(tokens_.revoke, {{"id", text(made, "id")}});
  run_to_end(loop_, house_.store.flush());
  const auto rows =
      run_to_end(loop_, house_.store.audit().recent(model::Access::system("test"), 10));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[2].operation, "create_token");
  EXPECT_EQ(rows[2].user_id, "ann");
  EXPECT_EQ(rows[1].caller, "user:token " + text(made, "id") + ":ann");
  EXPECT_EQ(rows[0].operation, "revoke_token");
  EXPECT_EQ(rows[0].user_id, "ann");
}

TEST_F(Tokens, end_with_their_user) {
  const auto made = ask(tokens_.create, {{"user_id", "ann"}});
  EXPECT_TRUE(recognized(text(made, "token")));
  auto call = house_.call();
  run_to_end(loop_, house_.accounts.remove_user(call, model::ExternalUserId{"ann"}));
  EXPECT_THROW(recognized(text(made, "token")), Error) << "at once, in this process";
  clock_.advance(std::chrono::seconds{5});
  EXPECT_EQ(recognized(text(made, "token")), std::nullopt);
}

}  // namespace
}  // namespace gmail_mcp::operation
