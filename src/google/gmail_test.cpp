#include "google/gmail.h"

#include <gtest/gtest.h>

#include "google/testing/gmail_test_bench.h"

namespace gmail_mcp::google {
namespace {

using std::chrono::milliseconds;
using testing::GmailTest;
using testing::me;
using testing::refusal;
using testing::RuledClient;

TEST_F(GmailTest, TheTokenTravelsInTheHeaderAndNowhereElse) {
  google_.on("GET " + me + "messages/m1?format=full&prettyPrint=false&fields=id,threadId")
      .authorized_by("token-1")
      .answer(200, R"({"id":"m1"})");
  EXPECT_EQ(run(api_.get_message("m1", View::full)).id, "m1");
  EXPECT_EQ(google_.requests[0].url.find("token-1"), std::string::npos);
}

TEST_F(GmailTest, AnIdCannotLeaveItsPlaceInThePath) {
  google_.on("GET " + me + "messages/..%2Fdrafts%2Fd1%3Fx%3D?format=minimal").answer(200, "{}");
  run(api_.get_message("../drafts/d1?x=", View::minimal));
  google_.on("POST " + me + "messages/send%3Fx%3D/trash?").answer(200, "{}");
  run_to_end(loop_, api_.trash_message("send?x="));
}

TEST_F(GmailTest, AnOutlineAsksForThePartsButNotTheirBytes) {
  google_.on("GET " + me + "messages/m?format=full").answer(200, "{}");
  run(api_.get_message("m", View::outline));
  const auto& url = google_.requests[0].url;
  EXPECT_NE(url.find("payload(partId,mimeType,filename,headers,body(attachmentId,size),parts("),
            std::string::npos);
  EXPECT_EQ(url.find("data"), std::string::npos);
}

TEST_F(GmailTest, ALabelIsMadeWithWhatWasAskedForAlone) {
  google_.on("POST " + me + "labels?").answer(200, R"({"id":"Label_7","name":"Work","type":"user",
                       "color":{"backgroundColor":"#16a766","textColor":"#ffffff"}})");
  const auto made = run(api_.create_label({.name = "Work",
                                           .background_color = "#16a766",
                                           .text_color = "#ffffff",
                                           .label_list_visibility = {},
                                           .message_list_visibility = {}}));
  EXPECT_EQ(made.id, "Label_7");
  EXPECT_EQ(made.background_color, "#16a766");
  EXPECT_EQ(google_.requests[0].body,
            R"({"name":"Work","color":{"backgroundColor":"#16a766","textColor":"#ffffff"}})");
}

TEST_F(GmailTest, ALabelThatMayHaveBeenMadeIsNotMadeAgain) {
  google_.on("POST " + me + "labels?").answer(503, "");
  EXPECT_EQ(error_of(api_.create_label({})).code, Errc::outcome_unknown);
  google_.on("POST " + me + "labels?").answer(200, "<html>");
  EXPECT_EQ(error_of(api_.create_label({})).code, Errc::outcome_unknown);
  EXPECT_EQ(google_.requests.size(), 2U);
}

TEST_F(GmailTest, ALabelIsChangedAndDeletedByItsId) {
  google_.on("PATCH " + me + "labels/Label_7?").answer(200, R"({"id":"Label_7","name":"Job"})");
  RawLabelWish wish;
  wish.label_list_visibility = "labelHide";
  EXPECT_EQ(run(api_.patch_label("Label_7", wish)).name, "Job");
  EXPECT_EQ(google_.requests[0].body, R"({"labelListVisibility":"labelHide"})");
  google_.on("DELETE " + me + "labels/..%2Fdrafts?").answer(204, "");
  run_to_end(loop_, api_.delete_label("../drafts"));
}

TEST_F(GmailTest, TheSourceOfADraftComesWithItsThread) {
  google_.on("GET " + me + "drafts/d1?format=raw")
      .answer(200, R"({"message":{"id":"m1","threadId":"t1","raw":"QTogYg0K"}})");
  const auto message = run(api_.get_draft_source("d1"));
  EXPECT_EQ(message.thread_id, "t1");
  EXPECT_EQ(message.raw, "A: b\r\n");
}

TEST_F(GmailTest, AListCarriesQueryLabelsAndPage) {
  google_
      .on("GET " + me +
          "messages?maxResults=5&q=from%3Aann%20is%3Aunread&labelIds=INBOX&labelIds=Label_1"
          "&pageToken=p%2B1&prettyPrint=false&fields=messages(id,threadId),nextPageToken")
      .answer(200, R"({"messages":[{"id":"a","threadId":"t"}],"nextPageToken":"p2",
                       "resultSizeEstimate":7})");
  const auto list = run(api_.list_messages({.q = "from:ann is:unread",
                                            .label_ids = {"INBOX", "Label_1"},
                                            .max_results = 5,
                                            .page_token = "p+1"}));
  EXPECT_EQ(list.messages[0].thread_id, "t");
  EXPECT_EQ(list.next_page_token, "p2");
  EXPECT_EQ(list.result_size_estimate, 7);
}

TEST_F(GmailTest, ARefusedTokenIsReplacedOnce) {
  google_.on("GET " + me + "profile").authorized_by("token-1").answer(401, refusal("authError"));
  google_.on("GET " + me + "profile").authorized_by("token-2").answer(200, "{}");
  run(api_.get_profile());
  EXPECT_EQ(tokens_.replacements, 1);
}

TEST_F(GmailTest, AFreshTokenThatIsRefusedTooIsShownAgainAMomentLater) {
  google_.on("GET " + me + "profile").authorized_by("token-1").answer(401, refusal("authError"));
  google_.on("GET " + me + "profile").authorized_by("token-2").answer(401, refusal("authError"));
  google_.on("GET " + me + "profile").authorized_by("token-2").answer(200, "{}");
  run(api_.get_profile());
  EXPECT_EQ(tokens_.replacements, 1);
  EXPECT_EQ(passed(), Policy{}.first_wait);
}

TEST_F(GmailTest, AFreshTokenThatIsRefusedTwiceMeansReconnect) {
  for (int i = 0; i < 3; ++i) {
    google_.on("GET " + me + "profile").answer(401, refusal("authError"));
  }
  EXPECT_EQ(error_of(api_.get_profile()).code, Errc::reconnect_required);
  EXPECT_EQ(tokens_.replacements, 1);
}

TEST_F(GmailTest, AMissingScopeIsNamedAndNotRetried) {
  google_.on("POST " + me + "messages/send").answer(403, refusal("insufficientPermissions"));
  const auto error = error_of(api_.send_message({.rfc822 = "x", .thread_id = {}}));
  EXPECT_EQ(error.code, Errc::insufficient_scope);
  EXPECT_NE(error.message.find("gmail.send"), std::string::npos);
  EXPECT_EQ(google_.requests.size(), 1U);
}

TEST_F(GmailTest, ARateLimitIsWaitedOut) {
  google_.on("GET " + me + "labels").answer(403, refusal("userRateLimitExceeded"));
  google_.on("GET " + me + "labels")
      .answer(429, refusal("rateLimitExceeded"), {{"Retry-After", "1"}});
  google_.on("GET " + me + "labels").answer(200, R"({"labels":[{"id":"INBOX"}]})");
  EXPECT_EQ(run(api_.list_labels()).size(), 1U);
  EXPECT_GE(passed(), milliseconds{1'400});
  EXPECT_LE(passed(), milliseconds{1'500});
}

TEST_F(GmailTest, an_answer_that_is_too_large_says_what_to_ask_for_instead) {
  google_.on("GET " + me + "messages/m1/attachments/a").fails(Errc::too_large);
  google_.on("GET " + me + "messages/m1?").fails(Errc::too_large);
  google_.on("GET " + me + "messages?").fails(Errc::too_large);
  google_.on("GET " + me + "labels").fails(Errc::too_large);
  const Error errors[] = {error_of(api_.get_attachment("m1", "a")),
                          error_of(api_.get_message("m1", View::full)),
                          error_of(api_.list_messages({})), error_of(api_.list_labels())};
  for (const auto& error : errors) {
    EXPECT_EQ(error.code, Errc::too_large);
    EXPECT_FALSE(error.hint.empty());
  }
  EXPECT_NE(errors[0].hint.find("attachments one by one"), std::string::npos);
}

TEST_F(GmailTest, AWaitBeyondTheBudgetIsTheCallersToSitOut) {
  google_.on("GET " + me + "labels")
      .answer(429, refusal("rateLimitExceeded",
                           "User-rate limit exceeded.  Retry after 2026-01-01T00:00:40.500Z"));
  const auto error = error_of(api_.list_labels());
  EXPECT_EQ(error.code, Errc::rate_limited);
  EXPECT_TRUE(error.message.starts_with("Rate limited"));
  EXPECT_EQ(error.retry_after, std::chrono::seconds{41});
  EXPECT_EQ(passed(), milliseconds{0});
}

TEST_F(GmailTest, a_day_that_is_used_up_is_not_tried_again_whatever_the_status) {
  for (const int status : {403, 429}) {
    google_.on("GET " + me + "labels").answer(status, refusal("dailyLimitExceeded"));
    const auto error = error_of(api_.list_labels());
    EXPECT_EQ(error.code, Errc::rate_limited);
    EXPECT_EQ(error.retry_after, std::chrono::hours{8});  // it is midnight in UTC
  }
  EXPECT_EQ(google_.requests.size(), 2U);
  EXPECT_EQ(passed(), milliseconds{0});
}

TEST_F(GmailTest, AMailboxThatHasUsedUpItsQuotaIsRefusedBeforeGoogleIsAsked) {
  GmailApi api{google_, root_, tokens_, gate_, clock_, Policy{.units_per_minute = 20}};
  google_.on("GET " + me + "messages/m1").answer(200, R"({"id":"m1","threadId":"t1"})");
  EXPECT_EQ(run(api.get_message("m1", View::minimal)).id, "m1");
  const auto error = error_of(api.get_message("m1", View::minimal));
  EXPECT_EQ(error.code, Errc::rate_limited);
  EXPECT_EQ(error.retry_after, std::chrono::seconds{61});
  EXPECT_EQ(google_.requests.size(), 1U);
  EXPECT_EQ(passed(), milliseconds{0});
}

std::string limit_exceeded(std::string_view limit) {
  return R"({"error":{"details":[{"reason":"RATE_LIMIT_EXCEEDED","metadata":{"quota_limit":")" +
         std::string{limit} + R"("}}]}})";
}

