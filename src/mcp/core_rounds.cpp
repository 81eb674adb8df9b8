// Questions to the client while it waits for a result: input_required for modern clients, requests
// of the server for legacy ones.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/offload.h"
#include "mcp/core.h"
#include "mcp/params.h"

namespace gmail_mcp::mcp {

namespace {

constexpr std::string_view elicitation = "elicitation/create";

const json::object* declared(const json::object& capabilities, std::string_view name) {
  const auto* value = capabilities.if_contains(name);
  return value ? value->if_object() : nullptr;
}

bool asks_by_url(const InputRequest& request) {
  const auto* mode = request.params.if_contains("mode");
  return mode && mode->is_string() && mode->get_string() == "url";
}

// nullopt: the client can be asked this.
std::optional<json::object> lacking(const InputRequest& request, const Context& context,
                                    bool has_channel) {
  const auto require = [&](std::string_view name) -> std::optional<json::object> {
    if (has_channel && declared(context.client_capabilities, name)) return std::nullopt;
    return json::object{{name, json::object{}}};
  };
  if (request.method == "sampling/createMessage") return require("sampling");
  if (request.method == "roots/list") return require("roots");
  if (request.method != elicitation) {
    throw Error{Errc::internal, "Clients cannot be asked " + request.method + "."};
  }
  const bool by_url = asks_by_url(request);
  if (by_url ? context.can_ask_by_url : context.can_ask_by_form) return std::nullopt;
  const json::object mode{{by_url ? "url" : "form", json::object{}}};
  return json::object{{"elicitation", mode}};
}

json::object read_answers(const json::object& params) {
  const auto* value = params.if_contains("inputResponses");
  if (!value) return {};
  const auto* answers = value->if_object();
  if (!answers) throw Error{Errc::invalid_argument, "params.inputResponses must be an object."};
  for (const auto& answer : *answers) {
    if (answer.value().is_object()) continue;
    throw Error{Errc::invalid_argument, "Every member of params.inputResponses must be an object."};
  }
  // A plain copy would stay in the message's memory.
  return json::object(*answers, json::storage_ptr());
}

// While it lives, the time of the call stands still.
class WaitingForClient {
 public:
  WaitingForClient(ClientTime* time, const Clock& clock) : time_{time}, clock_{clock} {
    if (time_) time_->begin(clock_.steady_now());
  }
  ~WaitingForClient() {
    if (time_) time_->end(clock_.steady_now());
  }
  WaitingForClient(const WaitingForClient&) = delete;
  WaitingForClient& operator=(const WaitingForClient&) = delete;

