#include "mail/quotation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "mime/html_clean.h"
#include "mime/html_text.h"
#include "mime/subject.h"
#include "mime/text_layout.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::size_t most_people = 100;
constexpr std::size_t longest_shown_name = 200;
constexpr std::size_t longest_shown_subject = 1'900;
constexpr std::string_view quote_style =
    "margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex";
constexpr std::string_view no_text = "[There is no text in the message.]";
constexpr std::string_view rest_left_out = "[The rest of the message is left out.]";

// "Sun, Nov 29, 2026 at 9:05 AM UTC", as Gmail writes it, except for the zone.
std::string shown_date(Timestamp at) {
  static constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed",
                                                        "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::minutes>(at - day)};
  const auto hour = time.hours().count();
  return fmt::format(
      "{}, {} {}, {} at {}:{:02} {} UTC", days[std::chrono::weekday{day}.c_encoding()],
      months[static_cast<unsigned>(date.month()) - 1], static_cast<unsigned>(date.day()),
      static_cast<int>(date.year()), hour % 12 == 0 ? 12 : hour % 12, time.minutes().count(),
      hour < 12 ? "AM" : "PM");
}

std::string one_line_of(std::string_view text, std::size_t longest) {
  std::string line{utf8_prefix(text, longest)};
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }, ' ');
  return line;
}

std::string shown_person(const model::Address& one) {
  auto name = one_line_of(one.name, longest_shown_name);
  const auto email = one_line_of(one.email, longest_shown_name);
  if (name.empty() && email.empty()) return "somebody";
  if (email.empty()) return name;
  return name.empty() ? "<" + email + ">" : name + " <" + email + ">";
}

std::string shown_people(const std::vector<model::Address>& people) {
  std::string shown;
  for (std::size_t i = 0; i < std::min(people.size(), most_people); ++i) {
    shown += (i == 0 ? "" : ", ") + shown_person(people[i]);
  }
  if (people.size() > most_people)
    shown += fmt::format(" and {} more", people.size() - most_people);
  return shown;
}

std::string attribution_of(const model::Message& original) {
  return fmt::format("On {} {} wrote:", shown_date(original.date), shown_person(original.from));
}

// The header lines shown above a forwarded message.
std::vector<std::pair<std::string_view, std::string>> facts_of(const model::Message& original) {
  std::vector<std::pair<std::string_view, std::string>> facts{
      {"From", shown_person(original.from)},
      {"Date", shown_date(original.date)},
      {"Subject", one_line_of(original.subject, longest_shown_subject)},
      {"To", shown_people(original.to)}};
  if (!original.cc.empty()) facts.emplace_back("Cc", shown_people(original.cc));
  return facts;
}

struct OriginalText {
  std::string text;  // lines end with LF
  bool is_cut = false;
};

OriginalText text_of(const model::Message& original, std::size_t longest) {
  OriginalText found;
  if (!trim(original.body_plain).empty()) {
    found.text = original.body_plain;
    std::erase(found.text, '\r');
  } else if (original.body_html) {
    auto read = mime::html_to_text(*original.body_html);
    found = {.text = std::move(read.text), .is_cut = read.is_cut};
  }
  const auto kept = utf8_prefix(found.text, longest).size();
  found.is_cut = found.is_cut || kept < found.text.size();
  found.text.resize(kept);
  const auto end = found.text.find_last_not_of(" \t\n");
  found.text.resize(end == std::string::npos ? 0 : end + 1);
  if (found.text.empty()) found.text = no_text;
  return found;
}

std::string whole_text_of(const OriginalText& found) {
  return found.is_cut ? found.text + "\n\n" + std::string{rest_left_out} : found.text;
}

