#include "operation/body.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>
#include <vector>

#include "base/eight_bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "mime/html_text.h"
#include "mime/text_layout.h"
#include "operation/quoted_history.h"

namespace gmail_mcp::operation {

namespace {

// A plain part that is so short beside an HTML part several times as long is not the text but a
// note such as "Your mail program cannot show HTML."
constexpr std::size_t longest_stub = 400;
constexpr std::size_t stub_ratio = 3;

mime::HtmlText from_plain(std::string_view plain) {
  mime::TextLayout layout;
  layout.reserve(plain.size());
  layout.add_preformatted(plain);
  mime::HtmlText out;
  out.hidden_chars = layout.dropped();
  out.text = std::move(layout).finish();
  return out;
}

// `said`: what the plain part says, in visible characters.
bool is_stub(std::size_t said, std::string_view html) {
  if (said == 0) return true;
  const auto most = stub_ratio * said + longest_stub / 4;
  return said <= longest_stub && mime::count_visible(html, most + 1) > most;
}

Error bad_cursor() {
  return {Errc::invalid_argument, "The argument body_cursor is not one of this message and format.",
          "Give the body_cursor of the answer before, with the same body_format and quotes."};
}

std::size_t offset_of(std::string_view text, std::string_view kind, std::string_view cursor) {
  if (cursor.empty()) return 0;
  if (!cursor.starts_with(kind)) throw bad_cursor();
  cursor.remove_prefix(kind.size());
  if (!cursor.starts_with('-')) throw bad_cursor();
  cursor.remove_prefix(1);
  std::size_t offset = 0;
  const auto* const end = cursor.data() + cursor.size();
  const auto [stop, failed] = std::from_chars(cursor.data(), end, offset);
  const bool is_place = failed == std::errc{} && stop == end && offset <= text.size();
  if (!is_place) throw bad_cursor();
  const bool is_inside =
      offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xC0) == 0x80;
  if (is_inside) throw bad_cursor();
  return offset;
}

// The number of bytes of the first `chars` characters.
std::size_t bytes_of(std::string_view text, std::size_t chars) {
  if (text.size() <= chars) return text.size();
  using namespace eight_bytes;
  std::size_t at = 0;
  for (; chars >= size && text.size() - at >= size; at += size) {
    const auto bytes = load(text.data() + at);
    const auto going_on = bytes & ~(bytes << 1U) & everywhere;  // 10xxxxxx
    chars -= size - count(going_on);
  }
  while (at < text.size()) {
    const bool begins_one = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins_one && chars-- == 0) break;
    ++at;
  }
  return at;
}

}  // namespace

const std::vector<std::string_view>& enum_names(Quotes) {
  static const std::vector<std::string_view> names{"fold", "keep"};
  return names;
}

ReadableText readable_text(const model::Message& message, Quotes quotes) {
  auto shown = from_plain(message.body_plain);
  ReadableText out;
  out.source = trim(shown.text).empty() ? "" : "plain";
  // Text hidden in the part that is not shown counts too: it was in the mail, and readers should
  // know.
  const auto said = message.body_html ? mime::count_visible(shown.text, longest_stub + 1) : 0;
  if (message.body_html && said > longest_stub) {
    shown.hidden_chars += mime::count_hidden_chars(*message.body_html);
  } else if (message.body_html) {
    auto html = mime::html_to_text(*message.body_html);
    if (is_stub(said, html.text) && !html.text.empty()) {
      shown = std::move(html);
      out.source = "html";
    } else {
      shown.hidden_chars += html.hidden_chars;
    }
  }
  out.hidden_chars = shown.hidden_chars;
  const bool is_cut = shown.is_cut;
  // An attached message begins with header lines, as a quoted one does.
  const bool is_letter = message.text_source != "message" && message.text_source != "calendar";
  out.text = quotes == Quotes::keep || !is_letter
                 ? std::move(shown.text)
                 : fold_history(std::move(shown.text), message, out.folded_lines);
  if (!message.text_place.empty()) {
    out.source = message.text_source;
    out.text = message.text_place + (out.text.empty() ? "" : "\n\n") + out.text;
  }
  if (is_cut) out.text += "\n[The rest of this HTML is too long to be read as text.]";
  return out;
}

std::size_t work_of_reading(const model::Message& message) {
  return message.body_plain.size() +
         (message.body_html ? mime::html_weight * message.body_html->size() : 0);
}

TextPage page_of(std::string text, std::string_view kind, std::size_t max_chars,
                 std::string_view cursor) {
  const auto begin = offset_of(text, kind, cursor);
  const auto rest = std::string_view{text}.substr(begin);
  auto length = bytes_of(rest, max_chars);
  TextPage page;
  if (length < rest.size()) {
    const auto line_end = rest.rfind('\n', length - 1);
    const bool is_near = line_end != std::string_view::npos && line_end + 1 >= length - length / 8;
    if (is_near) length = line_end + 1;
    page.next_cursor = fmt::format("{}-{}", kind, begin + length);
  }
  if (begin == 0 && length == text.size()) {
    page.text = std::move(text);
  } else {
    page.text = rest.substr(0, length);
  }
  return page;
}

}  // namespace gmail_mcp::operation
