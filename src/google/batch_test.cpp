#include "google/batch.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gmail_mcp::google {
namespace {

TEST(Batch, IsWrittenAsThePageShowsIt) {
  EXPECT_EQ(encode_batch({{.path = "/gmail/v1/users/me/messages/a?format=full", .json = {}},
                          {.path = "/b", .json = R"({"c":1})"}},
                         "x"),
            "--x\r\n"
            "Content-Type: application/http\r\n"
            "Content-ID: <i1>\r\n"
            "\r\n"
            "GET /gmail/v1/users/me/messages/a?format=full\r\n"
            "\r\n"
            "--x\r\n"
            "Content-Type: application/http\r\n"
            "Content-ID: <i2>\r\n"
            "\r\n"
            "POST /b\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 7\r\n"
            "\r\n"
            "{\"c\":1}\r\n"
            "--x--\r\n");
}

constexpr std::string_view two_answers =
    "--batch_x\r\n"
    "Content-Type: application/http\r\n"
    "Content-ID: <response-i1>\r\n"
    "\r\n"
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: application/json; charset=UTF-8\r\n"
    "\r\n"
    "{\"id\":\"a\"}\r\n"
    "--batch_x\r\n"
    "Content-Type: application/http\r\n"
    "Content-ID: <response-i2>\r\n"
    "\r\n"
    "HTTP/1.1 429 Too Many Requests\r\n"
    "Retry-After: 2\r\n"
    "\r\n"
    "{\"error\":{}}\r\n"
    "--batch_x--\r\n";

TEST(Batch, AnswersHaveStatusHeadersAndBody) {
  const auto answers = parse_batch("multipart/mixed; boundary=batch_x", two_answers, 2).value();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].status, 200);
  EXPECT_EQ(answers[0].body, R"({"id":"a"})");
  EXPECT_EQ(answers[1].status, 429);
  EXPECT_EQ(answers[1].headers.get("retry-after"), "2");
}

TEST(Batch, BareLineEndsAndAQuotedBoundaryAreRead) {
  std::string bare{two_answers};
  bare.erase(std::remove(bare.begin(), bare.end(), '\r'), bare.end());
  const auto answers =
      parse_batch("Multipart/Mixed; charset=x; boundary=\"batch_x\"", bare, 2).value();
  EXPECT_EQ(answers[0].body, R"({"id":"a"})");
  EXPECT_EQ(answers[1].status, 429);
}

TEST(Batch, ContentIdsDecideNotTheOrder) {
  std::string swapped{two_answers};
  swapped.replace(swapped.find("response-i1"), 11, "response-i9");
  swapped.replace(swapped.find("response-i2"), 11, "response-i1");
  swapped.replace(swapped.find("response-i9"), 11, "response-i2");
  const auto answers = parse_batch("multipart/mixed; boundary=batch_x", swapped, 2).value();
  EXPECT_EQ(answers[0].status, 429);
  EXPECT_EQ(answers[1].status, 200);
}

TEST(Batch, WithoutContentIdsTheOrderDecides) {
  const auto answers = parse_batch("multipart/mixed; boundary=b",
                                   "--b\n\nHTTP/1.1 404 Not Found\n\nx\n"
                                   "--b\n\nHTTP/1.1 200 OK\n\ny\n--b--",
                                   2)
                           .value();
  EXPECT_EQ(answers[0].status, 404);
  EXPECT_EQ(answers[1].body, "y");
}

TEST(Batch, AMissingPartIsSeenAsMissing) {
  const auto answers = parse_batch("multipart/mixed; boundary=batch_x", two_answers, 3).value();
  EXPECT_EQ(answers[2].status, 0);
}

TEST(Batch, APartThatIsCutOffIsMissingToo) {
  const auto cut = two_answers.substr(0, two_answers.find("{\"error"));
  const auto answers = parse_batch("multipart/mixed; boundary=batch_x", cut, 2).value();
  EXPECT_EQ(answers[0].status, 200);
  EXPECT_EQ(answers[1].status, 0);
}

TEST(Batch, PreambleEpilogueAndGarbageAreSkipped) {
  const std::string framed = "hello --batch_x\r\n" + std::string{two_answers} + "bye";
  EXPECT_EQ(parse_batch("multipart/mixed; boundary=batch_x", framed, 2).value()[0].status, 200);
  const auto garbage =
      parse_batch("multipart/mixed; boundary=b", "--b\r\nx\r\n\r\nnonsense\r\n--b--", 1).value();
  EXPECT_EQ(garbage[0].status, 0);
}

TEST(Batch, AnotherContentTypeIsNoBatchAnswer) {
  EXPECT_FALSE(parse_batch("application/json", "{}", 1));
  EXPECT_FALSE(parse_batch("multipart/mixed", two_answers, 1));
  EXPECT_FALSE(parse_batch("", "", 1));
}

}  // namespace
}  // namespace gmail_mcp::google
