#include "tools/file_content.h"

#include <gtest/gtest.h>

namespace gmail_mcp::tools {
namespace {

std::optional<schema::Fault> read_content(FileContent& out, std::string_view text) {
  return schema::decode_value(out, boost::json::value(text), {});
}

TEST(FileContent, is_base64_or_a_data_url) {
  struct Row {
    const char* text;
    const char* bytes;
    const char* type;
  };
  for (const auto& row :
       {Row{"aGVsbG8=", "hello", ""},
        Row{"data:application/pdf;base64,aGVsbG8=", "hello", "application/pdf"},
        Row{"DATA:image/png;BASE64,aGVsbG8", "hello", "image/png"},
        Row{"data:text/csv;charset=utf-8,a%2Cb%0A", "a,b\n", "text/csv;charset=utf-8"},
        Row{"data:;base64,aGVsbG8%3D", "hello", ""}, Row{"data:,", "", ""}}) {
    FileContent content;
    const auto fault = read_content(content, row.text);
    EXPECT_FALSE(fault) << row.text << ": " << fault->problem;
    EXPECT_EQ(content.bytes, row.bytes) << row.text;
    EXPECT_EQ(content.mime_type, row.type) << row.text;
  }
}

TEST(FileContent, what_is_neither_is_refused) {
  for (const auto* text : {"data:image/png;base64", "data:image/png;base64,@@", "data:,%zz", "@"}) {
    FileContent content;
    EXPECT_TRUE(read_content(content, text)) << text;
  }
}

}  // namespace
}  // namespace gmail_mcp::tools
