#pragma once

#include <optional>
#include <string>

#include "schema/fields.h"

namespace gmail_mcp::tools {

/// The bytes of a file, given as base64 or as a `data:` URL (RFC 2397), which browsers make of a
/// file.
struct FileContent {
  std::string bytes;
  std::string mime_type;  // of a `data:` URL that names one
};

}  // namespace gmail_mcp::tools

namespace gmail_mcp::schema {

template <>
struct Codec<tools::FileContent> {
  static std::optional<Fault> decode(tools::FileContent& out, const json::value& value,
                                     const Traits& traits);
  static void write(std::string& out, const tools::FileContent& content);
  static const TypeInfo& type() { return Codec<Base64>::type(); }
};

}  // namespace gmail_mcp::schema