TEST_F(GmailTest, the_projects_minute_holds_back_every_mailbox_until_it_may_be_over) {
  Gate other_gate;
  GmailApi other{google_, root_, tokens_, other_gate, clock_};
  google_.on("GET " + me + "labels").answer(429, limit_exceeded("QueriesPerMinutePerProject"));
  const auto error = error_of(api_.list_labels());
  EXPECT_EQ(error.code, Errc::rate_limited);
  EXPECT_NE(error.message.find("project"), std::string::npos) << error.message;
  EXPECT_EQ(google_.requests.size(), 1U);

  const auto held_back = error_of(other.get_message("m1", View::minimal));
  EXPECT_EQ(held_back.message, error.message);
  EXPECT_LE(held_back.retry_after, std::chrono::seconds{5});
  const auto of_a_batch = run(other.get_messages({"m1", "m2"}, View::minimal));
  EXPECT_EQ(of_a_batch[1].error().message, error.message);
  EXPECT_EQ(google_.requests.size(), 1U) << "nobody asked Google";

  clock_.advance(std::chrono::seconds{5});
  google_.on("GET " + me + "messages/m1").answer(200, R"({"id":"m1","threadId":"t1"})");
  EXPECT_EQ(run(other.get_message("m1", View::minimal)).id, "m1");
}

