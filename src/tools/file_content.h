#pragma once

#include <optional>
#include <string>

#include "schema/fields.h"

namespace gmail_mcp::tools {

/// The bytes of a file, given as base64 or as a `data:` URL (RFC 2397), as browsers make them from
/// files.
struct FileContent {
  std::string bytes;
  std::string mime_type;  // of a `data:` URL that names one
};

}  // namespace gmail_mcp::tools

namespace gmail_mcp::schema {

std::optional<Fault> decode_value(tools::FileContent& out, const json::value& value,
                                  const Traits& traits);
void write_value(std::string& out, const tools::FileContent& content);

template <>
std::optional<Fault> Plain<tools::FileContent>::decode(const TypeInfo& type, void* out,
                                                       const json::value& value,
                                                       const Traits& traits);
template <>
void Plain<tools::FileContent>::write(const TypeInfo& type, const void* value, std::string& out);

template <>
struct TypeOf<tools::FileContent> : PlainType<tools::FileContent, TypeInfo::Kind::string> {};

}  // namespace gmail_mcp::schema