void append_quoted(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    // Text that is quoted twice has two marks side by side (RFC 3676 §4.5).
    out += line.empty() || line.starts_with('>') ? ">" : "> ";
    out.append(line) += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// The original as HTML; `text` is used where its own cannot be.
mime::CleanHtml html_of(const model::Message& original, const OriginalText& text,
                        std::size_t longest,
                        const std::unordered_map<std::string, std::string>& pictures) {
  if (original.body_html && original.body_html->size() <= longest) {
    auto cleaned = mime::clean_html(*original.body_html, pictures);
    // HTML that shows nothing may come with a text that does.
    const bool shows = cleaned && (!cleaned->pictures.empty() ||
                                   mime::count_visible(mime::html_to_text(cleaned->html).text) > 0);
    if (shows) return std::move(*cleaned);
  }
  mime::CleanHtml made;
  made.html = mime::text_as_html(whole_text_of(text));
  return made;
}

// Inserts before the end tags at the end of a document, if they are there; elsewhere such a tag may
// be in a comment. Text after the end is shown as part of the body, too (WHATWG HTML §13.2.6.4.19).
void append_to_html(std::string& html, std::string_view more) {
  auto end = trim(std::string_view{html}).size() + html.find_first_not_of(" \t\r\n");
  if (trim(html).empty()) end = html.size();
  for (const std::string_view tag : {"</html>", "</body>"}) {
    const auto text = std::string_view{html}.substr(0, end);
    const auto before = text.size() < tag.size() ? 0 : text.size() - tag.size();
    if (!equals_ignoring_case(text.substr(before), tag)) continue;
    const auto last = text.substr(0, before).find_last_not_of(" \t\r\n");
    end = last == std::string_view::npos ? 0 : last + 1;
  }
  html.insert(end, more);
}

std::string with_space_below(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string{}
                                       : std::string{text.substr(0, end + 1)} + "\n\n";
}

bool is_signature_of_machine(const model::AttachmentInfo& one) {
  return one.mime_type == "application/pgp-signature" ||
         one.mime_type == "application/pkcs7-signature" ||
         one.mime_type == "application/x-pkcs7-signature";
}

constexpr std::string_view calendar = "text/calendar";

bool has_invitation_file(const model::Message& original) {
  return std::any_of(original.attachments.begin(), original.attachments.end(), [](const auto& one) {
    return one.is_file && (one.mime_type == calendar || one.mime_type == "application/ics");
  });
}

std::string new_content_id(const model::AttachmentInfo& one) { return "forwarded-" + one.id; }

}  // namespace

void quote_below(WrittenText& answer, const model::Message& original) {
  const auto attribution = attribution_of(original);
  const auto text = text_of(original, most_quoted_text);
  if (answer.html) {
    const auto quoted = html_of(original, text, most_quoted_html, {});
    append_to_html(*answer.html,
                   fmt::format("<br><div class=\"gmail_quote\"><div dir=\"ltr\" "
                               "class=\"gmail_attr\">{}<br></div><blockquote class=\"gmail_quote\" "
                               "style=\"{}\">{}</blockquote></div>",
                               escape_html(attribution), quote_style, quoted.html));
  }
  answer.text = with_space_below(answer.text) + attribution + "\n";
  append_quoted(answer.text, whole_text_of(text));
}

std::vector<model::NewAttachment> forward_below(WrittenText& written,
                                                const model::Message& original) {
  constexpr std::string_view mark = "---------- Forwarded message ---------";
  const auto facts = facts_of(original);
  const auto text = text_of(original, mime::most_html);

  std::unordered_map<std::string, std::string> pictures;
  for (const auto& one : original.attachments) {
    if (!one.content_id.empty()) pictures.emplace(one.content_id, new_content_id(one));
  }
  std::unordered_set<std::string> shown;
  if (written.html || original.body_html) {
    auto carried = html_of(original, text, mime::most_clean_html, pictures);
    std::string block = fmt::format(
        "<br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">{}<br>", mark);
    for (const auto& [name, value] : facts) {
      block += fmt::format("{}: {}<br>", name, escape_html(value));
    }
    block += "</div><br><br>" + carried.html + "</div>";
    if (!written.html)
      written.html = "<div dir=\"ltr\">" + mime::text_as_html(written.text) + "</div>";
    append_to_html(*written.html, block);
    shown = std::move(carried.pictures);
  }

  written.text = with_space_below(written.text) + std::string{mark} + "\n";
  for (const auto& [name, value] : facts) written.text += fmt::format("{}: {}\n", name, value);
  written.text += "\n\n" + whole_text_of(text) + "\n";

  std::vector<model::NewAttachment> files;
  // An invitation may come beside the text and, once more, as a file.
  const bool has_invitation = has_invitation_file(original);
  for (const auto& one : original.attachments) {
    if (is_signature_of_machine(one)) continue;
    const bool is_beside = !one.is_file && !one.is_inline && one.mime_type == calendar;
    if (is_beside && has_invitation) continue;
    model::NewAttachment file;
    file.message_id = original.id;
    file.attachment_id = one.id;
    file.filename = one.filename;
    file.mime_type = one.mime_type;
    // Of two with one id the HTML shows the first.
    const auto picture =
        shown.contains(one.content_id) ? pictures.find(one.content_id) : pictures.end();
    if (picture != pictures.end() && picture->second == new_content_id(one)) {
      file.is_inline = true;
      file.content_id = new_content_id(one);
    }
    files.push_back(std::move(file));
  }
  return files;
}

std::string forward_subject(const std::string& original) {
  return "Fwd: " + one_line_of(mime::without_forward_prefixes(original), longest_shown_subject);
}

}  // namespace gmail_mcp::mail
