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
  clock.advance(30s);
  throttle.charge_user(caller, model::ExternalUserId{"invented-7"});
  EXPECT_EQ(throttle.users(), 1'000U);
  clock.advance(31s);
  for (int i = 0; i < 600; ++i) throttle.charge_user(caller, model::ExternalUserId{"ann"});
  EXPECT_EQ(throttle.users(), 2U) << "ann, and who called half a minute ago";
}

}  // namespace
}  // namespace gmail_mcp::operation
