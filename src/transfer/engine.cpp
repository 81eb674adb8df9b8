#include "transfer/engine.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "net/address.h"
#include "net/tls.h"

namespace gmail_mcp::transfer {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

// Open connections that stay while nothing is transferred, so that the next request needs no
// handshake.
constexpr std::size_t connections_at_rest = 8;

void start_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

// Whether the address, which libcurl is about to connect to, is a public one.
bool leads_to_internet(const curl_sockaddr& address) {
  const auto* any = static_cast<const void*>(&address.addr);
  if (address.family == AF_INET) {
    const auto* v4 = static_cast<const sockaddr_in*>(any);
    return net::is_public(asio::ip::address_v4{ntohl(v4->sin_addr.s_addr)});
  }
  // The field is declared shorter than the address that libcurl keeps in it.
  if (address.family != AF_INET6 || address.addrlen < sizeof(sockaddr_in6)) return false;
  const auto* v6 = static_cast<const sockaddr_in6*>(any);
  asio::ip::address_v6::bytes_type bytes;
  std::copy(std::begin(v6->sin6_addr.s6_addr), std::end(v6->sin6_addr.s6_addr), bytes.begin());
  return net::is_public(asio::ip::address_v6{bytes, v6->sin6_scope_id});
}

// A socket of libcurl's and what libcurl wants to know about it.
struct Watch {
  Watch(const Executor& executor, curl_socket_t socket, bool ours)
      : descriptor{executor, socket}, ours{ours} {}

  Descriptor descriptor;
  // We opened it, so we are told when it is closed, and keep it registered from one transfer to the
  // next: that saves three system calls for each.
  bool ours;
  bool wants_in = false;
  bool wants_out = false;
  bool waits_in = false;
  bool waits_out = false;
};

}  // namespace

struct Engine::State : std::enable_shared_from_this<Engine::State> {
  State(const Executor& executor, const EngineOptions& options)
      : executor{executor}, options{options}, timer{executor} {}

  void start();
  void begin(Transfer& transfer);
  void act(curl_socket_t socket, int events);
  void collect();
  void watch(curl_socket_t socket, int what);
  void wait_in(const std::shared_ptr<Watch>& watch);
  void wait_out(const std::shared_ptr<Watch>& watch);
  void set_timer(long milliseconds);
  void run_timer();
  void stop_timer();
  void act_if_due();
  void rest();
  void close_connections();
  void stop();

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close(void* self, curl_socket_t socket);
  static int on_timer(CURLM*, long milliseconds, void* self);

  Executor executor;
  EngineOptions options;
  // One wait for the next thing libcurl has to do. Nearly every transfer postpones it, so letting
  // the wait end too early and begin again is cheaper than moving it each time.
  Timer timer;
  Timer::time_point due = Timer::time_point::max();
  bool timer_runs = false;
  std::size_t timer_waits = 0;
  bool act_is_posted = false;
  bool acts_at_once = false;
  bool stopped = false;
  std::size_t most_of_one = 100;  // as libcurl begins
  CURLM* multi = nullptr;
  bool was_used = false;  // since the last rest()
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches;
  std::unordered_set<Transfer*> transfers;
};

void Engine::State::start() {
  if (multi != nullptr) return;
  start_libcurl();
  multi = curl_multi_init();
  if (multi == nullptr) throw Error{Errc::internal, "Outgoing connections could not be set up."};
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &State::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &State::on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<long>(options.connections_per_host));
  // Otherwise libcurl keeps four idle connections per running request, and in a quiet moment closes
  // the ones that the next burst must open again, each with a TLS handshake.
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections_per_host));
  curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, static_cast<long>(most_of_one));
}

int Engine::State::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<State*>(self)->watch(socket, what);
  return 0;
}

int Engine::State::on_timer(CURLM*, long milliseconds, void* self) {
  static_cast<State*>(self)->set_timer(milliseconds);
  return 0;
}

