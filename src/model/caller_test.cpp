#include "model/caller.h"

#include <gtest/gtest.h>

namespace gmail_mcp::model {
namespace {

Caller of_ann(CallerKind kind, std::string credential) {
  Caller caller;
  caller.kind = kind;
  caller.only_user = ExternalUserId{"ann"};
  caller.credential = std::move(credential);
  return caller;
}

TEST(Shareholders, a_person_has_one_share_whatever_they_come_with) {
  const auto signed_in = of_ann(CallerKind::user, "sign_in/one.example");
  const auto token = of_ann(CallerKind::user, "token gmu_12345678");
  const auto application = of_ann(CallerKind::application, "auth_token");
  EXPECT_NE(signed_in.identity(), token.identity());
  EXPECT_EQ(signed_in.shareholder(), token.shareholder());
  EXPECT_EQ(signed_in.shareholder(), application.shareholder());
  auto bob = token;
  bob.only_user = ExternalUserId{"bob"};
  EXPECT_NE(bob.shareholder(), token.shareholder());
}

TEST(Shareholders, who_acts_for_everybody_has_the_share_of_their_credential) {
  Caller application;
  application.kind = CallerKind::application;
  application.credential = "auth_token";
  EXPECT_EQ(application.shareholder(), "application:auth_token");
  auto ann = of_ann(CallerKind::user, "token");
  ann.only_user = ExternalUserId{"auth_token"};
  EXPECT_NE(application.shareholder(), ann.shareholder()) << "whatever a user is called";
}

}  // namespace
}  // namespace gmail_mcp::model
