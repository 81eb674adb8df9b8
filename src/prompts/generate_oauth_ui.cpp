#include "prompts/catalog.h"

namespace gmail_mcp::prompts::generate_oauth_ui {

namespace {

// What a person writes may be anything; only what we know goes into the text.
std::string_view one_of(const operation::PromptArguments& arguments, std::string_view name,
                        std::initializer_list<std::string_view> known, std::string_view otherwise) {
  const auto given = arguments.find(name);
  if (given == arguments.end()) return otherwise;
  for (const auto choice : known) {
    if (given->second == choice) return choice;
  }
  return otherwise;
}

std::string_view page_notes(std::string_view framework) {
  if (framework == "vue") return "Vue 3, single-file components with <script setup lang=\"ts\">.";
  if (framework == "nextjs") {
    return "Next.js with the app router: the four routes as route handlers on the server, the "
           "components as client components.";
  }
  if (framework == "html") return "One plain HTML page with a module script and no build step.";
  return "React function components with hooks, in TypeScript.";
}

std::string_view style_notes(std::string_view style) {
  if (style == "css") return "Plain CSS in one file.";
  if (style == "shadcn") return "shadcn/ui components (Button, Card, Alert, AlertDialog).";
  return "Tailwind CSS classes.";
}

}  // namespace

operation::Prompt prompt() {
  return {
      .name = "generate-oauth-ui",
      .title = "Generate the connect page",
      .description = "Writes the part of your application where people connect Gmail",
      .parameters = {{"framework", "react, vue, nextjs or html"},
                     {"style", "tailwind, css or shadcn"}},
      .text =
          [](const operation::PromptArguments& arguments) {
            const auto framework =
                one_of(arguments, "framework", {"react", "vue", "nextjs", "html"}, "react");
            const auto style =
                one_of(arguments, "style", {"tailwind", "css", "shadcn"}, "tailwind");
            std::string text =
                "Write the part of my application where people connect their Gmail accounts.\n"
                "Before you write, ask me: Where is the signed-in user's id? Where do people go "
                "after connecting? May one person connect several accounts?\n"
                "\nFramework: ";
            text += page_notes(framework);
            text += "\nStyle: ";
            text += style_notes(style);
            text +=
                "\n\nComponents: a connect button, the page people come back to, a list of "
                "connected accounts with their state, a disconnect button that asks first.\n"
                "Four routes of my backend, which alone talks to this server by POST "
                "/tools/<name>:\n"
                "- POST /api/gmail/auth-url: gmail_get_auth_url with the signed-in user's id and "
                "a return_url; the browser goes to connect_url.\n"
                "- GET /api/gmail/callback: where return_url leads; it reads `status` and "
                "`connection_id`. (With a redirect_uri of your own: `code` and `state` for "
                "gmail_handle_oauth_callback.)\n"
                "- GET /api/gmail/connections: gmail_list_connections of that user.\n"
                "- DELETE /api/gmail/connections/:id: gmail_disconnect, after checking that the "
                "connection is that user's.\n"
                "TypeScript types: Connection, AuthUrlResponse, CallbackResponse.\n"
                "\nTake care: the user id comes from the session, never from the browser; the "
                "token of this server and Google's tokens never reach the browser; https beyond "
                "localhost; `state` is ours, keep it as it is; show `error` and `hint` as text, "
                "never as HTML; an account with needs_reauth offers its connect_url.";
            return text;
          },
  };
}

}  // namespace gmail_mcp::prompts::generate_oauth_ui
