#include "surface/mcp_questions.h"

#include <boost/json/array.hpp>

#include "base/text.h"
#include "operation/outcome.h"

namespace gmail_mcp::surface {

namespace json = boost::json;

namespace {

constexpr std::size_t most_text = 1'500;
constexpr std::size_t most_people = 20;
constexpr std::size_t most_files = 10;

void add_line(std::string& message, const char* label, const std::vector<std::string>& people) {
  if (people.empty()) return;
  message += label;
  for (std::size_t i = 0; i < people.size(); ++i) message += (i == 0 ? "" : ", ") + people[i];
  message += "\n";
}

// Each line is marked, so that the text of a message cannot look like a sentence of ours.
std::string quoted(std::string_view text) {
  std::string out = "| ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "| ";
  }
  return out;
}

const json::object* answer_to(const json::object& answers, std::string_view key) {
  const auto* found = answers.if_contains(key);
  return found == nullptr ? nullptr : found->if_object();
}

std::string_view action_of(const json::object& answer) {
  const auto* action = answer.if_contains("action");
  return action != nullptr && action->is_string() ? std::string_view{action->get_string()}
                                                  : std::string_view{};
}

}  // namespace

std::optional<AskedState> read_state(std::string_view state) {
  if (state.empty()) return std::nullopt;
  const auto parts = split(state, '\n');
  if (parts.size() != 3) return std::nullopt;
  return AskedState{parts[0], parts[1], parts[2]};
}

bool fits_a_form(const operation::HeldView& view) {
  for (const auto* list : {&view.to, &view.cc, &view.bcc, &view.reply_to}) {
    if (list->size() > most_people) return false;
  }
  return !view.is_cut && view.html_source.empty() && view.text.size() <= most_text &&
         view.plain_text.size() <= most_text && view.files.size() <= most_files;
}

mcp::InputRequired ask_to_approve(const operation::HeldView& view) {
  std::string message = "Send this message once, from " + view.account + "?\n\n";
  message += "From: " + view.from + "\n";
  add_line(message, "To: ", view.to);
  add_line(message, "Cc: ", view.cc);
  add_line(message, "Bcc: ", view.bcc);
  add_line(message, "Answers go to: ", view.reply_to);
  message += "Subject: " + view.subject + "\n";
  for (const auto& file : view.files) {
    message +=
        "File: " + file.name + " (" + file.type + ", " + std::to_string(file.size) + " bytes)\n";
  }
  for (const auto& warning : view.warnings) message += "Warning: " + warning + "\n";
  if (view.is_html) message += "The text is written in HTML; without its form it is:\n";
  message += quoted(view.text);
  if (!view.plain_text.empty()) {
    message += "\nIts plain version says something else:\n" + quoted(view.plain_text);
  }

  const json::object decision{
      {"type", "string"}, {"title", "Decision"}, {"enum", json::array{"dont_send", "send_once"}}};
  json::object schema;
  schema["type"] = "object";
  schema["properties"] = json::object{{"decision", decision}};
  schema["required"] = json::array{"decision"};
  mcp::InputRequest request;
  request.key = approve_question;
  request.method = "elicitation/create";
  request.params["mode"] = "form";
  request.params["message"] = std::move(message);
  request.params["requestedSchema"] = std::move(schema);
  mcp::InputRequired asked;
  asked.requests.push_back(std::move(request));
  asked.state = std::string{approve_question} + "\n" + view.send_id + "\n" + view.digest;
  return asked;
}

std::optional<operation::Choice> choice_in(const json::object& answers) {
  const auto* answer = answer_to(answers, approve_question);
  if (answer == nullptr) return std::nullopt;
  const auto action = action_of(*answer);
  if (action == "decline") return operation::Choice::dont_send;
  if (action != "accept") return std::nullopt;
  const auto* content = answer->if_contains("content");
  const auto* form = content == nullptr ? nullptr : content->if_object();
  const auto* decision = form == nullptr ? nullptr : form->if_contains("decision");
  if (decision == nullptr || !decision->is_string()) return std::nullopt;
  if (decision->get_string() == "send_once") return operation::Choice::send_once;
  if (decision->get_string() == "dont_send") return operation::Choice::dont_send;
  return std::nullopt;
}

mcp::InputRequired ask_to_connect(const Error& error) {
  mcp::InputRequest request;
  request.key = connect_question;
  request.method = "elicitation/create";
  request.params["mode"] = "url";
  request.params["url"] = error.connect_url;
  request.params["message"] = error.message + " Open the page to connect the account again.";
  mcp::InputRequired asked;
  asked.requests.push_back(std::move(request));
  asked.state = std::string{connect_question} + "\n" + error.connect_url + "\n";
  return asked;
}

mcp::ToolResult reconnect_result(const json::object& answers, const std::string& connect_url) {
  const auto* answer = answer_to(answers, connect_question);
  const bool is_opened = answer != nullptr && action_of(*answer) == "accept";
  Error error{Errc::reconnect_required,
              is_opened ? "The person is connecting the account again."
                        : "The account must be connected again, and the person did not open the "
                          "page for it.",
              is_opened ? "Repeat the call when they say that they have finished."
                        : "Ask the person whether to open connect_url."};
  error.connect_url = connect_url;
  mcp::ToolResult result;
  result.is_error = true;
  const json::object text{{"type", "text"},
                          {"text", operation::json_text(operation::Failure{std::move(error), {}})}};
  result.content.push_back(text);
  return result;
}

}  // namespace gmail_mcp::surface
