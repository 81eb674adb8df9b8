#include "operation/outcome.h"

#include <gtest/gtest.h>

#include "base/testing/loop_turns.h"
#include "schema/fields.h"

namespace gmail_mcp::operation {
namespace {

struct LongResult {
  std::string note;
  schema::Base64 file;

  static auto fields() {
    return schema::Fields{schema::field("note", &LongResult::note),
                          schema::field("file", &LongResult::file)};
  }
};

LongResult long_result() {
  LongResult result;
  result.note = "hello";
  result.file.bytes.assign(std::size_t{4} << 20, 'x');
  return result;
}

Task<void> write_once(WorkPool* pool) {
  Outcome outcome;
  outcome.end = schema::Value{long_result()};
  const auto text = co_await json_text(outcome, pool);
  EXPECT_EQ(text.substr(0, 23), R"({"note":"hello","file":)");
}

TEST(OutcomeText, a_long_result_is_not_written_by_the_loop) {
  boost::asio::io_context loop;
  WorkPool pool{1};
  const auto write = [] { EXPECT_FALSE(schema::to_json_text(long_result()).empty()); };
  growth::expect_others_have_turns(
      "a long result", loop, [&] { return write_once(&pool); }, write);
}

TEST(OutcomeText, what_was_made_is_gone_when_its_text_is_there) {
  boost::asio::io_context loop;
  Outcome outcome;
  outcome.end = schema::Value{long_result()};
  ASSERT_NE(outcome.made()->member<schema::Base64>("file"), nullptr);
  EXPECT_EQ(outcome.made()->member<std::string>("file"), nullptr) << "of another type";
  EXPECT_EQ(outcome.made()->member<std::string>("nothing"), nullptr);
  outcome.made()->leave_out("file");
  EXPECT_EQ(run_to_end(loop, json_text(outcome, nullptr)), R"({"note":"hello"})");
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.made()->bytes(), 0U);
}

}  // namespace
}  // namespace gmail_mcp::operation
