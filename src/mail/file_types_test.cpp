#include "mail/file_types.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

TEST(FileTypes, are_known_by_the_end_of_the_name) {
  const std::pair<const char*, const char*> files[] = {
      {"deck.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
      {"old.DOC", "application/msword"},
      {"old.xls", "application/vnd.ms-excel"},
      {"old.ppt", "application/vnd.ms-powerpoint"},
      {"clip.mov", "video/quicktime"},
      {"IMG_0001.HEIC", "image/heic"},
      {"ann.vcf", "text/vcard"},
      {"letter.rtf", "application/rtf"},
      {"text.odt", "application/vnd.oasis.opendocument.text"},
      {"sums.ods", "application/vnd.oasis.opendocument.spreadsheet"},
      {"scan.tiff", "image/tiff"},
      {"scan.tif", "image/tiff"},
      {"values.yaml", "application/yaml"},
      {"all.7z", "application/x-7z-compressed"},
      {"a.tar.gz", "application/gzip"},
      {"report.final.pdf", "application/pdf"},
      {"no extension", "application/octet-stream"},
      {"odd.", "application/octet-stream"},
      {"odd.zzz", "application/octet-stream"},
      {"", "application/octet-stream"},
  };
  for (const auto& [name, type] : files) EXPECT_EQ(type_of_file(name), type) << name;
}

}  // namespace
}  // namespace gmail_mcp::mail
