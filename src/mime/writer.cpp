#include "mime/writer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <unordered_set>

#include "base/text.h"
#include "mime/gmime_library.h"
#include "mime/header.h"
#include "mime/header_block.h"
#include "mime/message_body.h"
#include "mime/parameter.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t longest_value = 2000;  // of a subject, name, file name or extra header
constexpr std::size_t longest_field_name = 76;
constexpr std::size_t longest_mime_type = 127;    // RFC 6838 §4.2
constexpr std::size_t longest_charset_name = 40;  // RFC 2978 §2.3
constexpr std::size_t longest_content_id = 200;
constexpr std::size_t most_references = 100;

// Written from the other fields of a Draft.
constexpr auto own_headers = std::to_array<std::string_view>(
    {"from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id",
     "in-reply-to", "references", "mime-version"});

using Problem = std::optional<Error>;

Error refuse_field(const std::string& field, std::string_view problem) {
  return {Errc::invalid_argument, "The " + field + " " + std::string{problem} + "."};
}

bool is_control_octet(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }

// RFC 2045 §5.1; field names (RFC 5322 §3.6.8) may have more characters, but never do.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < '\x7F' &&
           std::string_view{"()<>@,;:\\\"/[]?="}.find(c) == std::string_view::npos;
  });
}

Problem check_value(const std::string& field, std::string_view value) {
  if (std::ranges::any_of(value, is_control_octet)) {
    return refuse_field(field, "must not contain line breaks or other control characters");
  }
  if (!is_valid_utf8(value)) return refuse_field(field, "is not valid UTF-8");
  if (value.size() > longest_value) return refuse_field(field, "is longer than 2,000 bytes");
  return std::nullopt;
}

// The addresses as they can be written: checked, with ASCII domains.
Result<std::vector<Address>> usable_addresses(const std::string& field,
                                              const std::vector<Address>& addresses) {
  std::vector<Address> usable;
  for (const auto& [name, email] : addresses) {
    if (auto problem = check_value("name in the field " + field, name)) return *std::move(problem);
    const auto parsed = parse_one_address(email);
    if (!parsed) {
      const auto& error = parsed.error();
      return Error{error.code, "The field " + field + ": " + error.message, error.hint};
    }
    if (email.find('<') != std::string::npos) {
      return refuse_field("field " + field, "must hold the address without a name and brackets");
    }
    usable.push_back({name, parsed->email});
  }
  return usable;
}

Result<std::vector<std::string>> usable_ids(const std::string& field,
                                            const std::vector<std::string>& ids) {
  std::vector<std::string> usable;
  for (const auto& id : ids) {
    if (id.empty()) continue;
    const auto parsed = parse_message_ids(id);
    if (parsed.size() != 1 || parsed.front() != id) {
      return refuse_field("field " + field, "must hold message ids of the form <id@host>");
    }
    usable.push_back(id);
  }
  // Threads are found by the first message and the last ones (RFC 5537 §3.4.4).
  if (usable.size() > most_references) {
    usable.erase(usable.begin() + 1,
                 usable.end() - static_cast<std::ptrdiff_t>(most_references - 1));
  }
  return usable;
}

Problem check_extra_header(const std::string& name, const std::string& value) {
  if (!is_token(name) || name.size() > longest_field_name) {
    return refuse_field("name of an extra header", "must be a header's name, such as X-Campaign");
  }
  if (is_written_field(name)) {
    return refuse_field("header " + name, "cannot be set: it is written from the other fields");
  }
  return check_value("header " + name, value);
}

Problem check_content_ids(const std::vector<Attachment>& attachments) {
  std::unordered_set<std::string_view> known;
  for (const auto& one : attachments) {
    if (one.content_id.empty()) continue;
    if (!is_content_id(one.content_id)) {
      return refuse_field("content_id of an attachment",
                          "must be a word such as logo or logo@example.org");
    }
    if (!known.insert(one.content_id).second) {
      return refuse_field("content_id of an attachment", "must be another one for each");
    }
  }
  return std::nullopt;
}

Problem check_attachment(const Attachment& attachment, std::size_t number) {
  const auto field = "of attachment " + std::to_string(number);
  if (auto problem = check_value("file name " + field, attachment.filename)) return problem;
  if (auto problem = check_value("MIME type " + field, attachment.mime_type)) return problem;
  const auto type = parse_parameterized(attachment.mime_type);
  if (type.value.empty()) return std::nullopt;
  if (!is_media_type(type.value)) {
    return refuse_field("MIME type " + field, "must be like application/pdf");
  }
  const auto charset = type.token("charset");
  if (!charset.empty() && (!is_token(charset) || charset.size() > longest_charset_name)) {
    return refuse_field("charset " + field, "must be like utf-8");
  }
  const auto method = type.token("method");
  if (!method.empty() && (!is_token(method) || method.size() > longest_charset_name)) {
    return refuse_field("method " + field, "must be like REQUEST");
  }
  return std::nullopt;
}

