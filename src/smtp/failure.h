#pragma once

#include <cstddef>

#include "base/error.h"
#include "smtp/reply.h"

namespace gmail_mcp::smtp {

/// Where in the conversation the server refused (RFC 5321 §3.3).
enum class Stage {
  greeting,   // on connecting, EHLO, STARTTLS
  login,      // AUTH
  sender,     // MAIL FROM
  recipient,  // RCPT TO
  letter,     // DATA, the letter, the reply to its final dot
};

/// What a refusal means for the caller: judged by the reply code, the enhanced code (RFC 3463) and
/// words of Gmail's texts (https://support.google.com/a/answer/3726730). The Error repeats no text
/// of the server; `detail` has the codes alone. Pure, thread-safe.
///
/// `recipient`, counted from 1, is named in an error about a recipient; 0: none.
Error explain(Stage stage, const Reply& reply, std::size_t recipient = 0);

}  // namespace gmail_mcp::smtp