void Engine::State::watch(curl_socket_t socket, int what) {
  auto place = watches.find(socket);
  if (what == CURL_POLL_REMOVE) {
    if (place == watches.end()) return;
    const auto watch = place->second;
    watch->wants_in = watch->wants_out = false;
    if (watch->ours) {
      // A wait on an idle connection would keep the loop from ending.
      error_code ignored;
      watch->descriptor.cancel(ignored);
    } else {
      watches.erase(place);
      watch->descriptor.release();  // libcurl closes it without telling us
    }
    return;
  }
  if (place == watches.end()) {
    place = watches.emplace(socket, std::make_shared<Watch>(executor, socket, false)).first;
  }
  const auto watch = place->second;
  watch->wants_in = (what & CURL_POLL_IN) != 0;
  watch->wants_out = (what & CURL_POLL_OUT) != 0;
  wait_in(watch);
  wait_out(watch);
}

curl_socket_t Engine::State::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& state = *static_cast<State*>(self);
  if (state.options.public_addresses_only && !leads_to_internet(*address)) return CURL_SOCKET_BAD;
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                              address->protocol);
  if (socket < 0) return CURL_SOCKET_BAD;
  try {
    state.watches.emplace(socket, std::make_shared<Watch>(state.executor, socket, true));
  } catch (...) {
    ::close(socket);
    return CURL_SOCKET_BAD;
  }
  return socket;
}

int Engine::State::on_close(void* self, curl_socket_t socket) {
  auto& state = *static_cast<State*>(self);
  const auto place = state.watches.find(socket);
  if (place != state.watches.end()) {
    const auto watch = place->second;
    state.watches.erase(place);
    watch->wants_in = watch->wants_out = false;
    watch->descriptor.release();
  }
  return ::close(socket);
}

void Engine::State::wait_in(const std::shared_ptr<Watch>& watch) {
  if (!watch->wants_in || watch->waits_in) return;
  watch->waits_in = true;
  watch->descriptor.async_wait(Descriptor::wait_read,
                               [self = shared_from_this(), watch](const error_code& failed) {
                                 watch->waits_in = false;
                                 if (!watch->wants_in) return;
                                 // Cancelled and wanted again in between, when it was aborted.
                                 if (failed != asio::error::operation_aborted) {
                                   self->act(watch->descriptor.native_handle(), CURL_CSELECT_IN);
                                 }
                                 self->wait_in(watch);
                               });
}

void Engine::State::wait_out(const std::shared_ptr<Watch>& watch) {
  if (!watch->wants_out || watch->waits_out) return;
  watch->waits_out = true;
  watch->descriptor.async_wait(Descriptor::wait_write,
                               [self = shared_from_this(), watch](const error_code& failed) {
                                 watch->waits_out = false;
                                 if (!watch->wants_out) return;
                                 // Cancelled and wanted again in between, when it was aborted.
                                 if (failed != asio::error::operation_aborted) {
                                   self->act(watch->descriptor.native_handle(), CURL_CSELECT_OUT);
                                 }
                                 self->wait_out(watch);
                               });
}

void Engine::State::set_timer(long milliseconds) {
  if (milliseconds < 0) {
    stop_timer();
    return;
  }
  due = Timer::clock_type::now() + std::chrono::milliseconds{milliseconds};
  if (milliseconds > 0) {
    run_timer();
  } else if (!act_is_posted && !acts_at_once) {
    // libcurl must not be called from its own callback, not even when it asks for "now".
    act_is_posted = true;
    asio::post(executor, [self = shared_from_this()] {
      self->act_is_posted = false;
      self->act_if_due();
    });
  }
}

void Engine::State::run_timer() {
  if (timer_runs && timer.expiry() <= due) return;
  timer.expires_at(due);
  timer_runs = true;
  timer.async_wait([self = shared_from_this(), wait = ++timer_waits](const error_code&) {
    if (wait != self->timer_waits) return;
    self->timer_runs = false;
    self->act_if_due();
  });
}

void Engine::State::stop_timer() {
  due = Timer::time_point::max();
  timer_runs = false;
  ++timer_waits;  // an earlier wait no longer matters
  timer.cancel();
}

void Engine::State::act_if_due() {
  if (due == Timer::time_point::max()) return;
  if (Timer::clock_type::now() < due) return run_timer();
  due = Timer::time_point::max();
  act(CURL_SOCKET_TIMEOUT, 0);
}

