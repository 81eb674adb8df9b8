// What machines send (declared in seed_letters.h).
#include <fmt/format.h>

#include <array>

#include "sandbox/seed_letters.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr int one_day = 24 * 60;

// The smallest PDF that viewers open: one page with one line. The table of offsets must be right.
std::string pdf(std::string_view line) {
  const auto stream = fmt::format("BT /F1 18 Tf 60 760 Td ({}) Tj ET", line);
  const std::array objects{
      std::string{"<< /Type /Catalog /Pages 2 0 R >>"},
      std::string{"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"},
      std::string{"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
                  "/Resources << /Font << /F1 5 0 R >> >> >>"},
      fmt::format("<< /Length {} >>\nstream\n{}\nendstream", stream.size(), stream),
      std::string{"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"}};
  std::string out = "%PDF-1.4\n";
  std::string table = fmt::format("xref\n0 {}\n0000000000 65535 f \n", objects.size() + 1);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    table += fmt::format("{:010} 00000 n \n", out.size());
    out += fmt::format("{} 0 obj\n{}\nendobj\n", i + 1, objects[i]);
  }
  const auto start = out.size();
  return out + table +
         fmt::format("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n",
                     objects.size() + 1, start);
}

Letter notice(const Reader& reader, std::string_view id, int age, mime::Address from,
              std::string subject, std::string text) {
  Letter letter;
  letter.age = std::chrono::minutes{age};
  letter.draft.from = std::move(from);
  letter.draft.to = {reader.self};
  letter.draft.subject = std::move(subject);
  letter.draft.text = addressed(text, reader);
  letter.draft.message_id = fmt::format("<{}.{}@seed.sandbox.example>", id, reader.number);
  letter.labels = {"INBOX", "CATEGORY_UPDATES"};
  return letter;
}

void add_newsletters(const Reader& reader, std::vector<Letter>& letters) {
  constexpr std::array topics{"A quiet week for compilers",  "Why your tests are slow",
                              "Batteries, bridges and bees", "The return of the paper map",
                              "Small languages, big ideas",  "What we learned from outages"};
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const auto issue = 212 - i;
    auto letter =
        notice(reader, fmt::format("circuit.{}", issue), static_cast<int>(i) * 7 * one_day + 420,
               {"The Morning Circuit", "hello@morningcircuit.example"},
               fmt::format("The Morning Circuit #{}: {}", issue, topics[i]),
               fmt::format("{}\n\nRead it on the web: https://morningcircuit.example/{}\n",
                           topics[i], issue));
    letter.draft.html = fmt::format(
        "<!DOCTYPE html><html><head><style>body{{font-family:Georgia,serif}}.lead{{font-size:18px}}"
        "</style></head><body><table width=\"600\" align=\"center\"><tr><td>"
        "<h1>The Morning Circuit</h1><p class=\"lead\">{}</p>"
        "<p>Good morning, {}! Here are this week&rsquo;s three stories.</p>"
        "<ul><li><a href=\"https://morningcircuit.example/{}/1\">The long read</a></li>"
        "<li><a href=\"https://morningcircuit.example/{}/2\">The short one</a></li>"
        "<li><a href=\"https://morningcircuit.example/{}/3\">The chart of the week</a></li></ul>"
        "<p><small><a "
        "href=\"https://morningcircuit.example/unsubscribe\">Unsubscribe</a></small></p>"
        "<img src=\"https://morningcircuit.example/open.gif\" width=\"1\" height=\"1\" alt=\"\">"
        "</td></tr></table></body></html>",
        topics[i], reader.first_name, issue, issue, issue);
    letter.draft.extra_headers.emplace_back("List-Unsubscribe",
                                            "<https://morningcircuit.example/unsubscribe>");
    letter.labels = {"INBOX", "CATEGORY_PROMOTIONS"};
    if (i < 2) letter.labels.emplace_back("UNREAD");
    letters.push_back(std::move(letter));
  }
}

void add_invoices(const Reader& reader, const SeedLabels& labels, std::vector<Letter>& letters) {
  constexpr std::array amounts{"48.00", "48.00", "61.50"};
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const auto number = fmt::format("NW-2026-{:04}", 4170 - static_cast<int>(i) * 37);
    auto letter = notice(
        reader, number, static_cast<int>(i) * 14 * one_day + 3 * one_day,
        {"Northwind Hosting Billing", "billing@northwind-hosting.example"},
        fmt::format("Invoice {} from Northwind Hosting", number),
        fmt::format("Hello {{me}},\n\nplease find invoice {} over EUR {} attached. It is paid "
                    "by direct debit; there is nothing to do.\n\nNorthwind Hosting\n",
                    number, amounts[i]));
    letter.draft.attachments = {
        mime::Attachment{fmt::format("invoice-{}.pdf", number), "application/pdf",
                         pdf(fmt::format("Invoice {}: EUR {}", number, amounts[i]))}};
    letter.labels.push_back(labels.receipts);
    if (i == 0) letter.labels.emplace_back("UNREAD");
    letters.push_back(std::move(letter));
  }
}

