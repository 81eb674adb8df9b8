#include "operation/throttle.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/testing/growth.h"

namespace gmail_mcp::operation {
namespace {

using namespace std::chrono_literals;

model::Caller application(std::string credential) {
  model::Caller caller;
  caller.kind = model::CallerKind::application;
  caller.credential = std::move(credential);
  return caller;
}

// nullopt: allowed; otherwise how long to wait.
template <class Charge>
std::optional<std::chrono::seconds> refused(Charge charge) {
  try {
    charge();
    return std::nullopt;
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::rate_limited);
    EXPECT_TRUE(error.retry_after);
    return error.retry_after;
  }
}

TEST(Throttle, AMinutesWorthMayComeAtOnceAndThenOneCallAtATime) {
  ManualClock clock;
  Throttle throttle{{.per_credential = 60}, clock};
  const auto caller = application("auth_token");
  for (int i = 0; i < 60; ++i) throttle.charge_credential(caller);
  EXPECT_EQ(refused([&] { throttle.charge_credential(caller); }), 1s);
  clock.advance(1s);
  EXPECT_FALSE(refused([&] { throttle.charge_credential(caller); }));
  EXPECT_EQ(refused([&] { throttle.charge_credential(caller); }), 1s);
}

TEST(Throttle, APersonWithFiftyTokensHasTheCallsOfOneCredential) {
  ManualClock clock;
  Throttle throttle{{.per_credential = 10}, clock};
  model::Caller bob;
  bob.kind = model::CallerKind::user;
  bob.only_user = model::ExternalUserId{"bob"};
  int taken = 0;
  for (int i = 0; i < 50; ++i) {
    bob.credential = "token " + std::to_string(i);
    if (!refused([&] { throttle.charge_credential(bob); })) ++taken;
  }
  EXPECT_EQ(taken, 10);
  auto ann = bob;
  ann.only_user = model::ExternalUserId{"ann"};
  EXPECT_FALSE(refused([&] { throttle.charge_credential(ann); }));
}

TEST(Throttle, AnApplicationHasOneLimitWhicheverUsersItNames) {
  ManualClock clock;
  Throttle throttle{{.per_credential = 10}, clock};
  auto caller = application("auth_token");
  int taken = 0;
  for (int i = 0; i < 50; ++i) {
    caller.only_user = model::ExternalUserId{"invented-" + std::to_string(i)};
    if (!refused([&] { throttle.charge_credential(caller); })) ++taken;
  }
  EXPECT_EQ(taken, 10);
  EXPECT_TRUE(refused([&] { throttle.charge_credential(application("auth_token")); }));
}

TEST(Throttle, OneUsersCallsDoNotHoldUpAnother) {
  ManualClock clock;
  Throttle throttle{{.per_user = 1}, clock};
  const auto caller = application("auth_token");
  throttle.charge_user(caller, model::ExternalUserId{"ann"});
  EXPECT_EQ(refused([&] { throttle.charge_user(caller, model::ExternalUserId{"ann"}); }), 60s);
  EXPECT_FALSE(refused([&] { throttle.charge_user(caller, model::ExternalUserId{"bob"}); }));
}

TEST(Throttle, TheOperatorIsNeverHeldUp) {
  ManualClock clock;
  Throttle throttle{{.per_credential = 1, .per_user = 1}, clock};
  auto caller = application("operator_token");
  caller.kind = model::CallerKind::operator_;
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(refused([&] { throttle.charge_credential(caller); }));
    EXPECT_FALSE(refused([&] { throttle.charge_user(caller, model::ExternalUserId{"ann"}); }));
  }
}

