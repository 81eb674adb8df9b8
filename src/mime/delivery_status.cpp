#include "mime/delivery_status.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mime/header.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t most_recipients = 100;
constexpr std::size_t longest_report_value = 2'000;

// One group of fields, which ends with an empty line.
struct ReportGroup {
  std::string original, final, action, status, diagnostic;

  std::string* find(std::string_view name) {
    const std::pair<std::string_view, std::string*> fields[] = {{"Original-Recipient", &original},
                                                                {"Final-Recipient", &final},
                                                                {"Action", &action},
                                                                {"Status", &status},
                                                                {"Diagnostic-Code", &diagnostic}};
    for (const auto& [known, value] : fields) {
      if (equals_ignoring_case(known, name)) return value;
    }
    return nullptr;
  }
};

void append_limited(std::string& value, std::string_view text) {
  value += text.substr(0, longest_report_value - std::min(value.size(), longest_report_value));
}

std::string one_line(std::string_view value) {
  return std::string{trim(decode_words(utf8_prefix(value, longest_report_value)))};
}

// "rfc822; ann@example.org" and "smtp; 550 No such user" begin with the type of what follows.
std::string_view without_type(std::string_view value) {
  const auto semicolon = value.find(';');
  return trim(semicolon == std::string_view::npos ? value : value.substr(semicolon + 1));
}

std::string first_word(std::string_view text) {
  text = trim(text);
  return std::string{text.substr(0, text.find_first_of(" \t("))};
}

std::optional<DeliveryStatus> status_of(const ReportGroup& group) {
  auto recipient = one_line(without_type(group.original));
  if (recipient.empty()) recipient = one_line(without_type(group.final));
  if (recipient.empty()) return std::nullopt;
  DeliveryStatus out;
  out.recipient = std::move(recipient);
  out.action = to_lower_ascii(one_line(first_word(group.action)));
  out.status = one_line(first_word(group.status));
  out.diagnostic = one_line(without_type(group.diagnostic));
  return out;
}

}  // namespace

std::vector<DeliveryStatus> parse_delivery_status(std::string_view content) {
  std::vector<DeliveryStatus> out;
  ReportGroup group;
  std::string* value = nullptr;  // of the field that may continue
  const auto end_group = [&] {
    auto status = status_of(group);
    if (status) out.push_back(std::move(*status));
    group = {};
    value = nullptr;
  };
  while (!content.empty() && out.size() < most_recipients) {
    const auto end = std::min(content.find('\n'), content.size());
    auto line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trim(line).empty()) {
      end_group();
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (value == nullptr) continue;
      append_limited(*value, " ");
      append_limited(*value, trim(line));
    } else {
      const auto colon = line.find(':');
      value = group.find(trim(line.substr(0, colon)));
      // The first of two equal fields counts.
      if (value != nullptr && !value->empty()) value = nullptr;
      if (value != nullptr && colon != std::string_view::npos) {
        append_limited(*value, trim(line.substr(colon + 1)));
      }
    }
  }
  if (out.size() < most_recipients) end_group();
  return out;
}

}  // namespace gmail_mcp::mime
