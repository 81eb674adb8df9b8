#include "mime/calendar.h"

#include <gtest/gtest.h>

#include <string>

namespace gmail_mcp::mime {
namespace {

std::string of_event(const std::string& lines, const std::string& method = "REQUEST") {
  return calendar_text("BEGIN:VCALENDAR\r\nMETHOD:" + method + "\r\nBEGIN:VEVENT\r\n" + lines +
                       "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

TEST(Calendar, an_invitation_says_who_when_where) {
  EXPECT_EQ(of_event("SUMMARY:Quarterly review\\, part 2\r\n"
                     "DTSTART;TZID=Europe/Berlin:20270302T100000\r\n"
                     "DTEND;TZID=Europe/Berlin:20270302T113000\r\n"
                     "LOCATION:Room 5\r\n"
                     "ORGANIZER;CN=\"Lee, Ann\":mailto:ann@shop.example\r\n"
                     "ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob:MAILTO:bob@shop.example\r\n"
                     "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:alex@shop.\r\n example\r\n"
                     "DESCRIPTION:First line\\nsecond line"),
            "Invitation (REQUEST): Quarterly review, part 2\n"
            "When: 2027-03-02 10:00 to 11:30 (Europe/Berlin)\n"
            "Where: Room 5\n"
            "Organizer: Lee, Ann <ann@shop.example>\n"
            "Attendees:\n"
            "- Bob <bob@shop.example>: accepted\n"
            "- alex@shop.example: no answer yet\n"
            "\n"
            "First line\nsecond line");
}

TEST(Calendar, methods_have_names) {
  EXPECT_EQ(of_event("SUMMARY:x", "CANCEL"), "Cancellation (CANCEL): x");
  EXPECT_EQ(of_event("SUMMARY:x", "reply"), "Answer (REPLY): x");
  EXPECT_EQ(of_event("SUMMARY:x", "X-OTHER"), "Calendar entry (X-OTHER): x");
  EXPECT_EQ(calendar_text("BEGIN:VTODO\nSUMMARY:x\nDUE:20270302T100000Z\nEND:VTODO"),
            "Task: x\nDue: 2027-03-02 10:00 (UTC)");
}

TEST(Calendar, times_are_as_written) {
  const auto when = [](const std::string& lines) {
    const std::string begin = "Invitation (REQUEST): without a title\nWhen: ";
    const auto text = of_event(lines);
    return text.starts_with(begin) ? text.substr(begin.size()) : text;
  };
  EXPECT_EQ(when("DTSTART;VALUE=DATE:20270302"), "2027-03-02, all day");
  EXPECT_EQ(when("DTSTART;VALUE=DATE:20270302\r\nDTEND;VALUE=DATE:20270303"),
            "2027-03-02, all day");
  EXPECT_EQ(when("DTSTART;VALUE=DATE:20270228\r\nDTEND;VALUE=DATE:20270302"),
            "2027-02-28 to 2027-03-01, all day");
  EXPECT_EQ(when("DTSTART:20270302T235930Z\r\nDTEND:20270303T010000Z"),
            "2027-03-02 23:59:30 to 2027-03-03 01:00 (UTC)");
  EXPECT_EQ(when("DTSTART;TZID=A:20270302T100000\r\nDTEND;TZID=B:20270302T110000"),
            "2027-03-02 10:00 (A) to 2027-03-02 11:00 (B)");
  EXPECT_EQ(when("DTSTART:20270302T100000\r\nDURATION:PT90M"), "2027-03-02 10:00, for PT90M");
  EXPECT_EQ(when("DTSTART:soon"), "soon");
  EXPECT_EQ(when("DTSTART:20271332T100000"), "20271332T100000");
}

TEST(Calendar, what_is_within_an_entry_is_not_the_entry) {
  EXPECT_EQ(
      of_event("BEGIN:VALARM\r\nSUMMARY:alarm\r\nDESCRIPTION:ring\r\nEND:VALARM\r\nSUMMARY:x"),
      "Invitation (REQUEST): x");
  EXPECT_EQ(calendar_text("BEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE"), "");
}

TEST(Calendar, of_many_entries_the_first_are_told) {
  std::string text;
  for (int i = 0; i < 12; ++i) {
    text += "BEGIN:VEVENT\nSUMMARY:" + std::to_string(i) + "\nEND:VEVENT\n";
  }
  const auto told = calendar_text(text);
  EXPECT_TRUE(told.starts_with("Calendar entry: 0\n\nCalendar entry: 1\n\n")) << told;
  EXPECT_TRUE(told.ends_with("Calendar entry: 9\n\n[And 2 more.]")) << told;
}

TEST(Calendar, a_file_that_is_cut_off_is_read_as_far_as_it_goes) {
  EXPECT_EQ(calendar_text("BEGIN:VEVENT\nSUMMARY:x\nLOCATION:Room"),
            "Calendar entry: x\nWhere: Room");
}

TEST(Calendar, other_text_is_no_entry) {
  for (const auto* text : {"", "hello", "BEGIN:VCALENDAR", ":::", "A;B", "A;B=\"c"}) {
    EXPECT_EQ(calendar_text(text), "") << text;
  }
}

TEST(CalendarMethod, is_that_of_the_whole_object) {
  EXPECT_EQ(calendar_method("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"), "REQUEST");
  EXPECT_EQ(calendar_method("BEGIN:VCALENDAR\nmethod;X-A=b: cancel \nBEGIN:VEVENT\n"), "CANCEL");
  EXPECT_EQ(calendar_method("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nMETHOD:REQUEST\r\n"), "");
  EXPECT_EQ(calendar_method("BEGIN:VCALENDAR\r\nMETHOD:A B; x=y\r\n"), "");
  EXPECT_EQ(calendar_method("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD"), "");
  EXPECT_EQ(calendar_method(""), "");
}

}  // namespace
}  // namespace gmail_mcp::mime
