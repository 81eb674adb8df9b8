#include "operation/held_message.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/text.h"
#include "mail/message_reader.h"
#include "mime/html_text.h"
#include "mime/html_token.h"
#include "mime/reader.h"

namespace gmail_mcp::operation {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_text = std::size_t{200} << 10U;
constexpr std::size_t longest_line = 2'000;
constexpr std::size_t most_files = 200;
constexpr std::size_t most_hosts = 10;

json::array array_of(const std::vector<std::string>& list) {
  json::array out;
  for (const auto& one : list) out.emplace_back(json::string(one));
  return out;
}

std::vector<std::string> texts_of(const json::object& from, std::string_view name) {
  std::vector<std::string> out;
  const auto* list = from.if_contains(name);
  if (list == nullptr || !list->is_array()) return out;
  for (const auto& one : list->get_array()) {
    if (one.is_string()) out.emplace_back(one.get_string());
  }
  return out;
}

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

// U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: with them a name or a line can be made to
// look like another one. The length of the one at `at`, or 0.
std::size_t turning_character(std::string_view text, std::size_t at) {
  if (text.size() - at < 3 || text[at] != '\xE2') return 0;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  const auto third = static_cast<unsigned char>(text[at + 2]);
  const bool is_mark = second == 0x80 && (third == 0x8E || third == 0x8F);
  const bool is_embedding = second == 0x80 && third >= 0xAA && third <= 0xAE;
  const bool is_isolate = second == 0x81 && third >= 0xA6 && third <= 0xA9;
  return is_mark || is_embedding || is_isolate ? 3 : 0;
}

std::string cleaned(std::string_view text, std::size_t most_bytes, bool keeps_lines) {
  const auto whole = repair_utf8(utf8_prefix(text, most_bytes));
  std::string out;
  out.reserve(whole.size());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (const auto length = turning_character(whole, at); length > 0) {
      out += ' ';
      at += length - 1;
      continue;
    }
    const auto byte = static_cast<unsigned char>(whole[at]);
    const bool is_line = keeps_lines && (byte == '\n' || byte == '\t');
    if (keeps_lines && byte == '\r') continue;
    out += (byte < 0x20 && !is_line) || byte == 0x7F ? ' ' : whole[at];
  }
  if (text.size() > most_bytes) out += keeps_lines ? "\n[The text goes on.]" : " …";
  return out;
}

// Without its blanks: for whether two versions say the same.
std::string words_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > 0x20) out += c;
  }
  return out;
}

std::string person(const model::Address& one) {
  auto email = one_line(one.email, 320);
  if (one.name.empty()) return email;
  const auto name = one_line(one.name, 200);
  // A name that could be taken for an address, or for several people, comes last.
  if (name.find_first_of("<>@,;\"") != std::string::npos) return email + " (\"" + name + "\")";
  return name + " <" + email + ">";
}

std::vector<std::string> people(const std::vector<model::Address>& list) {
  std::vector<std::string> out;
  out.reserve(list.size());
  for (const auto& one : list) out.push_back(person(one));
  return out;
}

// The servers named in a value: "https://a.example/x.png", "//a.example", "url(https://…)".
void add_hosts(std::string_view value, std::vector<std::string>& hosts) {
  constexpr std::size_t longest_host = 253;
  for (auto at = value.find("//"); at != std::string_view::npos; at = value.find("//", at)) {
    at += 2;
    if (hosts.size() > most_hosts) return;
    const auto rest = value.substr(at, longest_host);
    const auto host = to_lower_ascii(rest.substr(0, rest.find_first_of("/?#\\\"' ,)\t\r\n")));
    if (host.empty() || std::find(hosts.begin(), hosts.end(), host) != hosts.end()) continue;
    hosts.push_back(host);
  }
}

// From where a program for mail fetches pictures, styles and the like when it shows this HTML. One
// more than `most_hosts` when there are more.
std::vector<std::string> remote_hosts(const std::string& html) {
  constexpr auto wanted = std::to_array<std::string_view>(
      {"background", "data", "href", "poster", "src", "srcset", "style"});
  std::vector<std::string> hosts;
  mime::HtmlTokenizer tokens{html, wanted};
  bool is_in_style = false;
  while (const auto* token = tokens.next()) {
    if (token->kind == mime::HtmlToken::Kind::text) {
      if (is_in_style) add_hosts(token->text, hosts);
      continue;
    }
    const bool is_start = token->kind == mime::HtmlToken::Kind::start_tag;
    is_in_style = is_start && token->text == "style";
    const bool is_link = token->text == "a" || token->text == "area" || token->text == "base";
    for (const auto& [name, value] : token->attributes) {
      if (name != "href" || !is_link) add_hosts(value, hosts);
    }
  }
  return hosts;
}

