#include "sandbox/query.h"

#include <gtest/gtest.h>

#include "sandbox/test_bench.h"

namespace gmail_mcp::sandbox {
namespace {

// All tests are about one message: from Ann to Alex, with a file, eight days old, unread.
class QueryTest : public testing::Test {
 protected:
  QueryTest() {
    Label label;
    label.name = "Work/Big Projects";
    const auto id = mailbox.create_label(std::move(label)).value()->id;
    Arrival arrival;
    arrival.raw =
        "From: \"Ann O'Hara\" <ann.ohara@example.org>\r\n"
        "To: Alex <alex@gmail.example>, team@example.org\r\n"
        "Cc: Bob <bob@example.net>\r\n"
        "Subject: =?utf-8?q?Invoice_f=C3=BCr_M=C3=A4rz?= 42\r\n"
        "Message-ID: <Abc.1@example.org>\r\n"
        "List-Id: <news.lists.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        "<style>p{color:red}</style><p>The <b>quick</b> brown&nbsp;fox</p> 東京出張\r\n"
        "--b\r\nContent-Type: application/pdf; name=\"bill-2026.PDF\"\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n" +
        std::string(2000, 'A') + "\r\n--b--\r\n";
    arrival.labels = {"INBOX", "UNREAD", "IMPORTANT", "CATEGORY_UPDATES", id};
    arrival.internal_date = clock.now() - std::chrono::hours{24 * 8};
    message = mailbox.add(std::move(arrival)).value();
  }

  bool finds(std::string_view text) {
    const SearchContext context{mailbox.address(), &mailbox.labels(), clock.now()};
    return Query::parse(text).matches(*message, context);
  }

  ManualClock clock;  // 2026-01-01
  Mailbox mailbox{"alex@gmail.example", clock};
  const StoredMessage* message = nullptr;
};

TEST_F(QueryTest, FindsWhatGmailFinds) {
  for (const auto* text : {
           "",
           "fox",
           "FOX",
           "quick brown",
           "\"quick brown fox\"",
           "für",
           "FÜR",
           "東京",
           "\"東京出張\"",
           "from:ann",
           "from:ann.ohara@example.org",
           "from:example.org",
           "from:(ann o'hara)",
           "to:me",
           "to:team@example.org",
           "to:bob",
           "cc:bob",
           "cc:(bob OR nobody)",
           "subject:invoice",
           "subject:(invoice märz)",
           "subject:\"invoice für märz\"",
           "label:work-big-projects",
           "label:Work/Big-Projects",
           "label:inbox",
           "label:UNREAD",
           "in:inbox",
           "in:anywhere",
           "is:unread",
           "is:important",
           "category:updates",
           "has:attachment",
           "has:userlabels",
           "filename:pdf",
           "filename:bill-2026.pdf",
           "filename:bill",
           "list:news.lists.example",
           "after:2025/12/23",
           "after:2025-12-24",
           "before:2025/12/25",
           "older:2026/01/01",
           "newer:12/24/2025",
           "after:1766534400",
           "before:1766620800",
           "newer_than:9d",
           "older_than:7d",
           "newer_than:1m",
           "newer_than:1y",
           "older_than:24h",
           "larger:1K",
           "size:1500",
           "smaller:1M",
           "rfc822msgid:Abc.1@example.org",
           "rfc822msgid:<abc.1@example.org>",
           "-nothing",
           "-from:bob",
           "-is:read",
           "fox -cat",
           "fox OR cat",
           "cat OR fox",
           "{cat fox}",
           "{from:bob from:ann}",
           "(fox)",
           "fox (cat OR brown)",
           "from:{bob ann}",
           "cat OR fox brown",
           "brown cat OR fox",
           "+fox",
           "fox AND brown",
           "-(cat dog)",
           "-{cat dog}",
           "--fox",
           "42",
           "unknown:operator OR fox",
       }) {
    EXPECT_TRUE(finds(text)) << text;
  }
}

TEST_F(QueryTest, DoesNotFindWhatGmailDoesNot) {
  for (const auto* text : {
           "fo",
           "foxes",
           "\"brown quick\"",
           "color",
           "大阪",
           "from:bob",
           "from:me",
           "to:carol",
           "cc:ann",
           "subject:fox",
           "subject:(invoice april)",
           "label:work",
           "label:big",
           "in:sent",
           "in:spam",
           "in:trash",
           "is:read",
           "is:starred",
           "category:social",
           "has:nouserlabels",
           "filename:csv",
           "list:other",
           "after:2025/12/25",
           "before:2025/12/24",
           "after:tomorrow",
           "newer_than:7d",
           "older_than:9d",
           "newer_than:x",
           "larger:1M",
           "smaller:1K",
           "rfc822msgid:other@example.org",
           "rfc822msgid:",
           "-fox",
           "-is:unread",
           "fox cat",
           "{cat dog}",
           "fox (cat OR dog)",
           "-(fox OR cat)",
           "from:(ann bob)",
           "is:",
           "unknown:operator",
       }) {
    EXPECT_FALSE(finds(text)) << text;
  }
}

TEST_F(QueryTest, BrokenQueriesAreReadAsFarAsTheyGo) {
  for (const auto* text : {"(fox", "{fox", "\"quick brown", "fox)", "fox }", ") fox", "fox OR",
                           "OR fox", "- fox", "from:(ann", "::", "\"\"", "()", "fox ()"}) {
    finds(text);  // must return
  }
  EXPECT_TRUE(finds("(fox"));
  EXPECT_TRUE(finds("fox)"));
  EXPECT_FALSE(finds("(cat"));
}

TEST_F(QueryTest, ADeepQueryEndsInsteadOfOverflowingTheStack) {
  EXPECT_NO_FATAL_FAILURE(finds(std::string(100'000, '(') + "fox"));
  EXPECT_NO_FATAL_FAILURE(finds(std::string(100'000, '-') + "fox"));
}

TEST_F(QueryTest, SpamAndTrashAreReachedOnlyWhenAskedFor) {
  EXPECT_FALSE(Query::parse("fox").reaches_spam());
  EXPECT_FALSE(Query::parse("-in:spam").reaches_spam());
  EXPECT_TRUE(Query::parse("in:spam fox").reaches_spam());
  EXPECT_FALSE(Query::parse("in:spam fox").reaches_trash());
  EXPECT_TRUE(Query::parse("fox in:trash").reaches_trash());
  EXPECT_TRUE(Query::parse("in:anywhere").reaches_trash());
  EXPECT_TRUE(Query::parse("{in:inbox label:trash}").reaches_trash());
}

}  // namespace
}  // namespace gmail_mcp::sandbox
