// The server that the official conformance suite asks about: what its scenarios want to find, over
// the public headers of src/mcp. Prints its address and serves until it is killed.
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/base64.h"
#include "http/server.h"
#include "mcp/core.h"
#include "mcp/offer_table.h"
#include "mcp/streamable_http.h"

using namespace gmail_mcp;
namespace json = boost::json;

namespace {

constexpr std::string_view red_pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg"
    "==";
constexpr std::string_view silence = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

// Between notifications, as the scenarios have it.
constexpr std::chrono::milliseconds pause{50};

json::object object(std::string_view text) { return json::parse(text).as_object(); }

json::object image() { return {{"type", "image"}, {"data", red_pixel}, {"mimeType", "image/png"}}; }
json::object embedded(std::string_view uri) {
  const json::object resource{
      {"uri", uri}, {"mimeType", "text/plain"}, {"text", "This is an embedded resource content."}};
  return {{"type", "resource"}, {"resource", resource}};
}

mcp::ToolListing tool(const char* name, std::string_view properties = "{}") {
  mcp::ToolListing listing;
  listing.name = name;
  listing.description = "For the scenario of that name.";
  listing.input_schema = {{"type", "object"}, {"properties", json::parse(properties)}};
  return listing;
}

mcp::PromptListing prompt(const char* name, std::vector<mcp::PromptArgument> arguments = {}) {
  return {name, "", "For the scenario of that name.", std::move(arguments), {}};
}

mcp::PromptResult says(std::vector<json::object> contents) {
  mcp::PromptResult result;
  for (auto& content : contents) {
    result.messages.push_back(json::object{{"role", "user"}, {"content", std::move(content)}});
  }
  return result;
}

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value && value->is_string() ? std::string{value->get_string().c_str()} : std::string{};
}

// --- questions --------------------------------------------------------------------------------

mcp::InputRequest form(std::string key, std::string message, std::string_view properties) {
  const json::object schema{{"type", "object"}, {"properties", json::parse(properties)}};
  json::object params{{"message", std::move(message)}, {"requestedSchema", schema}};
  return {std::move(key), "elicitation/create", std::move(params)};
}

mcp::InputRequest sample(std::string key, std::string_view question) {
  const json::object message{{"role", "user"}, {"content", mcp::text_content(question)}};
  json::object params{{"messages", json::array{message}}, {"maxTokens", 100}};
  return {std::move(key), "sampling/createMessage", std::move(params)};
}

mcp::InputRequest roots(std::string key) { return {std::move(key), "roots/list", {}}; }

mcp::InputRequired ask(std::vector<mcp::InputRequest> requests, std::string state = {}) {
  return {std::move(requests), std::move(state)};
}

const json::object* answer_to(const mcp::Context& context, std::string_view key) {
  const auto* answer = context.answers.if_contains(key);
  return answer ? answer->if_object() : nullptr;
}

// What the person wrote into a form; nullptr: nothing yet.
const json::object* written(const mcp::Context& context, std::string_view key) {
  const auto* answer = answer_to(context, key);
  const auto* content = answer ? answer->if_contains("content") : nullptr;
  return content ? content->if_object() : nullptr;
}

// A tool that asks once and then tells what it was answered.
void add_question(mcp::OfferTable& offer, mcp::ToolListing listing,
                  std::vector<mcp::InputRequest> requests, std::string state = {}) {
  offer.add_tool(
      std::move(listing),
      [requests, state](mcp::Context& context, json::object&) -> mcp::Round<mcp::ToolResult> {
        for (const auto& request : requests) {
          if (!answer_to(context, request.key)) return ask(requests, state);
        }
        if (!state.empty() && context.state != state) return ask(requests, state);
        if (!state.empty()) return mcp::text_result(state);
        return mcp::text_result("Answered: " + json::serialize(context.answers));
      });
}

constexpr std::string_view defaults = R"({
    "name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},
    "score":{"type":"number","default":95.5},"verified":{"type":"boolean","default":true},
    "status":{"type":"string","enum":["active","inactive","pending"],"default":"active"}})";
