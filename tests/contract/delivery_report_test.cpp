// A bounce of what was sent, as every backend has it.
#include "operation/delivery_report.h"

#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

class BounceContract : public MailboxContract {
 protected:
  std::optional<model::DeliveryReport> report_in(const model::MessageId& id) {
    return wait_for(operation::delivery_report(mailbox(), read(id)));
  }

  // As Gmail writes them; `returned` is the part with the message or its header.
  model::MessageId bounce(std::string_view returned) {
    return deliver(
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>\r\nTo: " + own_address +
        "\r\nSubject: Delivery Status Notification (Failure)\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; boundary=r; report-type=delivery-status\r\n\r\n"
        "--r\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nAddress not found\r\n"
        "--r\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; googlemail.example\r\n\r\n"
        "Final-Recipient: rfc822; nobody@elsewhere.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user\r\n\r\n"
        "--r\r\nContent-Type: " +
        std::string{returned} + "\r\n--r--\r\n");
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, BounceContract, backends_with(&Capabilities::sending),
                         backend_name);

TEST_P(BounceContract, it_tells_whose_mail_why_and_which_message) {
  Outgoing mail;
  mail.rfc822 = "From: " + own_address +
                "\r\nTo: nobody@elsewhere.example\r\nSubject: Offer\r\n"
                "Message-ID: <offer@gmail.example>\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
                "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHi.\r\n";
  mail.envelope_from = own_address;
  mail.envelope_to = {"nobody@elsewhere.example"};
  const auto sent = wait_for(mailbox().send(std::move(mail)));
  for (const std::string_view type : {"message/rfc822", "text/rfc822-headers"}) {
    const auto report = report_in(bounce(
        std::string{type} + "\r\n\r\nFrom: " + own_address +
        "\r\nSubject: =?utf-8?Q?Offer?=\r\nMessage-ID: <offer@gmail.example>\r\n\r\nHi.\r\n"));
    ASSERT_TRUE(report) << type;
    ASSERT_EQ(report->recipients.size(), 1U);
    EXPECT_EQ(report->recipients[0].email, "nobody@elsewhere.example");
    EXPECT_EQ(report->recipients[0].action, "failed");
    EXPECT_EQ(report->recipients[0].status, "5.1.1");
    EXPECT_EQ(report->recipients[0].reason, "550 5.1.1 No such user");
    EXPECT_EQ(report->subject, "Offer");
    if (GetParam().name != "memory" && GetParam().name != "remembering") {
      EXPECT_EQ(report->message_id, sent.message_id);
    }
  }
}

TEST_P(BounceContract, one_of_a_message_that_was_never_sent_names_none_of_ours) {
  const auto report = report_in(bounce(
      "text/rfc822-headers\r\n\r\nSubject: Forged\r\nMessage-ID: <forged@elsewhere.example>\r\n"));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->subject, "Forged");
  EXPECT_FALSE(report->message_id);
}

TEST_P(BounceContract, other_mail_is_no_report) { EXPECT_FALSE(report_in(deliver(letter("One")))); }

}  // namespace
}  // namespace gmail_mcp::mail