TEST_F(GmailTest, a_short_wait_for_the_project_is_waited_out) {
  google_.on("GET " + me + "labels")
      .answer(429, limit_exceeded("QueriesPerMinutePerProject"), {{"Retry-After", "2"}});
  google_.on("GET " + me + "labels").answer(200, R"({"labels":[]})");
  run(api_.list_labels());
  EXPECT_EQ(passed(), milliseconds{2'000});
}

TEST_F(GmailTest, who_has_time_leaves_units_for_who_has_none) {
  const auto units = std::make_shared<UnitWindow>(QuotaLimits{.units_per_minute = 40});
  GmailApi feed{google_, root_, tokens_, gate_, clock_, Policy{.leaves_units = 20, .units = units}};
  GmailApi person{google_, root_, tokens_, gate_, clock_, Policy{.units = units}};
  google_.on("GET " + me + "messages/m1").answer(200, R"({"id":"m1","threadId":"t1"})");
  google_.on("GET " + me + "messages/m2").answer(200, R"({"id":"m2","threadId":"t1"})");
  EXPECT_EQ(run(feed.get_message("m1", View::minimal)).id, "m1");
  EXPECT_EQ(error_of(feed.get_message("m1", View::minimal)).code, Errc::rate_limited);
  EXPECT_EQ(run(person.get_message("m2", View::minimal)).id, "m2");
  EXPECT_EQ(error_of(person.get_message("m2", View::minimal)).code, Errc::rate_limited);
}

TEST_F(GmailTest, a_users_minute_holds_back_nobody_else) {
  Gate other_gate;
  GmailApi other{google_, root_, tokens_, other_gate, clock_};
  google_.on("GET " + me + "labels")
      .answer(429, limit_exceeded("QueriesPerMinutePerUser"), {{"Retry-After", "30"}});
  error_of(api_.list_labels());
  google_.on("GET " + me + "messages/m1").answer(200, R"({"id":"m1","threadId":"t1"})");
  EXPECT_EQ(run(other.get_message("m1", View::minimal)).id, "m1");
  EXPECT_EQ(passed(), milliseconds{0});
}

TEST_F(GmailTest, ASendWithoutAnAnswerIsCountedAsSuch) {
  Meter meter;
  CallTally tally{meter};
  GmailApi api{google_, root_, tokens_, gate_, clock_, Policy{}, nullptr, &tally};
  google_.on("POST " + me + "messages/send").fails(Errc::outcome_unknown);
  EXPECT_EQ(error_of(api.send_message({.rfc822 = "x", .thread_id = {}})).code,
            Errc::outcome_unknown);
  const std::string counted =
      R"(gmail_mcp_upstream_calls_total{method="messages.send",status="none"} 1)";
  EXPECT_NE(meter.text().find(counted), std::string::npos) << meter.text();
}

TEST_F(GmailTest, AShortWaitForQuotaIsWaitedOut) {
  GmailApi api{google_, root_, tokens_, gate_, clock_, Policy{.units_per_minute = 60}};
  google_.on("GET " + me + "labels").answer(200, R"({"labels":[]})");
  google_.on("GET " + me + "labels").answer(200, R"({"labels":[]})");
  google_.on("GET " + me + "messages/m1").answer(200, R"({"id":"m1","threadId":"t1"})");
  google_.on("GET " + me + "messages/m1").answer(200, R"({"id":"m1","threadId":"t1"})");
  google_.on("GET " + me + "messages/m1").answer(200, R"({"id":"m1","threadId":"t1"})");
  for (int i = 0; i < 2; ++i) run(api.get_message("m1", View::minimal));
  for (int i = 0; i < 2; ++i) run(api.list_labels());
  EXPECT_EQ(passed(), milliseconds{0});
  // 18 of 60 units are left; the first ones spent are available again after 61 s.
  clock_.advance(std::chrono::seconds{59});
  EXPECT_EQ(run(api.get_message("m1", View::minimal)).id, "m1");
  EXPECT_EQ(passed(), std::chrono::seconds{61});
}

TEST_F(GmailTest, RetriesEndWithinTheirBudget) {
  RuledClient google{[](const http::ClientRequest&) {
    return http::ClientResponse{.status = 503, .headers = {}, .body = "<html>"};
  }};
  GmailApi api{google, root_, tokens_, gate_, clock_};
  EXPECT_EQ(error_of(api.list_labels()).code, Errc::unavailable);
  EXPECT_GE(google.requests, 3);
  EXPECT_LE(passed(), milliseconds{3'000});
}

TEST_F(GmailTest, ACutConnectionIsTriedAgain) {
  google_.on("GET " + me + "labels").fails(Errc::unavailable);
  google_.on("GET " + me + "labels").answer(200, R"({"labels":[]})");
  EXPECT_TRUE(run(api_.list_labels()).empty());
}

TEST_F(GmailTest, ADaysLimitIsNotWaitedFor) {
  google_.on("GET " + me + "labels").answer(403, refusal("dailyLimitExceeded"));
  EXPECT_EQ(error_of(api_.list_labels()).code, Errc::rate_limited);
  EXPECT_EQ(passed(), milliseconds{0});
}

TEST_F(GmailTest, OtherRefusalsAreNotRetried) {
  google_.on("GET " + me + "messages/gone").answer(404, refusal("notFound"));
  EXPECT_EQ(error_of(api_.get_message("gone", View::full)).code, Errc::not_found);
  google_.on("GET " + me + "messages?").answer(400, refusal("invalidArgument"));
  EXPECT_EQ(error_of(api_.list_messages({})).code, Errc::invalid_argument);
  google_.on("GET " + me + "messages?").answer(403, refusal("domainPolicy"));
  EXPECT_EQ(error_of(api_.list_messages({})).code, Errc::forbidden);
  google_.on("GET " + me + "messages?").fails(Errc::timeout);
  EXPECT_EQ(error_of(api_.list_messages({})).code, Errc::timeout);
}

TEST_F(GmailTest, AMessageGoesOutOnceAsJson) {
  google_.on("POST " + me + "messages/send?prettyPrint=false&fields=id,threadId,labelIds")
      .saying(R"("raw":"SGk_")")
      .saying(R"("threadId":"t1")")
      .answer(200, R"({"id":"m9","threadId":"t1"})");
  EXPECT_EQ(run(api_.send_message({.rfc822 = "Hi?", .thread_id = "t1"})).id, "m9");
  EXPECT_EQ(google_.sent_once, 1);
}

TEST_F(GmailTest, ABigMessageGoesOutAsItsBytes) {
  GmailApi api{google_, root_, tokens_, gate_, clock_, Policy{.json_limit = 4}};
  google_.on("POST /upload" + me + "messages/send?uploadType=multipart&prettyPrint=false")
      .saying("Content-Type: message/rfc822\r\n\r\nSubject: \xff\r\n\r\nx\r\n--")
      .saying(R"({"threadId":"t1"})")
      .answer(200, R"({"id":"m9"})");
  run(api.send_message({.rfc822 = "Subject: \xff\r\n\r\nx", .thread_id = "t1"}));
  const auto type = google_.requests[0].headers.get("Content-Type");
  ASSERT_TRUE(type.starts_with("multipart/related; boundary="));
  const std::string boundary{type.substr(type.find('=') + 1)};
  EXPECT_TRUE(google_.requests[0].sent_body().starts_with("--" + boundary + "\r\n"));
  EXPECT_TRUE(google_.requests[0].sent_body().ends_with("\r\n--" + boundary + "--\r\n"));

  google_.on("PUT /upload" + me + "drafts/d1?uploadType=multipart")
      .saying(R"({"message":{}})")
      .answer(200, R"({"id":"d1"})");
  run(api.update_draft("d1", {.rfc822 = "Subject: x\r\n\r\n", .thread_id = {}}));
}

TEST_F(GmailTest, WhatGmailCannotTakeIsNotEvenTried) {
  constexpr std::size_t one_byte_over_35_mib = 36'700'161;
  RawOutgoing mail;
  mail.rfc822.resize(one_byte_over_35_mib, 'x');
  EXPECT_EQ(error_of(api_.send_message(mail)).code, Errc::too_large);
  EXPECT_TRUE(google_.requests.empty());
}

TEST_F(GmailTest, ASendThatMayHaveHappenedIsNeverRepeated) {
  google_.on("POST " + me + "messages/send").answer(503, refusal("backendError"));
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code,
            Errc::outcome_unknown);
  google_.on("POST " + me + "messages/send").fails(Errc::outcome_unknown);
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code,
            Errc::outcome_unknown);
  google_.on("POST " + me + "messages/send").fails(Errc::unavailable);
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code, Errc::unavailable);
  EXPECT_EQ(google_.requests.size(), 3U);
}

TEST_F(GmailTest, ASendThatWasRefusedSaysWhy) {
  google_.on("POST " + me + "messages/send").answer(429, refusal("rateLimitExceeded"));
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code, Errc::rate_limited);
  google_.on("POST " + me + "messages/send").answer(400, refusal("invalidArgument"));
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code,
            Errc::invalid_argument);
}