void Engine::State::act(curl_socket_t socket, int events) {
  if (multi == nullptr) return;
  int running = 0;
  curl_multi_socket_action(multi, socket, events, &running);
  collect();
}

void Engine::State::collect() {
  int left = 0;
  while (multi != nullptr) {
    const CURLMsg* message = curl_multi_info_read(multi, &left);
    if (message == nullptr) return;
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode outcome = message->data.result;
    CURL* easy = message->easy_handle;  // `message` dies with the next call
    Transfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    curl_multi_remove_handle(multi, easy);
    transfers.erase(transfer);
    transfer->outcome_ = outcome;
    transfer->ended_.set();
  }
}

void Engine::State::begin(Transfer& transfer) {
  if (stopped) return transfer.ended_.set();
  start();
  was_used = true;
  transfers.insert(&transfer);
  curl_easy_setopt(transfer.easy_, CURLOPT_PRIVATE, &transfer);
  // libcurl asks to be called at once, which is what happens next.
  acts_at_once = true;
  const bool added = curl_multi_add_handle(multi, transfer.easy_) == CURLM_OK;
  acts_at_once = false;
  if (!added) {
    transfers.erase(&transfer);
    throw Error{Errc::internal, "An outgoing request could not be started."};
  }
  due = Timer::time_point::max();
  act(CURL_SOCKET_TIMEOUT, 0);
}

void Engine::State::rest() {
  const bool is_quiet = !was_used && transfers.empty();
  was_used = false;
  // The next transfer makes the rest anew.
  if (is_quiet && watches.size() > connections_at_rest) close_connections();
}

// No transfer may be under way.
void Engine::State::close_connections() {
  // on_socket and on_close give their sockets back.
  if (multi != nullptr) curl_multi_cleanup(multi);
  multi = nullptr;
  stop_timer();
  for (auto& [socket, watch] : watches) {
    watch->wants_in = watch->wants_out = false;
    watch->descriptor.release();
  }
  watches.clear();
}

void Engine::State::stop() {
  stopped = true;
  for (Transfer* transfer : transfers) {
    curl_multi_remove_handle(multi, transfer->easy_);
    transfer->ended_.set();
  }
  transfers.clear();
  close_connections();
}

Engine::Engine(boost::asio::io_context& loop, EngineOptions options)
    : state_{std::make_shared<State>(loop.get_executor(), options)} {}

Engine::~Engine() { stop(); }

void Engine::stop() { state_->stop(); }

void Engine::rest() { state_->rest(); }

void Engine::share_connections_by(std::size_t most) {
  if (state_->stopped || state_->most_of_one == most) return;
  state_->most_of_one = most;
  if (state_->multi == nullptr) return;  // it is told when it is made
  curl_multi_setopt(state_->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, static_cast<long>(most));
}

Engine::Handle Engine::handle(const Rules& rules) {
  start_libcurl();
  Handle handle{curl_easy_init()};
  if (handle == nullptr) throw Error{Errc::internal, "Outgoing connections could not be set up."};
  CURL* easy = handle.get();
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Otherwise breaking off a transfer would block the loop until its name is resolved.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, rules.protocols.c_str());
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  // Setting these, even to nothing, keeps libcurl from reading the environment.
  curl_easy_setopt(easy, CURLOPT_PROXY, rules.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, net::tls_1_2_ciphers);
  if (!rules.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, rules.ca_file.c_str());
    // Instead of the system's authorities, not beside them.
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &State::on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, state_.get());
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &State::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, state_.get());
  return handle;
}

void Engine::Discard::operator()(CURL* easy) const { curl_easy_cleanup(easy); }

Engine::Transfer::Transfer(Engine& engine, CURL* easy)
    : state_{engine.state_}, ended_{state_->executor}, easy_{easy} {
  state_->begin(*this);
}

// However its frame ends, libcurl must not call into it afterwards.
Engine::Transfer::~Transfer() {
  if (state_->transfers.erase(this) > 0) curl_multi_remove_handle(state_->multi, easy_);
}

}  // namespace gmail_mcp::transfer
