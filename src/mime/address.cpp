#include "mime/address.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/text.h"
#include "mime/gmime_library.h"
#include "mime/header.h"
#include "mime/header_block.h"

namespace gmail_mcp::mime {

namespace {

bool is_below_space(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }

constexpr std::size_t longest_address = 320;    // RFC 3696, errata 1690: 64 + "@" + 255
constexpr std::size_t longest_local_part = 64;  // RFC 5321 §4.5.3.1.1
constexpr std::size_t longest_domain = 255;
constexpr std::size_t longest_label = 63;  // RFC 1035 §2.3.4

Error refuse(std::string_view text, std::string_view problem) {
  std::string shown{utf8_prefix(text, 80)};
  if (shown.size() < text.size()) shown += "…";
  return {Errc::invalid_argument,
          "\"" + shown + "\" is not one e-mail address: " + std::string{problem} + ".",
          "Write ann@example.org or Ann Lee <ann@example.org>."};
}

bool is_letter_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// RFC 5322 §3.2.3.
bool is_atom_character(char c) {
  return is_letter_or_digit(c) ||
         std::string_view{"!#$%&'*+-/=?^_`{|}~"}.find(c) != std::string_view::npos;
}

// Letters beyond ASCII are allowed as well (RFC 6532 §3.2); the text is UTF-8.
bool is_dot_atom(std::string_view text) {
  const auto words = split(text, '.');
  return std::ranges::all_of(words, [](const std::string& word) {
    return !word.empty() && std::ranges::all_of(word, [](char c) {
      return is_atom_character(c) || static_cast<unsigned char>(c) >= 0x80;
    });
  });
}

// Characters that are invisible in an address or look like a blank: controls, blanks and marks of
// U+0080 to U+00A0, U+00AD, U+2000 to U+200F, U+2028 to U+202F, U+205F to U+206F, U+3000, U+FEFF.
bool has_unseen_character(std::string_view utf8) {
  for (std::size_t at = 0; at + 1 < utf8.size(); ++at) {
    const auto lead = static_cast<unsigned char>(utf8[at]);
    const auto second = static_cast<unsigned char>(utf8[at + 1]);
    if (lead == 0xC2 && (second <= 0xA0 || second == 0xAD)) return true;
    if ((lead != 0xE2 && lead != 0xE3 && lead != 0xEF) || at + 2 >= utf8.size()) continue;
    const auto third = static_cast<unsigned char>(utf8[at + 2]);
    const bool is_unseen =
        (lead == 0xE2 && second == 0x80 && (third <= 0x8F || third >= 0xA8) && third <= 0xAF) ||
        (lead == 0xE2 && second == 0x81 && third >= 0x9F && third <= 0xAF) ||
        (lead == 0xE3 && second == 0x80 && third == 0x80) ||
        (lead == 0xEF && second == 0xBB && third == 0xBF);
    if (is_unseen) return true;
  }
  return false;
}

// `"…"` with nothing after the closing quotation mark (RFC 5322 §3.2.4).
bool is_quoted_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"') return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 == text.size();
    if (text[i] == '\\') ++i;
  }
  return false;
}

