#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::mime {

struct Address {
  std::string name;  // decoded, UTF-8; may be empty
  std::string email;

  bool operator==(const Address&) const = default;
};

/// The mailboxes of a From, To, Cc … header (RFC 5322 §3.4) in order: quoted names, comments,
/// groups (their members), RFC 2047 names, obsolete routes, and the usual mistakes, such as a bare
/// comma in "Doe, John <j@example.org>". A mailbox without an address is returned with its name
/// only, so `email` may be empty; it never contains blanks or control characters. At most 10,000
/// mailboxes. Never fails; linear in time; thread-safe.
std::vector<Address> parse_addresses(std::string_view raw);

/// Whether a From value whose encoded words may already have been decoded by others is still
/// certain about the sender: it has one address, and outside of quotation marks nothing in the name
/// could be another address or the end of one.
bool names_one_sender(std::string_view from);

/// Whether a To, Cc, Bcc or Reply-To value whose encoded words may already have been decoded by
/// others still has only one reading. An encoded word is part of a name before "<", of a group's
/// name before ":" or of a comment (RFC 2047 §5), so the reading is certain when, outside of
/// quotation marks, nothing before the last of those could be an address or the end of one. An
/// empty value is certain.
bool names_recipients_for_sure(std::string_view list);

/// Whether a decoded display name looks like an address that is not `email`.
bool is_misleading_name(std::string_view name, std::string_view email);

/// The recipient that a caller named: exactly one "ann@example.org" or "Ann <ann@example.org>", by
/// the strict rules of RFC 5321. An international domain becomes its ASCII form. invalid_argument,
/// naming what is wrong, for anything else: no domain, two addresses, a group, control characters,
/// more than 320 bytes.
Result<Address> parse_one_address(std::string_view text);

/// `"Doe, Ann" <ann@example.org>` for a header (RFC 5322), with a name outside ASCII as encoded
/// words (RFC 2047); the address itself is never encoded. Not folded. Control characters become
/// blanks.
std::string format_address(const Address& address);

}  // namespace gmail_mcp::mime