TEST(Throttle, WithoutLimitsNobodyIsHeldUp) {
  ManualClock clock;
  Throttle throttle{{}, clock};
  const auto caller = application("auth_token");
  for (int i = 0; i < 100'000; ++i) throttle.charge_credential(caller);
}

TEST(Throttle, ManyInventedUsersAreForgottenWhenTheirMinuteIsOver) {
  ManualClock clock;
  Throttle throttle{{.per_user = 1}, clock};
  const auto caller = application("auth_token");
  for (int i = 0; i < 10'000; ++i) {
    throttle.charge_user(caller, model::ExternalUserId{"invented-" + std::to_string(i)});
  }
  EXPECT_TRUE(refused([&] { throttle.charge_user(caller, model::ExternalUserId{"invented-7"}); }));
  clock.advance(61s);
  throttle.charge_user(caller, model::ExternalUserId{"somebody"});
  EXPECT_FALSE(refused([&] { throttle.charge_user(caller, model::ExternalUserId{"invented-7"}); }));
}

TEST(Throttle, OfManyUsersWithCallsLeftToWaitForNoneIsLookedThrough) {
  gmail_mcp::growth::expect_linear(
      "charging invented users", gmail_mcp::growth::growing_text / 4,
      [](std::size_t n) { return n; },
      [](std::size_t users) {
        ManualClock clock;
        Throttle throttle{{.per_user = 1'000'000}, clock};
        const auto caller = application("auth_token");
        for (std::size_t i = 0; i < users; ++i) {
          throttle.charge_user(caller, model::ExternalUserId{std::to_string(i)});
        }
      });
}

TEST(Throttle, InventedUsersAreForgottenAsOthersCall) {
  ManualClock clock;
  Throttle throttle{{.per_user = 1'000}, clock};
  const auto caller = application("auth_token");
  for (int i = 0; i < 1'000; ++i) {
    throttle.charge_user(caller, model::ExternalUserId{"invented-" + std::to_string(i)});
  }
  clock.advance(60s);
  throttle.charge_user(caller, model::ExternalUserId{"invented-7"});
  EXPECT_EQ(throttle.users(), 1'000U);
  clock.advance(61s);
  for (int i = 0; i < 600; ++i) throttle.charge_user(caller, model::ExternalUserId{"ann"});
  EXPECT_EQ(throttle.users(), 2U) << "ann, and who called a minute ago";
}

// Exchanges what both have charged, as processes do once a second.
void exchange(Throttle& one, Throttle& other) {
  const auto theirs = other.take_charged(100);
  const auto ours = one.take_charged(100);
  for (const auto& spent : theirs) one.charge_elsewhere({.spent = spent, .process = "other"});
  for (const auto& spent : ours) other.charge_elsewhere({.spent = spent, .process = "one"});
}

TEST(Throttle, TwoProcessesLetInNoMoreThanOneWould) {
  ManualClock clock;
  Throttle one{{.per_credential = 0, .per_user = 60}, clock};
  Throttle other{{.per_credential = 0, .per_user = 60}, clock};
  const auto caller = application("auth_token");
  const model::ExternalUserId ann{"ann"};
  const auto calls = [&](Throttle& throttle) {
    return !refused([&] { throttle.charge_user(caller, ann); });
  };
  int let_in = 0;
  for (int second = 0; second < 600; ++second) {
    for (int i = 0; i < 3; ++i) let_in += (calls(one) ? 1 : 0) + (calls(other) ? 1 : 0);
    exchange(one, other);
    clock.advance(1s);
  }
  EXPECT_GE(let_in, 600) << "a call a second";
  EXPECT_LE(let_in, 680) << "and a minute's worth at once, and what both let in within a second";
}

TEST(Throttle, WhatIsFreeAgainIsNotChargedElsewhereLater) {
  ManualClock clock;
  Throttle one{{.per_credential = 0, .per_user = 60}, clock};
  Throttle other{{.per_credential = 0, .per_user = 60}, clock};
  const auto caller = application("auth_token");
  const model::ExternalUserId ann{"ann"};
  other.charge_user(caller, ann);
  exchange(one, other);
  one.charge_user(caller, ann);
  exchange(one, other);
  for (int i = 0; i < 300; ++i) {
    clock.advance(1s);
    one.charge_user(caller, ann);
    one.take_charged(100);
  }
  for (int i = 0; i < 10; ++i) other.charge_user(caller, ann);
  exchange(one, other);
  EXPECT_FALSE(refused([&] { other.charge_user(caller, ann); }));
}

TEST(Throttle, OnlyWhatWasChargedSinceIsTold) {
  ManualClock clock;
  Throttle throttle{{.per_credential = 60, .per_user = 60}, clock};
  const auto caller = application("auth_token");
  throttle.charge_credential(caller);
  throttle.charge_user(caller, model::ExternalUserId{"ann"});
  EXPECT_EQ(throttle.take_charged(100).size(), 2U);
  EXPECT_TRUE(throttle.take_charged(100).empty());
  for (int i = 0; i < 9; ++i) {
    throttle.charge_user(caller, model::ExternalUserId{std::to_string(i)});
  }
  EXPECT_EQ(throttle.take_charged(5).size(), 5U);
  EXPECT_EQ(throttle.take_charged(5).size(), 4U);
}

}  // namespace
}  // namespace gmail_mcp::operation