TEST_F(GmailTest, ASendMayChangeATokenThatWasRefusedFirst) {
  google_.on("POST " + me + "drafts/send").authorized_by("token-1").answer(401, "");
  google_.on("POST " + me + "drafts/send").authorized_by("token-2").answer(401, "");
  google_.on("POST " + me + "drafts/send").authorized_by("token-2").answer(200, R"({"id":"m"})");
  EXPECT_EQ(run(api_.send_draft("d")).id, "m");
}

TEST_F(GmailTest, AnAcceptedSendWithAnUnreadableAnswerIsStillSent) {
  google_.on("POST " + me + "messages/send").answer(200, "<html>");
  EXPECT_TRUE(run(api_.send_message({.rfc822 = "x", .thread_id = {}})).id.empty());
  google_.on("POST " + me + "drafts?").answer(200, "<html>");
  EXPECT_EQ(error_of(api_.create_draft({.rfc822 = "x", .thread_id = {}})).code,
            Errc::outcome_unknown);
}

TEST_F(GmailTest, DeletingADraftTakesAnEmptyAnswer) {
  google_.on("DELETE " + me + "drafts/d1").answer(204, "");
  run_to_end(loop_, api_.delete_draft("d1"));
  EXPECT_EQ(google_.sent_once, 1);
}

}  // namespace
}  // namespace gmail_mcp::google
