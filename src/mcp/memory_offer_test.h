#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <functional>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "http/server.h"
#include "mcp/server.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp::test {

struct NamedPrincipal final : Principal {
  explicit NamedPrincipal(std::string who) : name{std::move(who)} {}
  std::string identity() const override { return name; }
  std::string shareholder() const override { return name.substr(0, name.find('#')); }
  std::string name;
};

/// "Authorization: Bearer ann" is ann, "Bearer ann#2" ann with another token, "Bearer wrong"
/// nobody, no header "anonymous"; whose "Bearer unknown now" is cannot be found out.
inline Task<PrincipalPtr> authenticate(const http::RequestHead& head) {
  constexpr std::string_view scheme = "Bearer ";
  const auto authorization = head.headers.get("Authorization");
  auto name = authorization.starts_with(scheme) ? std::string{authorization.substr(scheme.size())}
                                                : std::string{"anonymous"};
  if (name == "unknown now") {
    throw Error{Errc::unavailable, "The database does not answer."}.with_retry_after(
        std::chrono::seconds{5});
  }
  if (name == "wrong") throw Error{Errc::unauthenticated, "The token is not valid."};
  co_return std::make_shared<const NamedPrincipal>(std::move(name));
}

inline json::object object(std::string_view text) { return json::parse(text).as_object(); }

/// A small server for tests: tools that echo, count, wait or fail; notes as resources; one prompt.
class MemoryOffer final : public Offer {
 public:
  // Controls for the test.
  void release() {
    released_ = true;
    for (auto* waiting : waiting_) waiting->notify();
  }
  int cancelled = 0;
  /// A handler has begun to wait; a waiting handler has ended.
  Task<void> begun(Executor executor) {
    return until(executor, [this] { return !waiting_.empty(); });
  }
  Task<void> ended(Executor executor) {
    return until(executor, [this] { return cancelled > 0; });
  }
  int lost_answers = 0;  // of the tool "post"
  int callers_gone = 0;  // callers that were gone when the work was done
  int listings = 0;
  std::string more_tools;  // name of one more tool

