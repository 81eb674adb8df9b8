#include "google/scopes.h"

#include <gtest/gtest.h>

#include "google/methods.h"

namespace gmail_mcp::google {
namespace {

const std::string readonly = "https://www.googleapis.com/auth/gmail.readonly";
const std::string send = "https://www.googleapis.com/auth/gmail.send";
const std::string metadata = "https://www.googleapis.com/auth/gmail.metadata";
const std::string full = "https://mail.google.com/";

TEST(Scopes, ShortNamesBecomeUrlsAndUrlsStay) {
  EXPECT_EQ(full_scope("gmail.readonly"), readonly);
  EXPECT_EQ(full_scope(readonly), readonly);
  EXPECT_EQ(full_scope(full), full);
  EXPECT_EQ(full_scope("openid"), "openid");
  EXPECT_EQ(full_scope("userinfo.email"), "https://www.googleapis.com/auth/userinfo.email");
}

TEST(Scopes, AMisspeltOrForeignScopeIsRefused) {
  EXPECT_FALSE(full_scope("gmail.readonyl"));
  EXPECT_FALSE(full_scope("https://www.googleapis.com/auth/drive"));
  EXPECT_FALSE(full_scope("full"));
  EXPECT_FALSE(full_scope(""));
}

TEST(Scopes, IdentityIsAddedOnceAndDoublesGo) {
  const auto scopes = with_identity({readonly, "openid", readonly});
  EXPECT_EQ(scopes, (std::vector<std::string>{readonly, "openid",
                                              "https://www.googleapis.com/auth/userinfo.email"}));
}

TEST(Scopes, WhatIsMissingIsWhatNothingThatWasGrantedAllows) {
  using Scopes = std::vector<std::string>;
  const std::string modify = "https://www.googleapis.com/auth/gmail.modify";
  const std::string labels = "https://www.googleapis.com/auth/gmail.labels";
  const std::string settings = "https://www.googleapis.com/auth/gmail.settings.basic";
  const std::string sharing = "https://www.googleapis.com/auth/gmail.settings.sharing";
  struct Case {
    Scopes asked, granted, missing;
  };
  const Case cases[] = {
      {{readonly, send, "openid"}, {"openid"}, {readonly, send}},
      {{readonly, send}, {readonly}, {send}},
      {{readonly, send, labels}, {modify}, {}},
      {{modify}, {readonly, send, labels}, {modify}},
      {{readonly}, {metadata}, {readonly}},
      {{readonly, modify, send, metadata, labels}, {full}, {}},
      {{full}, {modify}, {}},  // nothing that we can do is missing
      {{settings}, {modify}, {}},
      {{settings}, {send}, {settings}},
      {{sharing}, {modify}, {sharing}},
      {{readonly}, {readonly, send}, {}},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(not_granted(one.asked, one.granted), one.missing) << one.asked[0];
  }
}

TEST(Scopes, SendAloneSendsAndReadsNothing) {
  EXPECT_TRUE(allows({send}, Method::messages_send));
  EXPECT_FALSE(allows({send}, Method::drafts_create));
  EXPECT_FALSE(allows({send}, Method::messages_get));
  EXPECT_FALSE(allows({}, Method::get_profile));
}

TEST(Scopes, FullAccessAllowsEveryMethod) {
  for (const auto& row : method_table) EXPECT_TRUE(allows({full}, row.method)) << row.name;
}

TEST(Scopes, MetadataAllowsListsButNoContent) {
  EXPECT_TRUE(allows({metadata}, Method::messages_get));
  EXPECT_FALSE(allows_content({metadata}));
  EXPECT_TRUE(allows_content({metadata, readonly}));
}

TEST(Scopes, TheScopeToAskForIsEnoughAndIsOneWeKnow) {
  for (const auto& row : method_table) {
    const std::string asked{smallest_scope_for(row.method)};
    EXPECT_TRUE(allows({asked}, row.method)) << row.name;
    EXPECT_EQ(full_scope(short_scope(asked)), asked) << row.name;
  }
}

}  // namespace
}  // namespace gmail_mcp::google
