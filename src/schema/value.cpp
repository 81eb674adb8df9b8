#include "schema/value.h"

namespace gmail_mcp::schema {

std::size_t Value::bytes() const {
  if (!object_) return 0;
  if (!bytes_) bytes_ = bytes_of(*description_, object_.get());
  return *bytes_;
}

std::string Value::text() const {
  std::string out;
  out.reserve(bytes());
  write_object(*description_, object_.get(), out, left_out_);
  return out;
}

}  // namespace gmail_mcp::schema
