#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::sandbox {

/// A partial response: Google's `fields` parameter, as in
/// `messages(id,payload/headers),nextPageToken`.
/// https://developers.google.com/gmail/api/guides/performance#partial-response
class FieldMask {
 public:
  /// Errc::invalid_argument for broken syntax and for names no Gmail answer has.
  static Result<FieldMask> parse(std::string_view text);

  /// The selected part of `value`; in a list, of every item.
  boost::json::value apply(const boost::json::value& value) const;

 private:
  struct Node {
    std::string name;            // or "*"
    std::vector<Node> children;  // none: the whole
  };
  friend class FieldMaskParser;
  static boost::json::value cut(const boost::json::value& value, const std::vector<Node>& nodes);

  std::vector<Node> nodes_;
};

}  // namespace gmail_mcp::sandbox
