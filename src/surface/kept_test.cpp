#include "surface/kept.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::surface {
namespace {

using setup::OauthArchive;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string told_person(OauthArchive oauth, std::int64_t days, model::ConnectionKind kind) {
  WebOptions options;
  options.application_name = "Acme";
  options.archive.oauth = oauth;
  options.archive.oauth_retention_days = days;
  std::string all;
  for (const auto& one : what_is_kept(options, kind)) all += one + " ";
  return all;
}

TEST(Kept, the_person_is_told_where_her_mail_goes_what_is_kept_and_how_long) {
  constexpr auto google = model::ConnectionKind::oauth;
  for (const auto mode : {OauthArchive::off, OauthArchive::ask, OauthArchive::on}) {
    EXPECT_THAT(told_person(mode, 30, google),
                HasSubstr("goes to Acme and to the company whose AI model it uses"));
  }
  EXPECT_THAT(told_person(OauthArchive::ask, 30, google),
              AllOf(HasSubstr("If Acme asks for it, this server keeps copies"),
                    HasSubstr("last 30 days"), HasSubstr("seven days"), HasSubstr("permission")));
  EXPECT_THAT(told_person(OauthArchive::on, 1, google),
              AllOf(HasSubstr("This server keeps copies"), HasSubstr("of the last day")));
  EXPECT_THAT(told_person(OauthArchive::on, 0, google),
              HasSubstr("until the account is disconnected"));
  EXPECT_THAT(told_person(OauthArchive::off, 30, google),
              AllOf(HasSubstr("keeps no copies"), Not(HasSubstr("30 days"))));
}

TEST(Kept, of_an_app_password_account_copies_are_kept_whatever_is_set_for_google) {
  const auto text = told_person(OauthArchive::off, 30, model::ConnectionKind::app_password);
  EXPECT_THAT(text, AllOf(HasSubstr("This server keeps copies"), HasSubstr("App Password"),
                          HasSubstr("until the account is disconnected"), Not(HasSubstr("30"))));
}

}  // namespace
}  // namespace gmail_mcp::surface
