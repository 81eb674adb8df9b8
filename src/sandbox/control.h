#pragma once

#include <string_view>

#include "http/message.h"
#include "sandbox/app_passwords.h"
#include "sandbox/counters.h"
#include "sandbox/faults.h"
#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

/// The sandbox's own routes under /sandbox/, for tests that can only use HTTP.

/// GET /sandbox/counters
http::Response counters_answer(const Counters& counters);
/// GET /sandbox/accounts: [{"email", "name", "app_password"}]
http::Response accounts_answer(const World& world, const AppPasswords& app_passwords);
/// POST /sandbox/faults
http::Response faults_answer(Faults& faults, std::string_view body);
/// POST /sandbox/deliver: {"to", "from", "subject", "text", "html", "in_reply_to", "labels",
/// "date"} or {"to", "raw"} with the mail in base64url. Answers {"id", "threadId"}.
http::Response deliver_answer(World& world, std::string_view body);

}  // namespace gmail_mcp::sandbox