  std::vector<ToolListing> tools(const Principal&) override {
    ++listings;
    const auto any = object(R"({"type":"object"})");
    std::vector<ToolListing> list;
    auto& echo = list.emplace_back();
    echo.name = "echo";
    echo.title = "Echo";
    echo.description = "Says it again.";
    echo.input_schema = object(R"({"type":"object","properties":{"text":{"type":"string"}}})");
    echo.output_schema = echo.input_schema;
    echo.annotations = object(R"({"readOnlyHint":true})");
    echo.meta = object(R"({"example.com/colour":"blue"})");
    echo.icons = json::parse(R"([{"src":"https://example.com/echo.png"}])").as_array();
    auto& route = list.emplace_back();
    route.name = "route";
    route.description = "Goes where its header says.";
    route.input_schema = object(R"({"type":"object","properties":{
        "region":{"type":"string","x-mcp-header":"Region"},
        "shard":{"type":"integer","x-mcp-header":"Shard"}}})");
    for (const auto* name : {"count", "wait", "fail", "hear", "crash", "ask", "five"}) {
      auto& tool = list.emplace_back();
      tool.name = name;
      tool.description = "For tests.";
      tool.input_schema = any;
    }
    if (!more_tools.empty()) {
      auto& tool = list.emplace_back();
      tool.name = more_tools;
      tool.input_schema = any;
    }
    return list;
  }
  std::string list_key(const Principal&) override { return "all"; }

  Task<Round<ToolResult>> call_tool(Context& context, std::string name,
                                    json::object& arguments) override {
    ToolResult result;
    if (name == "echo") {
      result.structured = json::serialize(arguments);
    } else if (name == "route") {
      result.content.push_back(text("routed"));
    } else if (name == "count") {
      co_await count(context);
      result.content.push_back(text("3"));
    } else if (name == "flood") {
      for (int i = 1; i <= 200; ++i) {
        std::string none;
        co_await context.progress->report(i, std::nullopt, std::move(none));
      }
      result.content.push_back(text("200"));
    } else if (name == "wait") {
      co_await wait();
      result.content.push_back(text("waited"));
    } else if (name == "let_go") {
      constexpr std::chrono::milliseconds retry{500};
      context.progress->close_stream(retry);
      co_await wait();
      result.content.push_back(text("waited"));
    } else if (name == "fail") {
      result.content.push_back(text("It did not work."));
      result.structured = R"({"left":"out"})";
      result.is_error = true;
    } else if (name == "hear") {
      result.content = json::parse(R"([
          {"type":"audio","data":"UklGRg==","mimeType":"audio/wav"},
          {"type":"resource_link","uri":"mem://note","name":"note","description":"A note."}])")
                           .as_array();
    } else if (name == "crash") {
      throw std::runtime_error{"/secret/path"};
    } else if (name == "exhaust") {
      throw std::bad_alloc{};
    } else if (name == "question") {
      if (auto asked = question(context, arguments)) {
        if (arguments.contains("clears")) arguments.clear();
        co_return std::move(*asked);
      }
      json::object told{{"answers", context.answers},
                        {"form", context.can_ask_by_form},
                        {"url", context.can_ask_by_url}};
      result.structured = json::serialize(told);
    } else if (name == "five") {
      result.structured = "5";
    } else if (name == "post") {
      // Like sending mail: it matters whether the answer arrives.
      if (arguments.contains("slowly")) co_await wait();
      callers_gone += context.progress->caller_is_gone() ? 1 : 0;
      result.receipt = Receipt{[this] { ++lost_answers; }};
      result.content.push_back(text("posted"));
    } else if (name == "narrow") {
      Error narrow{Errc::forbidden, "The token may only read."};
      narrow.missing_scope = "notes.write";
      throw narrow;
    } else if (name == "ask") {
      throw MissingCapability{object(R"({"sampling":{}})")};
    } else {
      throw Error{Errc::not_found, "There is no tool of that name."};
    }
    co_return result;
  }

  std::vector<ResourceListing> resources(const Principal&) override {
    return {{"mem://note", "note", "Note", "A note.", "text/plain"}};
  }
  std::vector<ResourceListing> resource_templates(const Principal&) override {
    return {{"mem://note/{id}", "notes", "Notes", "Any note.", "text/plain"}};
  }
  Task<Round<std::vector<ResourceContents>>> read_resource(Context& context,
                                                           std::string uri) override {
    std::vector<ResourceContents> contents;
    if (uri == "mem://question") {
      if (auto asked = question(context, one_form())) co_return std::move(*asked);
      contents.push_back({uri, "text/plain", json::serialize(context.answers), {}, false});
      co_return contents;
    }
    if (uri == "mem://note") {
      contents.push_back({uri, "text/plain", "Hello.", {}, false});
    } else if (uri == "mem://pixel") {
      contents.push_back({uri, "image/png", {}, std::string{"\x89PNG"}, true});
    } else {
      throw Error{Errc::not_found, "There is no such resource."};
    }
    co_return contents;
  }
  Task<void> check_subscription(Context& context, std::string uri) override {
    if (uri == "mem://missing") throw Error{Errc::not_found, "There is no such resource."};
    if (uri == "mem://ann" && context.principal->identity() != "ann") {
      throw Error{Errc::not_found, "There is no such resource."};
    }
    co_return;
  }
  bool may_see(const Principal&, const std::string& uri) override { return uri != hidden; }
  std::string hidden;
  bool still_admits(const Principal&) override { return admits; }
  bool admits = true;

  std::vector<PromptListing> prompts(const Principal&) override {
    return {{"greet", "Greet", "Greets somebody.", {{"name", "Who.", true}}}};
  }
  Task<Round<PromptResult>> get_prompt(Context& context, std::string name,
                                       json::object arguments) override {
    if (name == "question") {
      if (auto asked = question(context, one_form())) co_return std::move(*asked);
      arguments["name"] = "nobody";
    } else if (name != "greet")
      throw Error{Errc::not_found, "There is no prompt of that name."};
    const auto* who = arguments.if_contains("name");
    if (!who) throw Error{Errc::invalid_argument, "The argument name is missing."};
    PromptResult result;
    result.description = "A greeting.";
    json::object message{{"role", "user"}};
    message["content"] = text("Greet " + std::string{who->get_string().c_str()} + ".");
    result.messages.push_back(std::move(message));
    co_return result;
  }
  Task<CompletionResult> complete(Context&, CompletionRequest request) override {
    CompletionResult result;
    for (int i = 0; i < 150; ++i) result.values.push_back(request.value + std::to_string(i));
    if (request.kind == "resource") result.values.resize(1);
    co_return result;
  }

 private:
  static json::object text(const std::string& words) { return {{"type", "text"}, {"text", words}}; }

  static json::object one_form() {
    return object(R"({"requests":[{"key":"name","method":"elicitation/create","params":
        {"message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}}}]})");
  }

  // Asks what the arguments say, as often as they say ("rounds"); then nothing. "forget": without
  // a state, so that only the answers tell how far it is.
  static std::optional<InputRequired> question(Context& context, const json::object& arguments) {
    const auto* rounds = arguments.if_contains("rounds");
    const auto wanted = rounds ? static_cast<std::size_t>(rounds->as_int64()) : 1;
    if (arguments.contains("forget") ? !context.answers.empty() : context.state.size() >= wanted) {
      return std::nullopt;
    }
    InputRequired asked;
    for (const auto& one : arguments.at("requests").as_array()) {
      asked.requests.push_back({json::value_to<std::string>(one.at("key")),
                                json::value_to<std::string>(one.at("method")),
                                one.at("params").as_object()});
    }
    if (!arguments.contains("forget")) asked.state = context.state + '.';
    return asked;
  }

  static Task<void> count(Context& context) {
    for (int i = 1; i <= 3; ++i) {
      std::string words = "step " + std::to_string(i);
      co_await context.progress->report(i, 3, std::move(words));
    }
    std::string again = "not growing";
    co_await context.progress->report(3, 3, std::move(again));
    std::string level = "debug";
    json::value data = "a detail";
    co_await context.progress->log(level, data);
    level = "warning";
    data = "a warning";
    co_await context.progress->log(level, data);
  }

  Task<void> wait() {
    const auto executor = co_await current_executor();
    Wakeup wakeup{executor};
    waiting_.insert(&wakeup);
    if (watcher_) watcher_->notify();
    try {
      while (!released_) co_await wakeup.wait();
    } catch (...) {
      ++cancelled;
      waiting_.erase(&wakeup);
      if (watcher_) watcher_->notify();
      throw;
    }
    waiting_.erase(&wakeup);
  }

  Task<void> until(Executor executor, std::function<bool()> enough) {
    Wakeup watcher{executor};
    watcher_ = &watcher;
    while (!enough()) co_await watcher.wait();
    watcher_ = nullptr;
  }

  Wakeup* watcher_ = nullptr;
  bool released_ = false;
  std::set<Wakeup*> waiting_;
};

}  // namespace gmail_mcp::mcp::test
