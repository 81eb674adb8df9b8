#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "mcp/server.h"

namespace gmail_mcp::mcp {

/// An Offer made of listings and functions, the same for every caller: for servers whose tools are
/// known when they start. Filled before the first request; afterwards only `add_tool` may follow,
/// with EventBus::publish_list_changed. Must outlive the calls.
///
/// A handler is a coroutine, or a plain function where nothing is awaited. What it throws becomes
/// an answer as with any Offer.
class OfferTable final : public Offer {
 public:
  using ToolHandler = std::function<Task<Round<ToolResult>>(Context&, json::object& arguments)>;
  using ResourceHandler =
      std::function<Task<Round<std::vector<ResourceContents>>>(Context&, std::string uri)>;
  using PromptHandler = std::function<Task<Round<PromptResult>>(Context&, json::object arguments)>;
  using Completer = std::function<CompletionResult(const CompletionRequest&)>;

  template <class Handler>
  void add_tool(ToolListing listing, Handler handler) {
    auto task = as_task<Round<ToolResult>, Context&, json::object&>(std::move(handler));
    tools_.push_back({std::move(listing), std::move(task)});
  }
  /// A `{name}` in the listing's uri stands for one or more characters other than '/'; the handler
  /// gets the whole uri.
  template <class Handler>
  void add_resource(ResourceListing listing, Handler handler) {
    auto task =
        as_task<Round<std::vector<ResourceContents>>, Context&, std::string>(std::move(handler));
    resources_.push_back({std::move(listing), std::move(task)});
  }
  template <class Handler>
  void add_prompt(PromptListing listing, Handler handler) {
    auto task = as_task<Round<PromptResult>, Context&, json::object>(std::move(handler));
    prompts_.push_back({std::move(listing), std::move(task)});
  }
  void complete_with(Completer completer) { completer_ = std::move(completer); }

  // Offer
  std::vector<ToolListing> tools(const Principal& principal) override;
  std::string list_key(const Principal&) override { return {}; }
  Task<Round<ToolResult>> call_tool(Context& context, std::string name,
                                    json::object& arguments) override;
  std::vector<ResourceListing> resources(const Principal& principal) override;
  std::vector<ResourceListing> resource_templates(const Principal& principal) override;
  Task<Round<std::vector<ResourceContents>>> read_resource(Context& context,
                                                           std::string uri) override;
  Task<void> check_subscription(Context& context, std::string uri) override;
  std::vector<PromptListing> prompts(const Principal& principal) override;
  Task<Round<PromptResult>> get_prompt(Context& context, std::string name,
                                       json::object arguments) override;
  Task<CompletionResult> complete(Context& context, CompletionRequest request) override;
  bool may_see(const Principal& principal, const std::string& uri) override;

 private:
  template <class Listing, class Handler>
  struct Row {
    Listing listing;
    Handler handler;
  };

  // A plain function as a coroutine that never waits. The closure is kept in a row, and so lives
  // longer than its coroutines.
  template <class Result, class... Given, class Handler>
  static std::function<Task<Result>(Given...)> as_task(Handler handler) {
    if constexpr (std::is_convertible_v<std::invoke_result_t<Handler&, Given...>, Result>) {
      return [handler = std::move(handler)](Given... given) -> Task<Result> {
        Result result{handler(std::forward<Given>(given)...)};
        co_return result;
      };
    } else {
      return handler;
    }
  }

  const Row<ResourceListing, ResourceHandler>* find_resource(std::string_view uri) const;
  std::vector<ResourceListing> listed(bool templates) const;

  std::vector<Row<ToolListing, ToolHandler>> tools_;
  std::vector<Row<ResourceListing, ResourceHandler>> resources_;
  std::vector<Row<PromptListing, PromptHandler>> prompts_;
  Completer completer_;
};

/// A block of content, as in ToolResult::content and PromptResult::messages.
json::object text_content(std::string_view text);
/// A result with one block of text.
ToolResult text_result(std::string_view text);

}  // namespace gmail_mcp::mcp