// HTML can carry what its text does not show: then the person sees it as it is written.
void show_unseen(const std::string& html, const mime::HtmlText& text, HeldView& view) {
  auto hosts = remote_hosts(html);
  const bool has_comments = html.find("<!--") != std::string::npos;
  if (text.hidden_chars > 0) {
    view.warnings.push_back("The HTML has " + std::to_string(text.hidden_chars) +
                            " characters that the recipient does not see, but gets.");
  }
  if (has_comments) {
    view.warnings.emplace_back(
        "The HTML has comments, which the recipient does not see, but gets.");
  }
  if (!hosts.empty()) {
    const bool are_more = hosts.size() > most_hosts;
    if (are_more) hosts.pop_back();
    std::string names;
    for (const auto& host : hosts) names += (names.empty() ? "" : ", ") + one_line(host, 253);
    view.warnings.push_back("Opening it fetches pictures, or other things, from " + names +
                            (are_more ? " and others" : "") +
                            "; their addresses can carry words of your mail there.");
  }
  if (text.is_cut) {
    view.is_cut = true;
    view.warnings.emplace_back("The HTML is very long: only the text of its beginning is shown.");
  }
  if (text.hidden_chars > 0 || has_comments || !hosts.empty() || text.is_cut) {
    view.html_source = cleaned(html, longest_text, true);
  }
}

}  // namespace

std::string one_line(std::string_view text, std::size_t most_bytes) {
  return cleaned(text, most_bytes, false);
}

std::string to_text(const HeldMessage& message) {
  json::object about;
  about["to"] = array_of(message.outgoing.envelope_to);
  about["from"] = message.outgoing.envelope_from;
  if (message.outgoing.thread_id) about["thread"] = message.outgoing.thread_id->str();
  if (message.draft) about["draft"] = message.draft->str();
  about["people"] = array_of(message.people);
  about["warnings"] = array_of(message.warnings);
  return json::serialize(about) + "\n" + message.outgoing.rfc822;
}

std::optional<HeldMessage> held_message_from(std::string text) {
  const auto end = text.find('\n');
  if (end == std::string::npos) return std::nullopt;
  boost::system::error_code failed;
  const auto parsed = json::parse(std::string_view{text}.substr(0, end), failed);
  if (failed || !parsed.is_object()) return std::nullopt;
  const auto& about = parsed.get_object();
  HeldMessage message;
  message.outgoing.envelope_to = texts_of(about, "to");
  message.outgoing.envelope_from = text_of(about, "from");
  if (about.contains("thread")) message.outgoing.thread_id.emplace(text_of(about, "thread"));
  if (about.contains("draft")) message.draft.emplace(text_of(about, "draft"));
  message.people = texts_of(about, "people");
  message.warnings = texts_of(about, "warnings");
  text.erase(0, end + 1);
  message.outgoing.rfc822 = std::move(text);
  return message;
}

void show(const HeldMessage& message, HeldView& view) {
  const auto root = mime::read_message(message.outgoing.rfc822).value();
  const auto read = mail::read_message(root);
  view.from = person(read.from);
  view.to = people(read.to);
  view.cc = people(read.cc);
  view.bcc = people(read.bcc);
  view.reply_to = people(read.reply_to);
  view.subject = one_line(read.subject, longest_line);
  view.is_html = read.body_html.has_value();
  view.is_draft = message.draft.has_value();
  view.warnings = message.warnings;
  view.is_cut = read.subject.size() > longest_line;
  const auto plain = mime::bodies(root).plain;
  if (view.is_html) {
    // The HTML is what the recipient sees.
    const auto html = mime::html_to_text(*read.body_html);
    view.text = cleaned(html.text, longest_text, true);
    const bool differs = !plain.empty() && words_of(plain) != words_of(html.text);
    if (differs) view.plain_text = cleaned(plain, longest_text, true);
    show_unseen(*read.body_html, html, view);
    view.is_cut |= html.text.size() > longest_text || plain.size() > longest_text;
  } else {
    view.text = cleaned(read.body_plain, longest_text, true);
    view.is_cut |= read.body_plain.size() > longest_text;
  }
  for (const auto& file : read.attachments) {
    if (view.files.size() >= most_files) {
      ++view.more_files;
      continue;
    }
    view.files.push_back({.name = one_line(file.filename, 300),
                          .type = one_line(file.mime_type, 100),
                          .size = file.size,
                          .is_inline = file.is_inline});
  }
}

}  // namespace gmail_mcp::operation