std::optional<std::string> format_date(Timestamp date) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(date).time_since_epoch().count();
  auto* time = g_date_time_new_from_unix_utc(seconds);
  if (time == nullptr) return std::nullopt;
  const OwnedText text{g_mime_utils_header_format_date(time)};
  g_date_time_unref(time);
  return text.get();
}

class HeaderWriter {
 public:
  // Hidden recipients are checked as well: with SMTP they are in the envelope only.
  enum class Shown { yes, no };
  void addresses(const char* name, const std::string& field, const std::vector<Address>& list,
                 Shown shown = Shown::yes) {
    if (problem_) return;
    auto usable = usable_addresses(field, list);
    if (!usable) {
      problem_ = usable.error();
    } else if (shown == Shown::yes) {
      block_.add_addresses(name, *usable);
    }
  }

  void ids(const char* name, const std::string& field, const std::vector<std::string>& list) {
    if (problem_) return;
    auto usable = usable_ids(field, list);
    if (!usable) {
      problem_ = usable.error();
    } else {
      block_.add_ids(name, *usable);
    }
  }

  void text(const std::string& name, const std::string& field, const std::string& value) {
    if (!problem_) problem_ = check_value(field, value);
    if (!problem_) block_.add_text(name, value);
  }

  void date(Timestamp time) {
    const auto shown = format_date(time);
    if (shown) {
      block_.add_text("Date", *shown);
    } else if (!problem_) {
      problem_ = refuse_field("date", "is in no year that a header can name");
    }
  }

  void as_is(const std::string& lines) { block_.add_lines(lines); }

  void extra(const std::string& name, const std::string& value) {
    if (!problem_) problem_ = check_extra_header(name, value);
    if (!problem_) block_.add_text(name, value);
  }

  Result<std::string> finish() && {
    if (problem_) return *std::move(problem_);
    return std::move(block_).finish();
  }

 private:
  HeaderBlock block_;
  Problem problem_;  // the first one
};

Result<std::string> headers(const Draft& draft, BccHeader bcc) {
  HeaderWriter writer;
  const auto shown = [&draft](std::string_view name) {
    const bool is_there = std::ranges::any_of(draft.fields_as_is, [name](const auto& field) {
      return equals_ignoring_case(field.name, name);
    });
    return is_there ? HeaderWriter::Shown::no : HeaderWriter::Shown::yes;
  };
  writer.addresses("From", "from", {draft.from});
  writer.addresses("Reply-To", "reply_to", draft.reply_to);
  writer.addresses("To", "to", draft.to, shown("To"));
  writer.addresses("Cc", "cc", draft.cc, shown("Cc"));
  writer.addresses("Bcc", "bcc", draft.bcc,
                   bcc == BccHeader::keep ? shown("Bcc") : HeaderWriter::Shown::no);
  writer.text("Subject", "subject", draft.subject);
  writer.date(draft.date);
  writer.ids("Message-ID", "message_id", {draft.message_id});
  writer.ids("In-Reply-To", "in_reply_to", draft.in_reply_to);
  writer.ids("References", "references", draft.references);
  for (const auto& [name, value] : draft.extra_headers) writer.extra(name, value);
  for (const auto& field : draft.fields_as_is) {
    const bool is_hidden = bcc == BccHeader::omit && equals_ignoring_case(field.name, "bcc");
    if (!is_hidden) writer.as_is(field.lines);
  }
  writer.text("MIME-Version", "MIME version", "1.0");
  return std::move(writer).finish();
}

}  // namespace

bool is_written_field(std::string_view name) {
  const auto lower = to_lower_ascii(name);
  return std::ranges::count(own_headers, lower) > 0 || lower.starts_with("content-");
}

// As much of RFC 2392 as anyone needs.
bool is_content_id(std::string_view id) {
  return !id.empty() && id.size() <= longest_content_id && std::ranges::all_of(id, [](char c) {
    const bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return is_word || std::string_view{"!#$*+-./=@^_{|}~"}.find(c) != std::string_view::npos;
  });
}

bool is_media_type(std::string_view mime_type) {
  const auto type = parse_parameterized(mime_type).value;
  const auto words = split(type, '/');
  return words.size() == 2 && is_token(words[0]) && is_token(words[1]) && words[0] != "multipart" &&
         type.size() <= longest_mime_type;
}

Result<std::string> write_message(Draft draft, BccHeader bcc) {
  start_gmime();
  auto head = headers(draft, bcc);
  if (!head) return head;
  std::size_t number = 0;
  for (const auto& attachment : draft.attachments) {
    if (auto problem = check_attachment(attachment, ++number)) return *std::move(problem);
  }
  if (auto problem = check_content_ids(draft.attachments)) return *std::move(problem);
  if (draft.body_as_is) return *std::move(head) + *draft.body_as_is;
  return write_body(*head, std::move(draft));
}

}  // namespace gmail_mcp::mime