constexpr std::string_view enums = R"({
    "untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
    "titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},
        {"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},
    "legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],
        "enumNames":["Option One","Option Two","Option Three"]},
    "untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},
    "titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},
        {"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}})";
constexpr std::string_view name_field = R"({"name":{"type":"string"}})";
constexpr std::string_view ok_field = R"({"ok":{"type":"boolean"}})";

void add_questions(mcp::OfferTable& offer) {
  const auto who = form("user_name", "What is your name?", name_field);
  const auto capital = sample("capital_question", "What is the capital of France?");
  offer.add_tool(tool("test_sampling", R"({"prompt":{"type":"string"}})"),
                 [](mcp::Context& context, json::object& arguments) -> mcp::Round<mcp::ToolResult> {
                   const auto* answer = answer_to(context, "sample");
                   if (!answer) return ask({sample("sample", text_of(arguments, "prompt"))});
                   return mcp::text_result("LLM response: " + json::serialize(*answer));
                 });
  offer.add_tool(
      tool("test_elicitation", R"({"message":{"type":"string"}})"),
      [](mcp::Context& context, json::object& arguments) -> mcp::Round<mcp::ToolResult> {
        const auto* answer = answer_to(context, "form");
        if (answer) return mcp::text_result("User: " + json::serialize(*answer));
        return ask({form("form", text_of(arguments, "message"),
                         R"({"username":{"type":"string"},"email":{"type":"string"}})")});
      });
  add_question(offer, tool("test_elicitation_sep1034_defaults"),
               {form("form", "Please review these values.", defaults)});
  add_question(offer, tool("test_elicitation_sep1330_enums"),
               {form("form", "Please choose.", enums)});
  add_question(offer, tool("test_streaming_elicitation"), {who});

  const auto greet = [who](mcp::Context& context, json::object&) -> mcp::Round<mcp::ToolResult> {
    const auto* content = written(context, "user_name");
    if (!content) return ask({who});
    return mcp::text_result("Hello, " + text_of(*content, "name") + "!");
  };
  offer.add_tool(tool("test_input_required_result_elicitation"), greet);
  add_question(offer, tool("test_input_required_result_sampling"), {capital});
  add_question(offer, tool("test_input_required_result_list_roots"), {roots("client_roots")});
  const auto confirm = form("confirm", "Is that right?", ok_field);
  add_question(offer, tool("test_input_required_result_request_state"), {confirm}, "state-ok");
  add_question(offer, tool("test_input_required_result_tampered_state"), {confirm}, "state-ok");
  add_question(offer, tool("test_input_required_result_multiple_inputs"),
               {who, capital, roots("client_roots")}, "all-answered");
  offer.add_tool(
      tool("test_input_required_result_multi_round"),
      [](mcp::Context& context, json::object&) -> mcp::Round<mcp::ToolResult> {
        if (context.state == "2") return mcp::text_result("Both steps are done.");
        if (context.state == "1" && answer_to(context, "step1")) {
          return ask(
              {form("step2", "And your favourite colour?", R"({"color":{"type":"string"}})")}, "2");
        }
        return ask({form("step1", "What is your name?", name_field)}, "1");
      });
  offer.add_tool(
      tool("test_input_required_result_capabilities"),
      [who, capital](mcp::Context& context, json::object&) -> mcp::Round<mcp::ToolResult> {
        if (!context.answers.empty()) return mcp::text_result("Thank you.");
        std::vector<mcp::InputRequest> possible;
        if (context.can_ask_by_form) possible.push_back(who);
        if (context.client_capabilities.contains("sampling")) {
          possible.push_back(capital);
        }
        if (possible.empty()) return mcp::text_result("There is nobody to ask.");
        return ask(std::move(possible));
      });
  offer.add_tool(tool("test_missing_capability"),
                 [](mcp::Context& context, json::object&) -> mcp::ToolResult {
                   if (!context.client_capabilities.contains("sampling")) {
                     throw mcp::MissingCapability{object(R"({"sampling":{}})")};
                   }
                   return mcp::text_result("The client can sample.");
                 });
  offer.add_prompt(prompt("test_input_required_result_prompt"),
                   [](mcp::Context& context, const json::object&) -> mcp::Round<mcp::PromptResult> {
                     const auto* content = written(context, "user_context");
                     if (content)
                       return says({mcp::text_content("Context: " + text_of(*content, "context"))});
                     return ask({form("user_context", "What is this about?",
                                      R"({"context":{"type":"string"}})")});
                   });
}

// --- plain tools ------------------------------------------------------------------------------

template <class... Blocks>
void add_content(mcp::OfferTable& offer, const char* name, Blocks... blocks) {
  const json::array content{std::move(blocks)...};
  offer.add_tool(tool(name), [content](mcp::Context&, json::object&) {
    mcp::ToolResult result;
    result.content = content;
    return result;
  });
}

void add_tools(mcp::OfferTable& offer, Clock& clock, mcp::Core*& core) {
  add_content(offer, "test_simple_text",
              mcp::text_content("This is a simple text response for testing."));
  add_content(offer, "test_image_content", image());
  add_content(offer, "test_audio_content",
              json::object{{"type", "audio"}, {"data", silence}, {"mimeType", "audio/wav"}});
  add_content(offer, "test_embedded_resource", embedded("test://embedded-resource"));
  add_content(offer, "test_multiple_content_types", mcp::text_content("Multiple content types:"),
              image(), embedded("test://mixed-content-resource"));
  offer.add_tool(tool("test_error_handling"), [](mcp::Context&, json::object&) {
    auto result = mcp::text_result("This tool intentionally returns an error for testing.");
    result.is_error = true;
    return result;
  });

  offer.add_tool(
      tool("test_tool_with_progress"),
      [&clock](mcp::Context& context, json::object&) -> Task<mcp::Round<mcp::ToolResult>> {
        for (const int percent : {0, 50, 100}) {
          std::string none;
          co_await context.progress->report(percent, 100, std::move(none));
          co_await clock.sleep(pause);
        }
        co_return mcp::text_result("Done.");
      });
  for (const auto* name : {"test_tool_with_logging", "test_logging_tool"}) {
    offer.add_tool(
        tool(name),
        [&clock](mcp::Context& context, json::object&) -> Task<mcp::Round<mcp::ToolResult>> {
          for (const auto* words : {"Started.", "Processing.", "Completed."}) {
            std::string level{"info"};
            json::value data(words);
            co_await context.progress->log(std::move(level), std::move(data));
            co_await clock.sleep(pause);
          }
          co_return mcp::text_result("Done.");
        });
  }
  // The client comes back for the answer with the id of the last event that it had.
  offer.add_tool(
      tool("test_reconnection"),
      [&clock](mcp::Context& context, json::object&) -> Task<mcp::Round<mcp::ToolResult>> {
        context.progress->close_stream(pause);
        co_await clock.sleep(2 * pause);
        co_return mcp::text_result("Reconnection test completed.");
      });
  const auto add_trigger = [&](const char* name, mcp::ListKind kind) {
    offer.add_tool(tool(name), [&core, kind](mcp::Context&, json::object&) {
      core->bus().publish_list_changed(kind);
      return mcp::text_result("Told.");
    });
  };
  add_trigger("test_trigger_tool_change", mcp::ListKind::tools);
  add_trigger("test_trigger_prompt_change", mcp::ListKind::prompts);

  const auto told = [](mcp::Context&, json::object& arguments) {
    return mcp::text_result(json::serialize(arguments));
  };
  offer.add_tool(
      tool("test_x_mcp_header", R"({"region":{"type":"string","x-mcp-header":"Region"}})"), told);
  auto newest = tool("json_schema_2020_12_tool");
  newest.input_schema = object(R"({
      "$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
      "$defs":{"address":{"$anchor":"addressDef","type":"object",
          "properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
      "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},
          "contactMethod":{"type":"string","enum":["phone","email"]},
          "phone":{"type":"string"},"email":{"type":"string"}},
      "allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
      "if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},
      "then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false})");
  offer.add_tool(std::move(newest), told);
}

void add_resources(mcp::OfferTable& offer) {
  const auto add = [&offer](std::string uri, std::string name, std::string type, std::string text,
                            std::string bytes) {
    offer.add_resource({uri, name, "", "For its scenario.", type, {}},
                       [type, text, bytes](mcp::Context&, std::string asked) {
                         std::vector<mcp::ResourceContents> all(1);
                         all.front().uri = std::move(asked);
                         all.front().mime_type = type;
                         all.front().text = text;
                         all.front().blob = bytes;
                         all.front().is_blob = !bytes.empty();
                         return all;
                       });
  };
  add("test://static-text", "static-text", "text/plain",
      "This is the content of the static text resource.", "");
  add("test://static-binary", "static-binary", "image/png", "",
      crypto::base64_decode(red_pixel).value());
  add("test://watched-resource", "watched-resource", "text/plain", "Watch this.", "");
  offer.add_resource(
      {"test://template/{id}/data", "template", "", "For its scenario.", "application/json", {}},
      [](mcp::Context&, std::string asked) {
        std::vector<mcp::ResourceContents> all(1);
        all.front().text = json::serialize(json::object{{"read", asked}});
        all.front().mime_type = "application/json";
        all.front().uri = std::move(asked);
        return all;
      });
}

void add_prompts(mcp::OfferTable& offer) {
  offer.add_prompt(prompt("test_simple_prompt"), [](mcp::Context&, const json::object&) {
    return says({mcp::text_content("This is a simple prompt for testing.")});
  });
  offer.add_prompt(
      prompt("test_prompt_with_arguments", {{"arg1", "One.", true}, {"arg2", "Two.", true}}),
      [](mcp::Context&, const json::object& arguments) {
        return says({mcp::text_content("arg1='" + text_of(arguments, "arg1") + "', arg2='" +
                                       text_of(arguments, "arg2") + "'")});
      });
  offer.add_prompt(
      prompt("test_prompt_with_embedded_resource", {{"resourceUri", "Which one.", true}}),
      [](mcp::Context&, const json::object& arguments) {
        return says({embedded(text_of(arguments, "resourceUri")),
                     mcp::text_content("Please process the embedded resource above.")});
      });
  offer.add_prompt(prompt("test_prompt_with_image"), [](mcp::Context&, const json::object&) {
    return says({image(), mcp::text_content("Please analyze the image above.")});
  });
  offer.complete_with([](const mcp::CompletionRequest&) { return mcp::CompletionResult{}; });
}

}  // namespace

int main() {
  boost::asio::io_context loop{1};
  SystemClock clock;
  const auto log = Log::open(Log::Format::human, LogLevel::warning, Log::Target::standard_error);
  mcp::OfferTable offer;
  mcp::Core* to_tell = nullptr;
  add_tools(offer, clock, to_tell);
  add_questions(offer);
  add_resources(offer);
  add_prompts(offer);

  mcp::ServerInfo info{{"conformance", "1.0", "Conformance"}, "Everything is a test."};
  mcp::Core core{offer, std::move(info), mcp::Limits{}, clock, *log};
  to_tell = &core;
  mcp::StreamableHttp transport{core, mcp::one_caller("anybody"), mcp::HttpOptions{}, clock, *log};
  http::Router router;
  router.add("*", "/mcp",
             [&transport](http::Exchange& exchange) { return transport.handle(exchange); });
  const auto server = http::Server::listen(
      loop, http::ListenOptions{}, router,
      [](const Error& error, int, const http::RequestHead*) {
        return mcp::default_error_answer(error);
      },
      clock, *log);
  std::cout << "http://localhost:" << server->port() << "/mcp" << std::endl;
  loop.run();
}
