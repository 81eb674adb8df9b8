#include "schema/value.h"

namespace gmail_mcp::schema {

std::string Value::text() const {
  std::string out;
  out.reserve(bytes());
  write_object(*description_, object_.get(), out, left_out_);
  return out;
}

}  // namespace gmail_mcp::schema
