#include "mail/imap_smtp/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "crypto/base64.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;
using Kind = LabelAction::Kind;

// The order in which they are shown.
constexpr std::array<std::string_view, 8> system_labels{"INBOX", "UNREAD", "STARRED", "IMPORTANT",
                                                        "SENT",  "DRAFT",  "SPAM",    "TRASH"};

// Gmail's own names and those its documentation promises.
constexpr std::pair<std::string_view, std::string_view> by_gmail_label[] = {
    {"\\Inbox", "INBOX"}, {"\\Starred", "STARRED"}, {"\\Important", "IMPORTANT"},
    {"\\Sent", "SENT"},   {"\\Draft", "DRAFT"},     {"\\Drafts", "DRAFT"},
    {"\\Spam", "SPAM"},   {"\\Junk", "SPAM"},       {"\\Trash", "TRASH"},
};

std::string_view of_use(SpecialUse use) {
  switch (use) {
    case SpecialUse::inbox: return "INBOX";
    case SpecialUse::drafts: return "DRAFT";
    case SpecialUse::flagged: return "STARRED";
    case SpecialUse::important: return "IMPORTANT";
    case SpecialUse::junk: return "SPAM";
    case SpecialUse::sent: return "SENT";
    case SpecialUse::trash: return "TRASH";
    case SpecialUse::none:
    case SpecialUse::all:
    case SpecialUse::archive: break;
  }
  return {};
}

// System labels come first; what is no system label is behind them all.
std::size_t rank(std::string_view label) {
  return static_cast<std::size_t>(std::find(system_labels.begin(), system_labels.end(), label) -
                                  system_labels.begin());
}

bool is_before(const std::string& a, const std::string& b) {
  const auto a_rank = rank(a);
  const auto b_rank = rank(b);
  return a_rank != b_rank ? a_rank < b_rank : a < b;
}

std::string from_gmail_label(const std::string& label) {
  for (const auto& [name, id] : by_gmail_label) {
    if (equals_ignoring_case(name, label)) return std::string{id};
  }
  return label;
}

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    bytes += static_cast<char>(number >> shift & 0xffU);
  return bytes;
}

std::uint32_t from_big_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char c : bytes.substr(0, 4)) number = number << 8U | static_cast<unsigned char>(c);
  return number;
}

constexpr std::string_view plain_prefix = "i-";
constexpr std::size_t longest_id = 256;

}  // namespace

std::vector<std::string> label_ids(const imap::Fetched& message, SpecialUse place,
                                   std::string_view folder) {
  std::vector<std::string> ids;
  if (message.gmail_labels) {
    for (const auto& label : *message.gmail_labels) ids.push_back(from_gmail_label(label));
  }
  // The label of the folder it was found in is never told.
  if (const auto own = of_use(place); !own.empty()) {
    ids.emplace_back(own);
  } else if (place == SpecialUse::none || (place == SpecialUse::archive && !message.gmail_labels)) {
    ids.emplace_back(folder);
  }
  if (message.flags && !message.has_flag("\\Seen")) ids.emplace_back("UNREAD");
  if (message.has_flag("\\Flagged")) ids.emplace_back("STARRED");
  if (message.has_flag("\\Draft")) ids.emplace_back("DRAFT");
  std::sort(ids.begin(), ids.end(), is_before);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

LabelAction label_action(std::string_view label_id) {
  if (label_id == "INBOX") return {.kind = Kind::gmail_label, .name = "\\Inbox"};
  if (label_id == "IMPORTANT") return {.kind = Kind::gmail_label, .name = "\\Important"};
  if (label_id == "STARRED") return {.kind = Kind::flag, .name = "\\Flagged"};
  if (label_id == "UNREAD") return {.kind = Kind::flag, .name = "\\Seen", .is_inverse = true};
  if (label_id == "SPAM") return {.kind = Kind::place, .place = SpecialUse::junk};
  if (label_id == "TRASH") return {.kind = Kind::place, .place = SpecialUse::trash};
  // A user's label that begins with a backslash cannot be told from one of the system's.
  if (label_id == "SENT" || label_id == "DRAFT" || label_id == "CHAT" ||
      label_id.starts_with("CATEGORY_") || label_id.starts_with('\\')) {
    return {.kind = Kind::fixed, .name = std::string{label_id}};
  }
  return {.kind = Kind::gmail_label, .name = std::string{label_id}};
}

std::optional<std::string> label_of_folder(const imap::Folder& folder) {
  if (!folder.can_select || folder.use == SpecialUse::all) return std::nullopt;
  const auto own = of_use(folder.use);
  return own.empty() ? folder.name : std::string{own};
}

std::string gmail_id(std::uint64_t number) { return fmt::format("{:x}", number); }

std::optional<std::uint64_t> gmail_number(std::string_view id) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(id.data(), id.data() + id.size(), number, 16);
  // Only what we would have written: one message has one id.
  if (failed != std::errc{} || end != id.data() + id.size() || gmail_id(number) != id) {
    return std::nullopt;
  }
  return number;
}

std::optional<std::string> plain_id(const PlainId& place) {
  auto id =
      std::string{plain_prefix} + crypto::base64url_encode(big_endian(place.uid_validity) +
                                                           big_endian(place.uid) + place.folder);
  if (id.size() > longest_id) return std::nullopt;
  return id;
}

std::optional<PlainId> parse_plain_id(std::string_view id) {
  if (!id.starts_with(plain_prefix)) return std::nullopt;
  const auto bytes = crypto::base64_decode(id.substr(plain_prefix.size()));
  if (!bytes || bytes->size() < 9 || !is_valid_utf8(std::string_view{*bytes}.substr(8))) {
    return std::nullopt;
  }
  PlainId place{.folder = bytes->substr(8),
                .uid_validity = from_big_endian(*bytes),
                .uid = from_big_endian(std::string_view{*bytes}.substr(4))};
  const auto again = plain_id(place);
  if (place.uid == 0 || !again || *again != id) return std::nullopt;
  return place;
}

}  // namespace gmail_mcp::mail
