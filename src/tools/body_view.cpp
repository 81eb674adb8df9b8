#include "tools/body_view.h"

#include "base/text.h"
#include "operation/body.h"

namespace gmail_mcp::tools {

namespace {

void take_page(MessageView& out, std::string& place, std::string_view text, const BodyWish& wish) {
  const auto kind = enum_names(wish.format)[static_cast<std::size_t>(wish.format)];
  auto page = operation::page_of(text, kind, static_cast<std::size_t>(wish.max_chars), wish.cursor);
  place = std::move(page.text);
  out.truncated = page.next_cursor.has_value();
  out.body_cursor = std::move(page.next_cursor);
}

}  // namespace

const std::vector<std::string_view>& enum_names(BodyFormat) {
  static const std::vector<std::string_view> names{"text", "html", "raw"};
  return names;
}

Task<MessageView> view_with_body(mail::Mailbox& mailbox, model::Message message, BodyWish wish) {
  if (wish.format == BodyFormat::text) {
    const auto readable = operation::readable_text(message);
    message.body_html.reset();
    auto out = view(std::move(message));
    take_page(out, out.body_plain, readable.text, wish);
    out.body_source = readable.source;
    if (readable.hidden_chars > 0) out.hidden_chars = readable.hidden_chars;
    if (readable.folded_lines > 0) out.quoted_lines_folded = readable.folded_lines;
    co_return out;
  }
  if (wish.format == BodyFormat::html) {
    auto out = view(std::move(message));
    const bool has_html = out.body_html.has_value();
    auto& place = has_html ? *out.body_html : out.body_plain;
    const auto whole = std::move(place);
    if (has_html) out.body_plain.clear();
    take_page(out, place, whole, wish);
    out.body_source = has_html ? "html" : "plain";
    co_return out;
  }
  const auto source = co_await mailbox.source(message.id);
  message.body_plain.clear();
  message.body_html.reset();
  auto out = view(std::move(message));
  const auto whole = repair_utf8(source);
  take_page(out, out.raw.emplace(), whole, wish);
  co_return out;
}

}  // namespace gmail_mcp::tools