bool is_domain(std::string_view domain) {
  if (domain.empty() || domain.size() > longest_domain) return false;
  if (domain.front() == '[') {
    return domain.size() > 2 && domain.back() == ']' &&
           std::ranges::all_of(domain.substr(1, domain.size() - 2), [](char c) {
             return is_letter_or_digit(c) || c == '.' || c == ':' || c == '-';
           });
  }
  const auto labels = split(domain, '.');
  return std::ranges::all_of(labels, [](const std::string& label) {
    return !label.empty() && label.size() <= longest_label && !label.starts_with('-') &&
           !label.ends_with('-') && std::ranges::all_of(label, [](char c) {
             return is_letter_or_digit(c) || c == '-' || c == '_';
           });
  });
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Letters and digits of any script only, so that no end of the domain appears when it is converted
// to ASCII.
bool is_written_domain(std::string_view domain) {
  return !has_unseen_character(domain) && std::ranges::all_of(domain, [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

// "ann@büro.example" → "ann@xn--bro-hoa.example" (RFC 5890). The part before the @ stays.
std::string with_ascii_domain(std::string_view email) {
  const auto at_sign = email.rfind('@');
  if (at_sign == std::string_view::npos) return std::string{email};
  const auto domain = email.substr(at_sign + 1);
  if (is_ascii(domain) || !is_written_domain(domain)) return std::string{email};
  start_gmime();
  const auto bare = "x@" + std::string{domain};
  const Owned<InternetAddress> mailbox{internet_address_mailbox_new(nullptr, bare.c_str())};
  const char* made = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(mailbox.get()));
  const std::string_view ascii = made == nullptr ? std::string_view{} : made;
  if (!ascii.starts_with("x@")) return std::string{email};
  return std::string{email.substr(0, at_sign + 1)}.append(ascii.substr(2));
}

// nullopt when `phrase`, the part before "<", can be a display name.
std::optional<std::string_view> problem_of_phrase(std::string_view phrase) {
  if (phrase.empty() || is_quoted_string(phrase)) return std::nullopt;
  if (phrase.find_first_of(",;") != std::string_view::npos) return "it names more than one";
  if (phrase.find_first_of("\"()<>[]:@\\") != std::string_view::npos) {
    return "the name before it needs quotation marks";
  }
  return std::nullopt;
}

std::optional<std::string_view> problem_of_email(std::string_view email) {
  if (email.empty()) return "it is empty";
  const auto at_sign = email.rfind('@');
  const auto local = email.substr(0, at_sign);
  const bool is_quoted = is_quoted_string(local);
  if (!is_quoted) {
    if (email.find_first_of(",;") != std::string_view::npos) return "it names more than one";
    if (email.find(':') != std::string_view::npos && email.find('[') == std::string_view::npos) {
      return "groups and URLs are not accepted";
    }
    if (email.find(' ') != std::string_view::npos) return "it contains a blank";
  }
  if (at_sign == std::string_view::npos || at_sign + 1 == email.size()) return "it has no domain";
  if (has_unseen_character(local)) return "there is an unseen character before the @";
  const bool is_usable = is_quoted ? is_ascii(local) : is_dot_atom(local);
  if (local.empty() || local.size() > longest_local_part || !is_usable) {
    return "the part before the @ is not valid";
  }
  if (!is_domain(email.substr(at_sign + 1))) return "the part after the @ is not a domain";
  return std::nullopt;
}

std::string without_blanks(std::string_view text) {
  std::string out{text};
  std::erase_if(out, [](char c) { return c == ' ' || is_below_space(c); });
  return out;
}

std::string unquote(std::string_view phrase) {
  if (!is_quoted_string(phrase)) return std::string{phrase};
  std::string out;
  for (std::size_t i = 1; i + 1 < phrase.size(); ++i) {
    if (phrase[i] == '\\') ++i;
    out += phrase[i];
  }
  return out;
}

}  // namespace

Result<Address> parse_one_address(std::string_view text) {
  if (!is_valid_utf8(text) || std::ranges::any_of(text, is_below_space)) {
    return Error{Errc::invalid_argument,
                 "An e-mail address must not contain line breaks or other control characters."};
  }
  text = trim(text);
  std::string_view phrase;
  auto email = text;
  const auto open = text.rfind('<');
  if (text.ends_with('>') && open != std::string_view::npos) {
    phrase = trim(text.substr(0, open));
    email = trim(text.substr(open + 1, text.size() - open - 2));
  }
  if (const auto problem = problem_of_phrase(phrase)) return refuse(text, *problem);
  if (email.size() > longest_address) return refuse(text, "it is longer than 320 bytes");
  const auto ascii_email = with_ascii_domain(email);
  if (const auto problem = problem_of_email(ascii_email)) return refuse(text, *problem);
  return Address{std::string{trim(decode_words(unquote(phrase)))}, ascii_email};
}

std::string format_address(const Address& address) {
  const auto email = without_blanks(address.email);
  const auto phrase = join(format_phrase(address.name), " ");
  return phrase.empty() ? email : phrase + " <" + email + ">";
}

bool names_one_sender(std::string_view from) {
  std::size_t addresses = 0;
  bool in_quotes = false;
  bool in_angle = false;
  bool is_over = false;  // after <…>
  for (std::size_t at = 0; at < from.size(); ++at) {
    const char c = from[at];
    if (in_quotes) {
      if (c == '\\') ++at;
      in_quotes = c != '"';
      continue;
    }
    if (is_over && c != ' ' && c != '\t') return false;
    switch (c) {
      case '"': in_quotes = true; break;
      case '<':
        if (in_angle || addresses > 0) return false;
        in_angle = true;
        ++addresses;
        break;
      case '>':
        if (!in_angle) return false;
        in_angle = false;
        is_over = true;
        break;
      case '@':
        if (!in_angle && ++addresses > 1) return false;
        break;
      case ',':
      case ';':
      case ':':
      case '(':
      case ')':
        if (!in_angle) return false;
        break;
      default: break;
    }
  }
  return addresses == 1 && !in_quotes && !in_angle;
}

bool names_recipients_for_sure(std::string_view list) {
  bool in_quotes = false;
  bool in_angle = false;
  bool may_end_here = false;  // the text so far may contain an address, or the end of one
  for (std::size_t at = 0; at < list.size(); ++at) {
    const char c = list[at];
    if (in_quotes) {
      // With two names that have one quotation mark each, everything between them would look
      // quoted.
      if (c == '<' || c == ';') return false;
      if (c == '\\') ++at;
      in_quotes = c != '"';
      continue;
    }
    switch (c) {
      case '"': in_quotes = true; break;
      case '(':
      case ')': return false;
      case '<':
        if (may_end_here) return false;
        in_angle = true;
        may_end_here = true;
        break;
      case ':':
        if (in_angle) break;  // of a route, or of an IPv6 address
        if (may_end_here) return false;
        may_end_here = true;
        break;
      case '>':
        in_angle = false;
        may_end_here = true;
        break;
      case '@':
      case ',':
      case ';': may_end_here = true; break;
      default: break;
    }
  }
  return !in_quotes && !in_angle;
}

bool is_misleading_name(std::string_view name, std::string_view email) {
  constexpr std::string_view ends = " \t<>()[]\"',;:";
  for (auto at = name.find('@'); at != std::string_view::npos; at = name.find('@', at + 1)) {
    const auto before = name.find_last_of(ends, at);
    const auto begin = before == std::string_view::npos ? 0 : before + 1;
    const auto end = std::min(name.find_first_of(ends, at), name.size());
    const auto looks_like = name.substr(begin, end - begin);
    const bool is_address = begin < at && at + 1 < end;
    if (is_address && !equals_ignoring_case(looks_like, trim(email))) return true;
    at = end == name.size() ? end - 1 : end;
  }
  return false;
}

}  // namespace gmail_mcp::mime
