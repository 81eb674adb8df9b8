#include "tools/body_view.h"

#include "base/offload.h"
#include "base/text.h"

namespace gmail_mcp::tools {

namespace {

void take_page(views::Message& out, std::string& place, std::string text, const BodyWish& wish) {
  const bool is_unfolded =
      wish.format == BodyFormat::text && wish.quotes == operation::Quotes::keep;
  const auto kind =
      is_unfolded ? "unfolded" : enum_names(wish.format)[static_cast<std::size_t>(wish.format)];
  auto page = operation::page_of(std::move(text), kind, static_cast<std::size_t>(wish.max_chars),
                                 wish.cursor);
  place = std::move(page.text);
  out.truncated = page.next_cursor.has_value();
  out.body_cursor = std::move(page.next_cursor);
}

views::Message view_as_text(model::Message message, const BodyWish& wish) {
  auto readable = operation::readable_text(message, wish.quotes);
  message.body_html.reset();
  auto out = views::of(std::move(message));
  take_page(out, out.body_plain, std::move(readable.text), wish);
  out.body_source = std::move(readable.source);
  if (readable.hidden_chars > 0) out.hidden_chars = readable.hidden_chars;
  if (readable.folded_lines > 0) out.quoted_lines_folded = readable.folded_lines;
  return out;
}

views::Message view_as_sent(model::Message message, const BodyWish& wish) {
  auto out = views::of(std::move(message));
  const bool has_html = out.body_html.has_value();
  auto& place = has_html ? *out.body_html : out.body_plain;
  auto whole = std::move(place);
  if (has_html) out.body_plain.clear();
  take_page(out, place, std::move(whole), wish);
  out.body_source = has_html ? "html" : "plain";
  return out;
}

views::Message view_of_source(model::Message message, const std::string& source,
                              const BodyWish& wish) {
  message.body_plain.clear();
  message.body_html.reset();
  auto out = views::of(std::move(message));
  take_page(out, out.raw.emplace(), repair_utf8(source), wish);
  return out;
}

}  // namespace

const std::vector<std::string_view>& enum_names(BodyFormat) {
  static const std::vector<std::string_view> names{"text", "html", "raw"};
  return names;
}

Task<std::vector<views::Message>> views_with_bodies(operation::Call& call, mail::Mailbox& mailbox,
                                                    std::vector<model::Message> messages,
                                                    BodyWish wish) {
  std::vector<views::Message> shown;
  if (wish.format == BodyFormat::raw) {
    for (auto& message : messages) {
      const auto source = co_await mailbox.source(message.id);
      auto work = [&] { return view_of_source(std::move(message), source, wish); };
      auto one = co_await offload(call.work_pool(), source.size(), work);
      shown.push_back(std::move(one));
    }
    co_return shown;
  }
  // Counted together, because many small bodies hold others up as a large one does.
  std::size_t bytes = 0;
  for (const auto& message : messages) bytes += operation::work_of_reading(message);
  auto work = [&] {
    std::vector<views::Message> all;
    all.reserve(messages.size());
    for (auto& message : messages) {
      all.push_back(wish.format == BodyFormat::text ? view_as_text(std::move(message), wish)
                                                    : view_as_sent(std::move(message), wish));
    }
    return all;
  };
  co_return co_await offload(call.work_pool(), bytes, work);
}

}  // namespace gmail_mcp::tools
