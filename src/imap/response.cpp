#include "imap/response.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "imap/fetch_response.h"
#include "imap/scanner.h"
#include "imap/utf7.h"

namespace gmail_mcp::imap {

namespace {

using Condition = StatusResponse::Condition;

std::string to_upper(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

Error senseless() {
  return Error{Errc::unavailable, "The mail server's answer could not be understood."};
}

std::optional<Condition> condition(std::string_view word) {
  static constexpr std::pair<std::string_view, Condition> known[] = {
      {"OK", Condition::ok},
      {"NO", Condition::no},
      {"BAD", Condition::bad},
      {"BYE", Condition::bye},
      {"PREAUTH", Condition::preauth}};
  for (const auto& [name, value] : known) {
    if (equals_ignoring_case(name, word)) return value;
  }
  return std::nullopt;
}

// resp-text: an optional code in brackets, then words for people.
StatusResponse read_status(std::string tag, Condition condition, std::string_view text) {
  StatusResponse status{.tag = std::move(tag), .condition = condition};
  text = trim(text);
  const auto close = text.find(']');
  if (text.starts_with('[') && close != std::string_view::npos) {
    const auto inside = text.substr(1, close - 1);
    const auto blank = inside.find(' ');
    status.code = to_upper(inside.substr(0, blank));
    if (blank != std::string_view::npos) status.argument = trim(inside.substr(blank));
    text = trim(text.substr(close + 1));
  }
  status.text = text;
  return status;
}

std::vector<std::string> read_list(Scanner& scanner) {
  std::vector<std::string> list;
  scanner.expect('(');
  scanner.blanks();
  while (!scanner.failed() && !scanner.take(')')) {
    list.push_back(scanner.astring());
    scanner.blanks();
  }
  return list;
}

SpecialUse use_of(std::string_view attribute) {
  static constexpr std::pair<std::string_view, SpecialUse> known[] = {
      {"\\All", SpecialUse::all},
      {"\\AllMail", SpecialUse::all},
      {"\\Archive", SpecialUse::archive},
      {"\\Drafts", SpecialUse::drafts},
      {"\\Flagged", SpecialUse::flagged},
      {"\\Starred", SpecialUse::flagged},
      {"\\Junk", SpecialUse::junk},
      {"\\Spam", SpecialUse::junk},
      {"\\Sent", SpecialUse::sent},
      {"\\Trash", SpecialUse::trash},
      {"\\Important", SpecialUse::important}};
  for (const auto& [name, use] : known) {
    if (equals_ignoring_case(name, attribute)) return use;
  }
  return SpecialUse::none;
}

Response read_listing(Scanner& scanner) {
  FolderListing listing;
  auto& folder = listing.folder;
  scanner.space();
  for (const auto& attribute : read_list(scanner)) {
    if (const auto use = use_of(attribute); use != SpecialUse::none) folder.use = use;
    if (equals_ignoring_case(attribute, "\\Noselect") ||
        equals_ignoring_case(attribute, "\\NonExistent")) {
      folder.can_select = false;
    }
  }
  scanner.space();
  if (const auto delimiter = scanner.nstring(); delimiter && !delimiter->empty()) {
    folder.delimiter = delimiter->front();
  }
  scanner.space();
  folder.name = readable_name(scanner.astring());
  if (equals_ignoring_case(folder.name, "INBOX")) {
    folder.name = "INBOX";
    folder.use = SpecialUse::inbox;
  }
  return listing;
}

Response read_numbers(Scanner& scanner) {
  FolderNumbers numbers;
  scanner.space();
  numbers.name = readable_name(scanner.astring());
  if (equals_ignoring_case(numbers.name, "INBOX")) numbers.name = "INBOX";
  scanner.blanks();
  scanner.expect('(');
  scanner.blanks();
  auto& status = numbers.status;
  while (!scanner.failed() && !scanner.take(')')) {
    const auto item = scanner.atom();
    scanner.space();
    if (equals_ignoring_case(item, "MESSAGES")) {
      status.messages = scanner.number32();
    } else if (equals_ignoring_case(item, "UNSEEN")) {
      status.unseen = scanner.number32();
    } else if (equals_ignoring_case(item, "UIDVALIDITY")) {
      status.uid_validity = scanner.number32();
    } else if (equals_ignoring_case(item, "UIDNEXT")) {
      status.uid_next = scanner.number32();
    } else if (equals_ignoring_case(item, "HIGHESTMODSEQ")) {
      status.highest_modseq = scanner.number();
    } else {
      scanner.skip_value();
    }
    scanner.blanks();
  }
  return numbers;
}

Response read_search(Scanner& scanner) {
  SearchResult result;
  std::string set;
  scanner.blanks();
  while (!scanner.at_end() && !scanner.next_is('(')) {
    if (!set.empty()) set += ',';
    set += scanner.atom();
    scanner.blanks();
  }
  // (MODSEQ n), RFC 7162 §3.1.5: not used.
  auto found = UidSet::parse(set);
  if (!found) scanner.fail();
  if (found) result.found = std::move(*found);
  scanner.rest();
  return result;
}

Response read_extended_search(Scanner& scanner) {
  SearchResult result;
  scanner.blanks();
  if (scanner.take('(')) {
    const auto what = scanner.atom();
    scanner.space();
    if (!equals_ignoring_case(what, "TAG")) scanner.fail();
    result.tag = scanner.astring();
    scanner.expect(')');
    scanner.blanks();
  }
  if (!result.tag) result.tag = "";
  while (!scanner.at_end()) {
    const auto item = scanner.atom();
    scanner.blanks();
    if (equals_ignoring_case(item, "ALL")) {
      auto found = UidSet::parse(scanner.atom());
      if (!found) scanner.fail();
      if (found) result.found = std::move(*found);
    } else if (!equals_ignoring_case(item, "UID")) {
      scanner.skip_value();
    }
    scanner.blanks();
  }
  return result;
}

Response read_numbered(Scanner& scanner, std::uint32_t number) {
  scanner.space();
  const auto what = scanner.atom();
  if (equals_ignoring_case(what, "EXISTS")) return Exists{number};
  if (equals_ignoring_case(what, "EXPUNGE")) return Expunged{number};
  if (!equals_ignoring_case(what, "FETCH")) {
    scanner.rest();
    return Ignored{};
  }
  scanner.space();
  auto fetched = read_fetched(scanner);
  fetched.sequence = number;
  return fetched;
}

Response read_untagged(Scanner& scanner) {
  const char first = scanner.peek();
  if (first >= '0' && first <= '9') {
    const auto number = scanner.number32();
    return read_numbered(scanner, number);
  }
  const auto word = scanner.atom();
  if (const auto kind = condition(word)) return read_status({}, *kind, scanner.rest());
  if (equals_ignoring_case(word, "CAPABILITY")) return CapabilityList{read_words(scanner.rest())};
  if (equals_ignoring_case(word, "ENABLED")) return EnabledList{read_words(scanner.rest())};
  if (equals_ignoring_case(word, "LIST")) return read_listing(scanner);
  if (equals_ignoring_case(word, "STATUS")) return read_numbers(scanner);
  if (equals_ignoring_case(word, "SEARCH")) return read_search(scanner);
  if (equals_ignoring_case(word, "ESEARCH")) return read_extended_search(scanner);
  if (equals_ignoring_case(word, "FLAGS")) {
    scanner.space();
    return FlagList{read_list(scanner)};
  }
  scanner.rest();
  return Ignored{};
}

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// UIDs in the given order, at most `most`: COPYUID pairs two lists by position.
std::optional<std::vector<Uid>> uids_in_order(std::string_view text, std::size_t most) {
  std::vector<Uid> uids;
  for (const auto& piece : split(text, ',')) {
    const auto range = UidSet::parse(piece);
    if (!range || range->empty() || uids.size() + range->size() > most) return std::nullopt;
    auto some = range->uids(most);
    const auto colon = piece.find(':');
    const bool is_falling = colon != std::string::npos && to_number<Uid>(piece.substr(0, colon)) !=
                                                              std::optional{range->lowest()};
    if (is_falling) std::reverse(some.begin(), some.end());
    uids.insert(uids.end(), some.begin(), some.end());
  }
  return uids;
}

}  // namespace

Result<Response> read_response(Frame frame) {
  Scanner scanner{frame};
  Response response = Ignored{};
  if (scanner.take('+')) {
    scanner.blanks();
    response = Continuation{std::string{scanner.rest()}};
  } else if (scanner.take('*')) {
    scanner.space();
    response = read_untagged(scanner);
  } else {
    std::string tag{scanner.atom()};
    scanner.space();
    const auto kind = condition(scanner.atom());
    if (!kind || scanner.failed()) return senseless();
    response = read_status(std::move(tag), *kind, scanner.rest());
  }
  // Some servers send a blank at the end.
  scanner.blanks();
  if (scanner.failed() || !scanner.at_end()) return senseless();
  return response;
}

std::vector<std::string> read_words(std::string_view text) {
  std::vector<std::string> words;
  for (const auto& word : split(to_upper(text), ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::optional<Copied> read_copied(std::string_view argument) {
  const auto words = split(argument, ' ');
  if (words.size() != 3) return std::nullopt;
  constexpr std::size_t most = 100'000;
  const auto validity = to_number<std::uint32_t>(words[0]);
  const auto from = uids_in_order(words[1], most);
  const auto to = uids_in_order(words[2], most);
  if (!validity || !from || !to || from->size() != to->size()) return std::nullopt;
  Copied copied{.uid_validity = *validity};
  copied.uids.reserve(from->size());
  for (std::size_t i = 0; i < from->size(); ++i) copied.uids.emplace_back((*from)[i], (*to)[i]);
  return copied;
}

std::optional<Appended> read_appended(std::string_view argument) {
  const auto words = split(argument, ' ');
  if (words.size() != 2) return std::nullopt;
  const auto validity = to_number<std::uint32_t>(words[0]);
  const auto uid = to_number<Uid>(words[1]);
  if (!validity || !uid) return std::nullopt;
  return Appended{.uid_validity = *validity, .uid = *uid};
}

}  // namespace gmail_mcp::imap