void add_calendar(const Reader& reader, std::vector<Letter>& letters) {
  const auto calendar = [&](std::string_view method, std::string_view status) {
    return fmt::format(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sandbox//Calendar//EN\r\nMETHOD:{}\r\n"
        "BEGIN:VEVENT\r\nUID:planning-{}@seed.sandbox.example\r\nSUMMARY:Quarterly planning\r\n"
        "LOCATION:Room Aurora\r\nDTSTAMP:20260101T080000Z\r\nDTSTART:20260115T090000Z\r\n"
        "DTEND:20260115T103000Z\r\nORGANIZER:mailto:dana.whitfield@brightline.example\r\n"
        "ATTENDEE;PARTSTAT={}:mailto:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        method, reader.number, status, reader.self.email);
  };
  auto invitation = notice(
      reader, "planning.1", 5 * one_day, {"Dana Whitfield", "dana.whitfield@brightline.example"},
      "Invitation: Quarterly planning",
      "You have been invited to: Quarterly planning, Room Aurora, 10:00–11:30.\n");
  invitation.draft.attachments = {mime::Attachment{"invite.ics",
                                                   "text/calendar; charset=utf-8; method=REQUEST",
                                                   calendar("REQUEST", "NEEDS-ACTION")}};
  letters.push_back(std::move(invitation));

  auto reply = notice(reader, "planning.2", 5 * one_day - 45, reader.self,
                      "Accepted: Quarterly planning", "{me} has accepted this invitation.\n");
  reply.draft.to = {{"Dana Whitfield", "dana.whitfield@brightline.example"}};
  reply.draft.attachments = {mime::Attachment{
      "invite.ics", "text/calendar; charset=utf-8; method=REPLY", calendar("REPLY", "ACCEPTED")}};
  reply.labels = {"SENT"};
  letters.push_back(std::move(reply));
}

}  // namespace

std::vector<Letter> seed_notices(const Reader& reader, const SeedLabels& labels) {
  std::vector<Letter> letters;
  add_newsletters(reader, letters);
  add_invoices(reader, labels, letters);
  add_calendar(reader, letters);

  const mime::Address airline{"Altair Airways", "booking@altair-airways.example"};
  auto booking =
      notice(reader, "flight.1", 13 * one_day, airline, "Your booking QX4T9L: Berlin to Lisbon",
             "Booking QX4T9L\nAL 318 Berlin 07:40 – Lisbon 10:35, seat 14C\nTotal EUR 187.20\n");
  booking.draft.html =
      "<html><body><h2>Booking QX4T9L</h2><table border=\"1\"><tr><th>Flight</th><th>From</th>"
      "<th>To</th></tr><tr><td>AL&nbsp;318</td><td>Berlin 07:40</td><td>Lisbon 10:35</td></tr>"
      "</table><p>Total: <b>EUR 187.20</b></p></body></html>";
  booking.labels.push_back(labels.receipts);
  letters.push_back(std::move(booking));
  letters.push_back(
      notice(reader, "flight.2", 26 * 60, airline, "Check-in is open for QX4T9L",
             "Hello {me},\n\ncheck in now and choose your seat.\n\nAltair Airways\n"));

  auto security = notice(reader, "signin", 200, {"Account security", "no-reply@accounts.example"},
                         "New sign-in on Linux",
                         "Hello {me},\n\nwe noticed a new sign-in to your account from a Linux "
                         "device in Berlin. If this was you, there is nothing to do.\n");
  security.labels = {"INBOX", "UNREAD", "IMPORTANT", "CATEGORY_UPDATES"};
  letters.push_back(std::move(security));

  auto spam =
      notice(reader, "lottery", 7 * one_day, {"International Lottery", "winner@lottery.example"},
             "You have WON 4,500,000.00!!!",
             "Dear winner,\n\nreply with your bank details to claim your prize today.\n");
  spam.labels = {"SPAM", "UNREAD"};
  letters.push_back(std::move(spam));

  auto trashed = notice(reader, "voucher", 24 * one_day, {"Bookbarn", "news@bookbarn.example"},
                        "Your voucher expires soon", "10% off until Sunday.\n");
  trashed.labels = {"TRASH", "CATEGORY_PROMOTIONS"};
  letters.push_back(std::move(trashed));
  return letters;
}

}  // namespace gmail_mcp::sandbox
