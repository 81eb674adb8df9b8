#include "mime/delivery_status.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mime {
namespace {

TEST(DeliveryStatus, tells_whose_mail_came_to_what_and_why) {
  const auto report = parse_delivery_status(
      "Reporting-MTA: dns; googlemail.com\r\nArrival-Date: Mon, 01 Dec 2025 10:00:00 -0800\r\n"
      "X-Original-Message-ID: <1@gmail.example>\r\n\r\n"
      "Final-Recipient: rfc822; nobody@shop.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
      "Remote-MTA: dns; mx.shop.example. (192.0.2.1, the server for the domain.)\r\n"
      "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach\r\n"
      " does not exist.\r\nLast-Attempt-Date: Mon, 01 Dec 2025 10:00:01 -0800\r\n\r\n"
      "Original-Recipient: rfc822;ann+2Bnews@shop.example\r\n"
      "final-recipient: RFC822;ann@inside.example\r\nACTION: Delayed (for now)\r\n"
      "Status: 4.4.1 (no answer)\r\n");
  ASSERT_EQ(report.size(), 2U);
  EXPECT_EQ(report[0].recipient, "nobody@shop.example");
  EXPECT_EQ(report[0].action, "failed");
  EXPECT_EQ(report[0].status, "5.1.1");
  EXPECT_EQ(report[0].diagnostic,
            "550-5.1.1 The email account that you tried to reach does not exist.");
  EXPECT_EQ(report[1].recipient, "ann+2Bnews@shop.example");
  EXPECT_EQ(report[1].action, "delayed");
  EXPECT_EQ(report[1].status, "4.4.1");
  EXPECT_EQ(report[1].diagnostic, "");
}

TEST(DeliveryStatus, is_read_as_far_as_it_makes_sense) {
  EXPECT_TRUE(parse_delivery_status("").empty());
  EXPECT_TRUE(parse_delivery_status("Reporting-MTA: dns; x\n\nAction: failed\n").empty());
  const auto odd = parse_delivery_status(
      "Final-Recipient: nobody@shop.example\nFinal-Recipient: second@shop.example\nStatus\n"
      " goes on\nDiagnostic-Code: \xff\x01 no");
  ASSERT_EQ(odd.size(), 1U);
  EXPECT_EQ(odd[0].recipient, "nobody@shop.example");
  EXPECT_EQ(odd[0].diagnostic.find('\x01'), std::string::npos);
}

TEST(DeliveryStatus, has_bounds) {
  std::string many;
  for (int i = 0; i < 200; ++i) many += "Final-Recipient: rfc822; a@b.example\n\n";
  EXPECT_EQ(parse_delivery_status(many).size(), 100U);
  const auto longest =
      parse_delivery_status("Final-Recipient: rfc822; a@b.example\nDiagnostic-Code: x;" +
                            std::string(10'000, 'x') + "\n");
  EXPECT_LE(longest.at(0).diagnostic.size(), 2'000U);
}

}  // namespace
}  // namespace gmail_mcp::mime
