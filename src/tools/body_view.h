#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mail/mailbox.h"
#include "operation/body.h"
#include "operation/call.h"
#include "views/message.h"

namespace gmail_mcp::tools {

enum class BodyFormat {
  text,  // readable: see operation::readable_text; fills body_plain
  html,  // as sent: fills body_html, or body_plain when there is no HTML
  raw,   // the RFC 5322 source: fills raw
};
const std::vector<std::string_view>& enum_names(BodyFormat);

struct BodyWish {
  BodyFormat format = BodyFormat::text;
  std::int64_t max_chars = 20'000;
  std::string cursor;
  operation::Quotes quotes = operation::Quotes::fold;
};

inline constexpr std::int64_t least_body_chars = 100;
inline constexpr std::int64_t most_body_chars = 500'000;

template <class S>
schema::Field<S> quotes_field(operation::Quotes S::*member) {
  return schema::field("quotes", member, "Quoted history of replies");
}

/// The messages with the requested form of their bodies. For `raw` the mailbox is asked again.
Task<std::vector<views::Message>> views_with_bodies(operation::Call& call, mail::Mailbox& mailbox,
                                                    std::vector<model::Message> messages,
                                                    BodyWish wish);

}  // namespace gmail_mcp::tools
