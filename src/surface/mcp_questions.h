#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "mcp/server.h"
#include "operation/approvals.h"

// What a client is asked to ask the person, and how its answer is understood.
namespace gmail_mcp::surface {

inline constexpr std::string_view approve_question = "approve";
inline constexpr std::string_view connect_question = "connect";

/// What our question was about, as it comes back in Context::state.
struct AskedState {
  std::string about;    // one of the above
  std::string subject;  // a send_id, or a connect_url
  std::string digest;   // of the message that was shown
};
std::optional<AskedState> read_state(std::string_view state);

/// Whether a form can show all of the message. What it cannot show is to be looked at on the page.
bool fits_a_form(const operation::HeldView& view);
/// The message, which fits, in one form: who, to whom, what; and the two decisions.
mcp::InputRequired ask_to_approve(const operation::HeldView& view);
/// What the person decided; nullopt: nothing, or the answer is not one of ours.
std::optional<operation::Choice> choice_in(const mcp::json::object& answers);

/// To open the page on which the account is connected again.
mcp::InputRequired ask_to_connect(const Error& error);
/// The page is answered as soon as it is opened, so the call is to be repeated later.
mcp::ToolResult reconnect_result(const mcp::json::object& answers, const std::string& connect_url);

}  // namespace gmail_mcp::surface
