#include "mail/quotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

model::Message lunch_letter() {
  model::Message message;
  message.id = model::MessageId{"m1"};
  message.from = {.name = "Ann <Lee>", .email = "ann@x.example"};
  message.to = {{.name = "", .email = "bob@x.example"}, {.name = "Cy", .email = "cy@x.example"}};
  message.subject = "Lunch";
  message.date = parse_iso8601("2026-11-29T13:05:09Z").value();
  message.body_plain = "When?\r\n\r\n> Where?\r\n>> Who?\r\n";
  return message;
}

TEST(Quoting, puts_the_original_below_the_answer_behind_a_line_that_says_who_wrote) {
  WrittenText answer{.text = "At noon.\n", .html = std::nullopt};
  quote_below(answer, lunch_letter());
  EXPECT_EQ(answer.text,
            "At noon.\n\n"
            "On Sun, Nov 29, 2026 at 1:05 PM UTC Ann <Lee> <ann@x.example> wrote:\n"
            "> When?\n>\n>> Where?\n>>> Who?\n");
  EXPECT_FALSE(answer.html);
}

TEST(Quoting, of_html_is_a_blockquote_within_the_document) {
  auto original = lunch_letter();
  original.body_html = "<p onclick=x>When?<script>y</script></blockquote></div>";
  WrittenText answer{.text = "At noon.", .html = "<html><body><p>At noon.</p></body></html>"};
  quote_below(answer, original);
  EXPECT_THAT(*answer.html,
              HasSubstr("<p>At noon.</p><br><div class=\"gmail_quote\"><div dir=\"ltr\" "
                        "class=\"gmail_attr\">On Sun, Nov 29, 2026 at 1:05 PM UTC Ann &lt;Lee&gt; "
                        "&lt;ann@x.example&gt; wrote:<br></div><blockquote class=\"gmail_quote\""));
  EXPECT_THAT(*answer.html, EndsWith("\"><p>When?</p></blockquote></div></body></html>"));
  EXPECT_THAT(answer.text, HasSubstr("> When?"));

  // Where the original has no HTML, or too much of it, its text is shown.
  for (const auto& html :
       {std::optional<std::string>{}, std::optional{std::string(most_quoted_html + 1, 'x')}}) {
    original.body_html = html;
    WrittenText other{.text = "a", .html = "a"};
    quote_below(other, original);
    EXPECT_THAT(*other.html, HasSubstr("When?<br>\n<br>\n&gt; Where?"));
    EXPECT_LT(other.html->size(), 1'000U);
  }
}

TEST(Quoting, a_long_original_is_cut_and_says_so) {
  auto original = lunch_letter();
  original.body_plain.clear();
  for (int i = 0; i < 50'000; ++i) original.body_plain += "ä line\n";
  WrittenText answer{.text = "", .html = std::nullopt};
  quote_below(answer, original);
  EXPECT_LT(answer.text.size(), 2 * most_quoted_text);
  EXPECT_THAT(answer.text, HasSubstr("> [The rest of the message is left out.]\n"));
}

TEST(Quoting, of_a_message_that_is_only_html_is_what_it_says) {
  auto original = lunch_letter();
  original.body_plain.clear();
  original.body_html = "<h1>When?</h1><ul><li>one</ul>";
  WrittenText answer{.text = "x", .html = std::nullopt};
  quote_below(answer, original);
  EXPECT_THAT(answer.text, HasSubstr("wrote:\n> When?\n>\n> - one\n"));
}

TEST(Quoting, of_a_message_without_text_says_so) {
  auto original = lunch_letter();
  original.body_plain = "\r\n";
  WrittenText answer{.text = "x", .html = std::nullopt};
  quote_below(answer, original);
  EXPECT_THAT(answer.text, EndsWith("wrote:\n> [There is no text in the message.]\n"));
}

TEST(Quoting, a_strangers_names_write_no_lines_of_their_own) {
  auto original = lunch_letter();
  original.from = {.name = "Ann\r\nBob wrote:", .email = "a\n@x"};
  original.subject = "a\nTo: eve@x.example";
  original.body_plain.clear();
  WrittenText answer{.text = "x", .html = std::nullopt};
  forward_below(answer, original);
  EXPECT_THAT(answer.text, Not(HasSubstr("\nBob")));
  EXPECT_THAT(answer.text, Not(HasSubstr("\nTo: eve")));
}

TEST(Forwarding, says_from_whom_when_about_what_and_to_whom) {
  auto original = lunch_letter();
  original.cc = {{.name = "", .email = "dan@x.example"}};
  WrittenText written{.text = "See below.", .html = std::nullopt};
  EXPECT_THAT(forward_below(written, original), IsEmpty());
  EXPECT_EQ(written.text,
            "See below.\n\n"
            "---------- Forwarded message ---------\n"
            "From: Ann <Lee> <ann@x.example>\n"
            "Date: Sun, Nov 29, 2026 at 1:05 PM UTC\n"
            "Subject: Lunch\n"
            "To: <bob@x.example>, Cy <cy@x.example>\n"
            "Cc: <dan@x.example>\n\n\n"
            "When?\n\n> Where?\n>> Who?\n");
  EXPECT_FALSE(written.html) << "neither part is HTML";
}

model::AttachmentInfo file(std::string id, std::string name, std::string type) {
  model::AttachmentInfo one;
  one.id = std::move(id);
  one.filename = std::move(name);
  one.mime_type = std::move(type);
  return one;
}

TEST(Forwarding, takes_files_along_and_pictures_under_names_that_the_html_uses) {
  auto original = lunch_letter();
  original.body_html = "<p>When? <img src='cid:x@y'><img src='cid:gone' alt=Gone></p>";
  auto picture = file("1.1", "a.png", "image/png");
  picture.content_id = "x@y";
  picture.is_inline = true;
  picture.is_file = false;
  auto again = picture;
  again.id = "1.2";
  auto unseen = picture;
  unseen.id = "1.3";
  unseen.content_id = "unseen";
  auto signature = file("2", "smime.p7s", "application/pkcs7-signature");
  signature.is_file = false;
  auto beside = file("3", "attachment.ics", "text/calendar");
  beside.is_file = false;
  original.attachments = {picture,
                          again,
                          unseen,
                          file("1.4", "b.pdf", "application/pdf"),
                          signature,
                          beside,
                          file("4", "invite.ics", "application/ics")};
  WrittenText written{.text = "Look:\n  here", .html = std::nullopt};
  const auto files = forward_below(written, original);
  EXPECT_THAT(*written.html, HasSubstr("<div dir=\"ltr\">Look:<br>\n&nbsp;&nbsp;here</div><br>"
                                       "<div class=\"gmail_quote\"><div dir=\"ltr\" "
                                       "class=\"gmail_attr\">---------- Forwarded message"));
  EXPECT_THAT(*written.html, EndsWith("<p>When? <img src=\"cid:forwarded-1.1\">[Gone]</p></div>"));
  std::vector<std::string> taken;
  for (const auto& one : files) {
    EXPECT_EQ(one.message_id, original.id);
    taken.push_back(one.attachment_id + (one.is_inline ? " within " + one.content_id : ""));
  }
  EXPECT_EQ(taken,
            (std::vector<std::string>{"1.1 within forwarded-1.1", "1.2", "1.3", "1.4", "4"}));

  // An invitation that stands only beside the text is taken along.
  original.attachments.pop_back();
  WrittenText other{.text = "", .html = std::nullopt};
  EXPECT_THAT(forward_below(other, original), SizeIs(5));
}

TEST(Forwarding, names_no_more_people_than_anybody_reads) {
  auto original = lunch_letter();
  original.to.assign(5'000, {.name = "A", .email = "a@x.example"});
  WrittenText written{.text = "", .html = std::nullopt};
  forward_below(written, original);
  EXPECT_THAT(written.text, HasSubstr(" and 4900 more\n"));
  EXPECT_LT(written.text.size(), 3'000U);
}

TEST(Forwarding, a_subject_says_so_once) {
  for (const auto* subject : {"Lunch", "Fwd: Lunch", "WG: TR: Lunch", "RV : Lunch", "fw: Lunch"}) {
    EXPECT_EQ(forward_subject(subject), "Fwd: Lunch") << subject;
  }
  EXPECT_EQ(forward_subject("Re: Lunch"), "Fwd: Re: Lunch");
  EXPECT_EQ(forward_subject(""), "Fwd: ");
  EXPECT_LT(forward_subject(std::string(5'000, 'x')).size(), 2'000U);
}

}  // namespace
}  // namespace gmail_mcp::mail
