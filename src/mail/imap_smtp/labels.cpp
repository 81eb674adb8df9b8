#include "mail/imap_smtp/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "crypto/base64.h"
#include "mail/system_labels.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;
using Kind = LabelAction::Kind;

// System labels come first, all others after them.
std::size_t rank(std::string_view label) {
  const auto all = system_labels();
  return static_cast<std::size_t>(std::ranges::find(all, label, &SystemLabel::id) - all.begin());
}

bool is_before(const std::string& a, const std::string& b) {
  const auto a_rank = rank(a);
  const auto b_rank = rank(b);
  return a_rank != b_rank ? a_rank < b_rank : a < b;
}

// Two have another name in Gmail's documentation than in its answers.
std::string from_gmail_label(const std::string& label) {
  if (equals_ignoring_case(label, "\\Drafts")) return "DRAFT";
  if (equals_ignoring_case(label, "\\Junk")) return "SPAM";
  for (const auto& one : system_labels()) {
    const bool is_it = !label.empty() && equals_ignoring_case(one.gmail_label, label);
    if (is_it) return std::string{one.id};
  }
  return label;
}

std::string_view of_use(SpecialUse use) {
  if (use == SpecialUse::none) return {};
  const auto all = system_labels();
  const auto own = std::ranges::find(all, use, &SystemLabel::use);
  return own == all.end() ? std::string_view{} : own->id;
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
  // The label of the folder itself is never sent.
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
  const auto* own = system_label(label_id);
  if (own == nullptr) {
    // A user's label that begins with a backslash cannot be told from one of the system's.
    const bool is_fixed =
        label_id == "CHAT" || label_id.starts_with("CATEGORY_") || label_id.starts_with('\\');
    return {.kind = is_fixed ? Kind::fixed : Kind::gmail_label, .name = std::string{label_id}};
  }
  switch (own->change) {
    case SystemLabel::Change::never: break;
    case SystemLabel::Change::label:
      return {.kind = Kind::gmail_label, .name = std::string{own->gmail_label}};
    case SystemLabel::Change::flag:
      return {
          .kind = Kind::flag, .name = std::string{own->flag}, .is_inverse = own->id == "UNREAD"};
    case SystemLabel::Change::folder: return {.kind = Kind::place, .place = own->use};
  }
  return {.kind = Kind::fixed, .name = std::string{label_id}};
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
  // Accept only the form that we write, because a message has only one id.
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
