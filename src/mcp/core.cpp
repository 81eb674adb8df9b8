#include "mcp/core.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "crypto/random.h"
#include "mcp/params.h"
#include "mcp/progress.h"

namespace gmail_mcp::mcp {

Call modern_call(Message message, const Envelope& envelope, PrincipalPtr principal,
                 Outlet& outlet) {
  return Call{std::move(message),
              envelope.revision,
              std::move(principal),
              json::object(envelope.client_capabilities, json::storage_ptr()),
              envelope.log_level,
              nullptr,
              &outlet};
}

Call legacy_call(Message message, SessionPtr session, PrincipalPtr principal, Outlet& outlet) {
  const auto& agreed = *session;
  return Call{std::move(message),
              agreed.revision,
              std::move(principal),
              agreed.client_capabilities,
              agreed.log_level,
              std::move(session),
              &outlet};
}

Core::Core(Offer& offer, ServerInfo info, Limits limits, const Clock& clock, Log& log)
    : Core{offer, std::move(info), limits, clock, log, Options{}} {}

Core::Core(Offer& offer, ServerInfo info, Limits limits, const Clock& clock, Log& log,
           Options options)
    : offer_{offer},
      info_{std::move(info)},
      limits_{limits},
      log_{log},
      bus_{info_.changing, {limits.watched_bytes, limits.watched_bytes_of_one}},
      tool_lists_{offer},
      request_prefix_{crypto::random_token(6) + '-'},
      listens_{{limits.listens, limits.listens_of_one}},
      states_{std::move(options.states), limits.state_life, clock},
      work_pool_{options.work_pool},
      clock_{clock},
      waiting_{{limits.waiting_calls, limits.waiting_calls_of_one}} {
  codecs_.reserve(revisions().size());
  for (const auto& revision : revisions()) codecs_.emplace_back(revision, info_);
}

const Codec& Core::codec(const Revision& revision) const {
  return codecs_[static_cast<std::size_t>(&revision - revisions().data())];
}

Answer Core::refusal(const Call& call, Failure failure) {
  int status = 200;
  // Only these errors are about the server rather than about this call; a legacy client never gets
  // an HTTP status for a JSON-RPC error.
  if (call.revision && call.revision->era == Era::modern) {
    if (failure.code == RpcCode::method_not_found) status = 404;
    if (failure.code == RpcCode::missing_capability) status = 400;
    if (failure.code == RpcCode::header_mismatch) status = 400;
  }
  return {error_text(call.message.id, failure), status, true};
}

Core::Admitted Core::admit(const Call& call) const {
  const auto* rule = find_method(call.message.method);
  const bool opening = rule && (rule->method == Method::initialize || rule->method == Method::ping);
  if (!call.revision && !opening) {
    return refusal(call, {RpcCode::invalid_request,
                          "Send initialize first, or name the revision in params._meta."});
  }
  const bool modern = call.revision && call.revision->era == Era::modern;
  const bool exists = rule && (modern ? rule->modern : rule->legacy) &&
                      (!rule->family || info_.families.*rule->family);
  if (!exists) {
    return refusal(call, {RpcCode::method_not_found, "There is no such method."});
  }
  return rule->method;
}

std::optional<Answer> Core::answer_now(Call& call) {
  auto admitted = admit(call);
  if (auto* answer = std::get_if<Answer>(&admitted)) return std::move(*answer);
  const auto method = std::get<Method>(admitted);
  try {
    if (method == Method::list_tools) {
      // The one long answer that is always the same: it is copied only once, into the answer
      // itself.
      check_first_page(call.message.params);
      const auto generation = bus_.generation(ListKind::tools);
      const auto& list =
          tool_lists_.listing(*call.principal, *call.revision, codec(*call.revision), generation);
      return Answer{response_text(call.message.id, list)};
    }
    const auto result = result_now(method, call);
    if (!result) return std::nullopt;
    return Answer{response_text(call.message.id, *result)};
  } catch (...) {
    return failed(call, method, std::current_exception());
  }
}

std::optional<Answer> Core::answer_anyone(const Message& message, const Envelope& envelope) {
  const auto* rule = find_method(message.method);
  const bool discovers = message.kind == Message::Kind::request && rule != nullptr &&
                         rule->method == Method::discover && envelope.revision != nullptr;
  if (!discovers) return std::nullopt;
  return Answer{response_text(message.id, codec(*envelope.revision).discovered())};
}

std::optional<std::string> Core::result_now(Method method, Call& call) {
  const auto& principal = *call.principal;
  switch (method) {
    case Method::initialize: return initialize(call);
    case Method::ping: return call.revision ? codec(*call.revision).empty() : "{}";
    case Method::set_level: return set_level(call);
    case Method::discover: return codec(*call.revision).discovered();
    case Method::list_resources:
      check_first_page(call.message.params);
      return codec(*call.revision).resources(offer_.resources(principal));
    case Method::list_resource_templates:
      check_first_page(call.message.params);
      return codec(*call.revision).resource_templates(offer_.resource_templates(principal));
    case Method::list_prompts:
      check_first_page(call.message.params);
      return codec(*call.revision).prompts(offer_.prompts(principal));
    case Method::unsubscribe: return unsubscribe(call);
    case Method::list_tools:
    case Method::call_tool:
    case Method::read_resource:
    case Method::subscribe:
    case Method::get_prompt:
    case Method::complete:
    case Method::listen: break;
  }
  return std::nullopt;
}

Task<Answer> Core::handle(Call call) {
  if (auto answer = answer_now(call)) co_return std::move(*answer);
  const auto method = find_method(call.message.method)->method;
  std::exception_ptr thrown;
  try {
    Answer answer;
    const auto result = co_await result_later(method, call, answer.receipt);
    answer.text = response_text(call.message.id, result);
    co_return answer;
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return failed(call, method, thrown);
}

Task<std::string> Core::result_later(Method method, Call& call, Receipt& receipt) {
  RequestProgress progress{*call.outlet, *call.revision, progress_token(call.message.params),
                           call.log_level};
  Context context{call.principal, std::string{call.revision->name},
                  std::move(call.client_capabilities),
                  request_prefix_ + std::to_string(++requests_), &progress};
  const bool may_ask = method == Method::call_tool || method == Method::read_resource ||
                       method == Method::get_prompt;
  if (may_ask) see_abilities(call, context);
  if (may_ask && may_get_a_state(call, context)) call.binding = co_await binding_of(call);
  if (may_ask && is_later_round(call)) co_await read_round(call, context);
  std::string result;
  switch (method) {
    case Method::call_tool: result = co_await call_tool(call, context, receipt); break;
    case Method::read_resource: result = co_await read_resource(call, context, receipt); break;
    case Method::subscribe: result = co_await subscribe(call, context); break;
    case Method::get_prompt: result = co_await get_prompt(call, context); break;
    case Method::complete: result = co_await complete(call, context); break;
    case Method::listen: result = co_await listen(call, context); break;
    case Method::initialize:
    case Method::ping:
    case Method::set_level:
    case Method::discover:
    case Method::list_tools:
    case Method::list_resources:
    case Method::list_resource_templates:
    case Method::unsubscribe:
    case Method::list_prompts: break;  // answered already
  }
  co_return result;
}

Task<Core::BegunListening> Core::begin_listening(Call call) {
  std::exception_ptr thrown;
  try {
    Context context{call.principal, std::string{call.revision->name},
                    std::move(call.client_capabilities),
                    request_prefix_ + std::to_string(++requests_)};
    BegunListening begun = co_await begin_listening_in(call, context);
    co_return begun;
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return failed(call, Method::listen, thrown);
}

std::optional<Answer> Core::check_param_headers(const Call& call, const http::Headers& headers) {
  if (call.message.method != "tools/call" || !info_.families.tools) return std::nullopt;
  const auto* name = call.message.params.if_contains("name");
  if (!name || !name->is_string()) return std::nullopt;
  try {
    const auto generation = bus_.generation(ListKind::tools);
    const auto& rules = tool_lists_.header_rules(*call.principal, name->get_string(), generation);
    if (rules.empty()) return std::nullopt;
    const auto* arguments = call.message.params.if_contains("arguments");
    const json::object none;
    const bool given = arguments && arguments->is_object();
    auto failure = mcp::check_param_headers(rules, given ? arguments->get_object() : none, headers);
    if (!failure) return std::nullopt;
    return refusal(call, std::move(*failure));
  } catch (...) {
    return failed(call, Method::call_tool, std::current_exception());
  }
}

namespace {

json::value error_data(const Error& error) {
  json::object data{{"code", to_string(error.code)}, {"retryable", error.retryable()}};
  if (!error.hint.empty()) data.emplace("hint", error.hint);
  if (error.retry_after) data.emplace("retry_after", error.retry_after->count());
  if (!error.connect_url.empty()) data.emplace("connect_url", error.connect_url);
  return data;
}

RpcCode rpc_code(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
    case Errc::not_found: return RpcCode::invalid_params;
    case Errc::internal:
    case Errc::unauthenticated:
    case Errc::forbidden:
    case Errc::insufficient_scope:
    case Errc::conflict:
    case Errc::reconnect_required:
    case Errc::outcome_unknown:
    case Errc::too_large:
    case Errc::unsupported:
    case Errc::rate_limited:
    case Errc::unavailable:
    case Errc::misconfigured:
    case Errc::timeout: break;
  }
  return RpcCode::internal_error;
}

bool lacks_scope(const Error& error) {
  return error.code == Errc::forbidden && !error.missing_scope.empty();
}

bool is_about_a_resource(Method method) {
  return method == Method::read_resource || method == Method::subscribe;
}

}  // namespace

Answer Core::failed(const Call& call, Method method, const std::exception_ptr& thrown) {
  std::string detail;
  try {
    std::rethrow_exception(thrown);
  } catch (const MissingCapability& error) {
    if (call.revision->era == Era::legacy) {
      if (method == Method::call_tool) {
        return Answer{response_text(call.message.id, tool_failure(call, error))};
      }
      return refusal(call, {rpc_code(error.code), error.message, error_data(error)});
    }
    json::object data{{"requiredCapabilities", error.required}};
    return refusal(call, {RpcCode::missing_capability, error.message, std::move(data)});
  } catch (const Error& error) {
    if (error.code == Errc::internal || error.code == Errc::misconfigured) {
      log_.error(
          "mcp request failed",
          {{"method", call.message.method}, {"error", error.message}, {"detail", error.detail}});
    }
    if (error.code == Errc::not_found && is_about_a_resource(method)) {
      json::object data;
      if (const auto* uri = call.message.params.if_contains("uri")) data.emplace("uri", *uri);
      return refusal(call, {call.revision->missing_resource, error.message, std::move(data)});
    }
    auto answer = refusal(call, {rpc_code(error.code), error.message, error_data(error)});
    if (lacks_scope(error)) answer.challenge = error;
    return answer;
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) throw;
    detail = error.what();
  } catch (const std::bad_alloc&) {
    const Error busy{Errc::unavailable, "The server is out of memory.", "Try again later."};
    return refusal(call, {rpc_code(busy.code), busy.message, error_data(busy)});
  } catch (const std::exception& error) {
    detail = error.what();
  }
  log_.error("mcp request failed", {{"method", call.message.method}, {"detail", detail}});
  const Error internal{Errc::internal, "Something went wrong inside the server."};
  return refusal(call, {RpcCode::internal_error, internal.message, error_data(internal)});
}

}  // namespace gmail_mcp::mcp
