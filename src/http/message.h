#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::http {

/// Header fields in order. Names compare without case (RFC 9110 §5.1).
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_{fields} {}

  void add(std::string name, std::string value) {
    if (fields_.capacity() == 0) fields_.reserve(usual_size);
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// Replaces every field of that name.
  void set(std::string name, std::string value);
  void remove(std::string_view name);

  /// The first value; nullptr if there is none. Borrowed from this object.
  const std::string* find(std::string_view name) const;
  /// The first value, or "".
  std::string_view get(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  /// The last element of a list that may be spread over several fields (RFC 9110 §5.3): the one
  /// that the server next to us wrote. Commas in quoted strings do not count; "" if there is none.
  std::string_view last_element(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  static constexpr std::size_t usual_size = 10;

  std::vector<Field> fields_;
};

/// A whole answer, as our handlers make it and our client receives it.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};

/// JSON with headers that keep a browser from reading it as anything else and pages of another
/// origin from embedding it.
Response json_response(int status, std::string body, Headers extra = {});

/// The status of a failure, the same at every door (docs/05-troubleshooting.md lists the codes).
int http_status(Errc code);

/// "Not Found" for 404: RFC 9110 §15.
std::string_view reason_phrase(int status);

}  // namespace gmail_mcp::http