 private:
  ClientTime* time_;
  const Clock& clock_;
};

// What a handler gets for a question that a legacy client has not answered with a result.
json::object without_result(const InputRequest& request, const Reply* reply) {
  if (request.method == elicitation) return {{"action", "cancel"}};
  if (!reply)
    throw Error{Errc::timeout, "The client did not answer " + request.method + " in time."};
  throw Error{Errc::unsupported, "The client did not do " + request.method + "."};
}

}  // namespace

void Core::see_abilities(const Call& call, Context& context) {
  const auto& revision = *call.revision;
  const bool has_channel = revision.era == Era::modern || call.may_ask;
  const auto* asking = declared(context.client_capabilities, "elicitation");
  if (!revision.elicitation || !has_channel || !asking) return;
  // A client that names no mode has forms only, as all had before there were pages.
  context.can_ask_by_form =
      !revision.url_elicitation || asking->contains("form") || !asking->contains("url");
  context.can_ask_by_url = revision.url_elicitation && asking->contains("url");
}

bool Core::is_later_round(const Call& call) {
  const auto& params = call.message.params;
  return call.revision->era == Era::modern &&
         (params.contains("inputResponses") || params.contains("requestState"));
}

bool Core::may_get_a_state(const Call& call, const Context& context) {
  const auto& able = context.client_capabilities;
  return call.revision->era == Era::modern &&
         (call.message.params.contains("requestState") || declared(able, "elicitation") ||
          declared(able, "sampling") || declared(able, "roots"));
}

Task<void> Core::read_round(Call& call, Context& context) {
  const auto& params = call.message.params;
  context.answers = read_answers(params);
  const auto* sealed = params.if_contains("requestState");
  if (!sealed) co_return;
  std::optional<std::string> state;
  if (sealed->is_string()) state = states_.open(sealed->get_string(), *call.binding);
  // One sentence for every reason, which tells a forger nothing.
  if (!state) {
    throw Error{Errc::invalid_argument,
                "params.requestState is not valid for this request, or no longer.",
                "Send the request again without it."};
  }
  context.state = std::move(*state);
}

Task<StateBinding> Core::binding_of(const Call& call) {
  const auto& params = call.message.params;
  auto digest = [&params] { return digest_of(params); };
  StateBinding binding;
  binding.caller = call.principal->identity();
  binding.method = call.message.method;
  binding.digest = co_await offload(work_pool_, bytes_of(params), digest);
  co_return binding;
}

Task<std::optional<std::string>> Core::ask(Call& call, Context& context, InputRequired asked,
                                           std::size_t round) {
  std::optional<std::string> answer;
  const bool modern = call.revision->era == Era::modern;
  if (asked.requests.empty() && asked.state.empty()) {
    throw Error{Errc::internal, "A handler asked for nothing."};
  }
  for (const auto& request : asked.requests) {
    auto missing = lacking(request, context, modern || call.may_ask);
    if (missing) throw MissingCapability{std::move(*missing)};
  }
  if (modern) {
    answer = co_await ask_by_result(call, std::move(asked));
    co_return answer;
  }
  if (round > limits_.rounds || asked.requests.size() > limits_.questions_of_round) {
    throw Error{Errc::unsupported, "The server asked the client too much for one request.",
                "Try again, and answer with all that is asked for."};
  }
  auto answers = co_await answers_to(call, asked.requests);
  context.answers = std::move(answers);
  context.state = std::move(asked.state);
  co_return answer;
}

Task<std::string> Core::ask_by_result(Call& call, InputRequired asked) {
  std::string sealed;
  if (!asked.state.empty()) {
    if (!call.binding) call.binding = co_await binding_of(call);
    sealed = states_.seal(asked.state, *call.binding);
  }
  co_return codec(*call.revision).input_required(asked.requests, sealed);
}

Task<json::object> Core::answers_to(Call& call, std::vector<InputRequest> requests) {
  auto waiting = waiting_.hold(call.principal->shareholder());
  if (waiting.resize(1) != FairShare::Answer::granted) {
    throw Error{Errc::rate_limited, "Too many requests of this caller wait for answers.",
                "Answer or cancel some of them first."};
  }
  const auto executor = co_await current_executor();
  Wakeup replied{executor};
  std::vector<std::unique_ptr<Questions::Open>> open;
  for (const auto& request : requests) {
    const auto id = request_prefix_ + "asks-" + std::to_string(++asked_);
    auto& one = *open.emplace_back(std::make_unique<Questions::Open>(
        call.session->questions, '"' + id + '"', *call.outlet, replied));
    const auto params = codec(*call.revision).question(request, id);
    auto text = request_text(one.id(), request.method, params);
    co_await call.outlet->send(std::move(text));
  }
  {
    const WaitingForClient standing{call.client_time, clock_};
    const auto deadline = clock_.steady_now() + limits_.answer_wait;
    const auto is_replied = [](const auto& one) { return one->reply() != nullptr; };
    while (!std::ranges::all_of(open, is_replied)) {
      const auto left = deadline - clock_.steady_now();
      if (left.count() <= 0) break;
      co_await replied.wait(std::chrono::ceil<std::chrono::milliseconds>(left));
    }
  }
  json::object answers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto* reply = open[i]->reply();
    const bool good = reply && !reply->is_error;
    answers[requests[i].key] = good ? std::move(reply->result) : without_result(requests[i], reply);
  }
  co_return answers;
}

}  // namespace gmail_mcp::mcp
