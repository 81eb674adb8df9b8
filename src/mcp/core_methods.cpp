// The methods themselves. core.cpp dispatches requests and turns errors into answers.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <utility>

#include "mcp/core.h"
#include "mcp/params.h"

namespace gmail_mcp::mcp {

namespace {

void watch_or_refuse(Subscription& news, const std::string& uri) {
  const auto answer = news.watch(uri);
  if (answer == FairShare::Answer::all_is_full) {
    throw Error{Errc::rate_limited, "Too many resources are watched.", "Try again later."};
  }
  if (answer == FairShare::Answer::own_share_is_full) {
    throw Error{Errc::rate_limited, "This caller's sessions watch too many resources together.",
                "Unsubscribe from some, or end sessions that are not needed."};
  }
}

}  // namespace

std::string Core::initialize(Call& call) {
  auto& params = call.message.params;
  const auto wanted = required_text(params, "protocolVersion");
  const auto* known = find_revision(wanted);
  const auto& agreed = known && known->era == Era::legacy ? *known : newest_legacy();
  auto capabilities = copy_object(params, "capabilities");
  auto& session = *call.session;
  session.revision = &agreed;
  session.client_capabilities = bounded_capabilities(std::move(capabilities));
  return codec(agreed).initialized();
}

std::string Core::set_level(Call& call) {
  const auto level = parse_severity(required_text(call.message.params, "level"));
  if (!level) throw Error{Errc::invalid_argument, "params.level is not a log level."};
  call.session->log_level = level;
  return codec(*call.revision).empty();
}

Task<std::string> Core::call_tool(Call& call, Context& context, Receipt& receipt) {
  auto name = required_text(call.message.params, "name");
  auto& params = call.message.params;
  if (find_object(params, "arguments") == nullptr) params["arguments"].emplace_object();
  auto& arguments = params["arguments"].get_object();
  for (std::size_t round = 1;; ++round) {
    auto called = name;
    auto end = co_await offer_.call_tool(context, std::move(called), arguments);
    if (auto* result = std::get_if<ToolResult>(&end)) {
      receipt = std::move(result->receipt);
      co_return codec(*call.revision).tool_result(std::move(*result));
    }
    auto asked = std::move(std::get<InputRequired>(end));
    std::optional<std::string> answer;
    try {
      answer = co_await ask(call, context, std::move(asked), round);
    } catch (const Error& error) {
      // For a legacy client it is a failure of the tool, so that the model learns of it.
      if (call.revision->era == Era::modern) throw;
      answer = tool_failure(call, error);
    }
    if (answer) co_return std::move(*answer);
  }
}

std::string Core::tool_failure(const Call& call, const Error& error) const {
  auto sentences = error.message;
  if (!error.hint.empty()) sentences += ' ' + error.hint;
  const json::object text{{"type", "text"}, {"text", std::move(sentences)}};
  ToolResult result;
  result.content.push_back(text);
  result.is_error = true;
  return codec(*call.revision).tool_result(std::move(result));
}

Task<std::string> Core::read_resource(Call& call, Context& context, Receipt& receipt) {
  auto uri = required_text(call.message.params, "uri");
  for (std::size_t round = 1;; ++round) {
    auto read = uri;
    auto end = co_await offer_.read_resource(context, std::move(read));
    if (auto* contents = std::get_if<std::vector<ResourceContents>>(&end)) {
      // Clients would take empty contents for an existing resource.
      if (contents->empty()) throw Error{Errc::not_found, "There is no such resource."};
      for (auto& one : *contents) receipt.join(std::move(one.receipt));
      co_return codec(*call.revision).contents(std::move(*contents));
    }
    auto asked = std::move(std::get<InputRequired>(end));
    auto answer = co_await ask(call, context, std::move(asked), round);
    if (answer) co_return std::move(*answer);
  }
}

Task<std::string> Core::subscribe(Call& call, Context& context) {
  const auto uri = required_text(call.message.params, "uri");
  auto& news = call.session->news;
  if (news.watched() >= limits_.subscriptions) {
    throw Error{Errc::too_large, "This session watches too many resources.",
                "Unsubscribe from some first."};
  }
  auto asked = uri;
  co_await offer_.check_subscription(context, std::move(asked));
  watch_or_refuse(news, uri);
  co_return codec(*call.revision).empty();
}

std::string Core::unsubscribe(Call& call) {
  call.session->news.unwatch(required_text(call.message.params, "uri"));
  return codec(*call.revision).empty();
}

Task<std::string> Core::get_prompt(Call& call, Context& context) {
  auto name = required_text(call.message.params, "name");
  auto arguments = copy_object(call.message.params, "arguments");
  for (const auto& argument : arguments) {
    if (!argument.value().is_string()) {
      throw Error{Errc::invalid_argument, "Every argument of a prompt must be a string."};
    }
  }
  for (std::size_t round = 1;; ++round) {
    auto wanted = name;
    auto given = arguments;
    auto end = co_await offer_.get_prompt(context, std::move(wanted), std::move(given));
    if (auto* result = std::get_if<PromptResult>(&end)) {
      co_return codec(*call.revision).prompt(std::move(*result));
    }
    auto asked = std::move(std::get<InputRequired>(end));
    auto answer = co_await ask(call, context, std::move(asked), round);
    if (answer) co_return std::move(*answer);
  }
}

Task<std::string> Core::complete(Call& call, Context& context) {
  auto& params = call.message.params;
  const auto reference = copy_object(params, "ref");
  const auto argument = copy_object(params, "argument");
  const auto type = required_text(reference, "type");
  CompletionRequest request;
  if (type == "ref/prompt") {
    request.kind = "prompt";
    request.name = required_text(reference, "name");
  } else if (type == "ref/resource") {
    request.kind = "resource";
    request.name = required_text(reference, "uri");
  } else {
    throw Error{Errc::invalid_argument, "params.ref.type must be ref/prompt or ref/resource."};
  }
  request.argument = required_text(argument, "name");
  request.value = required_text(argument, "value");
  request.context = copy_object(params, "context");
  const auto result = co_await offer_.complete(context, std::move(request));
  co_return codec(*call.revision).completion(result);
}

namespace {

struct WantedLists {
  std::string_view member;
  ListKind kind;
  bool Families::*family;
};
constexpr WantedLists wanted_lists[] = {
    {"toolsListChanged", ListKind::tools, &Families::tools},
    {"promptsListChanged", ListKind::prompts, &Families::prompts},
    {"resourcesListChanged", ListKind::resources, &Families::resources},
};

std::vector<std::string> wanted_uris(const json::object& filter, std::size_t limit) {
  std::vector<std::string> uris;
  const auto* value = filter.if_contains("resourceSubscriptions");
  if (!value) return uris;
  const auto* list = value->if_array();
  const bool texts = list && std::ranges::all_of(*list, &json::value::is_string);
  if (!texts) {
    throw Error{Errc::invalid_argument, "resourceSubscriptions must be an array of URIs."};
  }
  if (list->size() > limit) {
    throw Error{Errc::invalid_argument, "resourceSubscriptions has too many URIs."};
  }
  for (const auto& uri : *list) uris.emplace_back(std::string_view{uri.get_string()});
  return uris;
}

}  // namespace

namespace {

json::object about(const Listening& listening) {
  return {{meta::subscription_id, json::parse(listening.id)}};
}

std::string acknowledgement(json::object honoured, json::object about_it) {
  const json::object params{{"notifications", std::move(honoured)}, {"_meta", std::move(about_it)}};
  return notification_text("notifications/subscriptions/acknowledged", params);
}

}  // namespace

Task<std::unique_ptr<Listening>> Core::begin_listening_in(Call& call, Context& context) {
  auto place = listens_.hold(call.principal->shareholder());
  const auto answer = place.resize(1);
  if (answer == FairShare::Answer::all_is_full) {
    throw Error{Errc::rate_limited, "Too many subscriptions are open.", "Try again later."};
  }
  if (answer == FairShare::Answer::own_share_is_full) {
    throw Error{Errc::rate_limited, "Too many subscriptions of this caller are open.",
                "Close some of them first."};
  }
  const auto* wanted_news = find_object(call.message.params, "notifications");
  if (!wanted_news) throw Error{Errc::invalid_argument, "params.notifications is missing."};
  const auto& filter = *wanted_news;
  const auto uris = wanted_uris(filter, limits_.subscriptions);

  auto listening = std::make_unique<Listening>(bus_, call.principal->shareholder());
  listening->place = std::move(place);
  auto& subscription = listening->news;
  json::object honoured;
  for (const auto& wanted : wanted_lists) {
    const auto* flag = filter.if_contains(wanted.member);
    if (!flag || !(info_.families.*wanted.family) || !bus_.may_change(wanted.kind)) continue;
    if (!flag->is_bool()) throw Error{Errc::invalid_argument, "A list flag must be a boolean."};
    if (!flag->get_bool()) continue;
    subscription.follow(wanted.kind);
    honoured.emplace(wanted.member, true);
  }
  json::array watched;
  for (const auto& uri : uris) {
    if (!info_.families.resources) break;
    try {
      auto asked = uri;
      co_await offer_.check_subscription(context, std::move(asked));
    } catch (const Error& error) {
      // It is left out of the answer's list, from which the client learns it.
      if (error.code == Errc::not_found || error.code == Errc::forbidden) continue;
      throw;
    }
    watch_or_refuse(subscription, uri);
    watched.emplace_back(uri);
  }
  if (!watched.empty()) honoured.emplace("resourceSubscriptions", std::move(watched));

  listening->principal = call.principal;
  listening->revision = call.revision;
  listening->id = call.message.id;
  listening->is_over = honoured.empty();
  listening->acknowledgement = acknowledgement(std::move(honoured), about(*listening));
  co_return listening;
}

std::optional<std::string> Core::next_news(Listening& listening) {
  while (auto news = listening.news.take()) {
    if (!news->list && !offer_.may_see(*listening.principal, news->uri)) continue;
    json::object params{{"_meta", about(listening)}};
    if (!news->list) params.emplace("uri", news->uri);
    return notification_text(news->method(), params);
  }
  return std::nullopt;
}

std::string Core::end_of(const Listening& listening) const {
  const auto result = codec(*listening.revision).listened(json::parse(listening.id));
  return response_text(listening.id, result);
}

// For transports that have one stream for everything.
Task<std::string> Core::listen(Call& call, Context& context) {
  const auto listening = co_await begin_listening_in(call, context);
  auto first = std::exchange(listening->acknowledgement, {});
  co_await call.outlet->send(std::move(first));
  const auto executor = co_await current_executor();
  Wakeup wakeup{executor};
  const NewsReader reader{listening->news, wakeup};
  while (!listening->is_over && !bus_.closed() && offer_.still_admits(*listening->principal)) {
    while (auto news = next_news(*listening)) co_await call.outlet->send(std::move(*news));
    if (!bus_.closed()) co_await wakeup.wait();
  }
  co_return codec(*call.revision).listened(json::parse(listening->id));
}

}  // namespace gmail_mcp::mcp
