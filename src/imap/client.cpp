#include "imap/client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "imap/client_state.h"
#include "imap/deflate_stream.h"
#include "net/dial.h"

namespace gmail_mcp::imap {

namespace {

using Condition = StatusResponse::Condition;

}  // namespace

void Client::State::learn(const StatusResponse& status) {
  if (status.code == "CAPABILITY") {
    capabilities = read_words(status.argument);
  } else if (status.code == "COPYUID") {
    copied = read_copied(status.argument);
  }
}

void Client::State::overhear(const Response& response, bool taken) {
  if (const auto* status = std::get_if<StatusResponse>(&response)) {
    learn(*status);
  } else if (const auto* list = std::get_if<CapabilityList>(&response)) {
    capabilities = list->names;
  } else if (taken || !selected) {
    return;
  } else if (const auto* exists = std::get_if<Exists>(&response)) {
    has_changed = has_changed || exists->messages != selected->exists;
    selected->exists = exists->messages;
  } else if (std::holds_alternative<Expunged>(response)) {
    has_changed = true;
    if (selected->exists > 0) --selected->exists;
  } else if (std::holds_alternative<Fetched>(response)) {
    has_changed = true;
  }
}

bool Client::State::can(std::string_view capability) const {
  return std::any_of(capabilities.begin(), capabilities.end(),
                     [&](const std::string& one) { return equals_ignoring_case(one, capability); });
}

std::optional<std::uint64_t> Client::State::number_of(std::string_view capability) const {
  for (const auto& one : capabilities) {
    if (!one.starts_with(capability) || one.size() <= capability.size() + 1) continue;
    std::uint64_t number = 0;
    const char* begin = one.data() + capability.size() + 1;
    const auto [end, failed] = std::from_chars(begin, one.data() + one.size(), number);
    if (failed == std::errc{}) return number;
  }
  return std::nullopt;
}

LiteralRule Client::State::literals() const {
  return can("LITERAL+") || can("LITERAL-") ? LiteralRule::small_at_once : LiteralRule::wait;
}

Task<void> Client::State::ask_capabilities() {
  capabilities.clear();
  auto ask = command("CAPABILITY");
  co_await run(std::move(ask));
}

Task<StatusResponse> Client::State::run(CommandWriter command, Conversation::Take take,
                                        Asked asked) {
  Conversation::Command full;
  full.pieces = std::move(command).finish();
  full.take = std::move(take);
  auto status = co_await conversation.run(std::move(full));
  if (!status.is_ok()) throw failure_of(status, asked);
  co_return status;
}

Client::Client(std::unique_ptr<State> state) : state_{std::move(state)} {}
Client::~Client() = default;

Task<std::unique_ptr<Client>> Client::greet(std::unique_ptr<net::Stream> stream, Limits limits) {
  const auto executor = co_await current_executor();
  auto state = std::make_unique<State>(executor, std::move(stream), limits);
  const auto greeting = co_await state->conversation.greeting();
  // PREAUTH means already signed in, but nobody knows as whom.
  if (greeting.condition != Condition::ok) throw failure_of(greeting, Asked::greeting);
  co_return std::unique_ptr<Client>{new Client{std::move(state)}};
}

Task<std::unique_ptr<Client>> Client::connect(Server server,
                                              std::shared_ptr<const net::TlsContext> tls,
                                              Limits limits) {
  if (server.encryption == Encryption::none && !net::is_loopback_host(server.host)) {
    throw Error{Errc::misconfigured, "IMAP without TLS is for servers on this machine.",
                "Set mail.imap_tls to implicit or starttls."};
  }
  net::DialOptions dial;
  dial.host = server.host;
  dial.port = server.port;
  dial.timeout = limits.dial;
  if (server.encryption == Encryption::implicit) dial.tls = tls;
  auto stream = co_await net::dial(std::move(dial));
  auto client = co_await greet(std::move(stream), limits);
  if (server.encryption != Encryption::starttls) co_return client;

  auto& state = *client->state_;
  if (state.capabilities.empty()) co_await state.ask_capabilities();
  if (!state.can("STARTTLS")) {
    throw Error{Errc::misconfigured, "The mail server does not offer STARTTLS.",
                "Set mail.imap_tls to implicit, and mail.imap_port to its port for TLS."};
  }
  Conversation::Command upgrade;
  upgrade.pieces = state.command("STARTTLS").finish();
  upgrade.ends_stream = true;
  const auto status = co_await state.conversation.run(std::move(upgrade));
  if (!status.is_ok()) throw failure_of(status, Asked::greeting);
  if (!state.conversation.is_open()) throw connection_lost();
  // What came unencrypted may have come from anybody.
  state.capabilities.clear();
  auto encrypted = co_await net::start_tls(state.conversation.take_stream(), server.host,
                                           std::move(tls), limits.dial);
  state.conversation.set_stream(std::move(encrypted));
  co_return client;
}

bool Client::can(std::string_view capability) const { return state_->can(capability); }

const Selected* Client::selected() const { return state_->selected ? &*state_->selected : nullptr; }

Task<void> Client::noop() {
  auto command = state_->command("NOOP");
  co_await state_->run(std::move(command));
}

Task<bool> Client::idle(std::chrono::milliseconds limit) {
  auto& state = *state_;
  if (!state.has_changed) {
    if (!state.can("IDLE")) {
      throw Error{Errc::unsupported, "The mail server cannot announce new mail."};
    }
    std::function<bool()> happened = [&state] { return state.has_changed; };
    const auto end = co_await state.conversation.idle(limit, std::move(happened));
    if (!end.is_ok()) throw failure_of(end, Asked::command);
  }
  co_return std::exchange(state.has_changed, false);
}

Task<bool> Client::compress() {
  auto& state = *state_;
  if (!state.can("COMPRESS=DEFLATE")) co_return false;
  Conversation::Command command;
  command.pieces = state.command("COMPRESS DEFLATE").finish();
  command.ends_stream = true;
  const auto status = co_await state.conversation.run(std::move(command));
  // [COMPRESSIONACTIVE]: TLS compresses already.
  if (!status.is_ok()) co_return false;
  if (!state.conversation.is_open()) throw connection_lost();
  state.conversation.set_stream(make_deflate_stream(state.conversation.take_stream()));
  co_return true;
}

Task<void> Client::logout() {
  auto& state = *state_;
  if (!state.conversation.is_open()) co_return;
  Conversation::Command command;
  command.pieces = state.command("LOGOUT").finish();
  try {
    co_await state.conversation.run(std::move(command));
  } catch (const Error&) {
    // The server hung up without a BYE.
  }
  state.conversation.close();
}

void Client::doubt() { state_->conversation.doubt(); }

std::chrono::milliseconds Client::limit_silence(std::chrono::milliseconds silence) {
  return state_->conversation.limit_silence(silence);
}
void Client::close() { state_->conversation.close(); }
bool Client::is_open() const { return state_->conversation.is_alive(); }
std::size_t Client::in_flight() const { return state_->conversation.in_flight(); }

}  // namespace gmail_mcp::imap
