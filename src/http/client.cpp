#include "http/client.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/answer_share.h"
#include "base/error.h"
#include "base/text.h"
#include "http/url.h"
#include "transfer/engine.h"

namespace gmail_mcp::http {

namespace {

// Memory is reserved at once for an announced body up to this size; for a larger one only as it
// arrives.
constexpr std::size_t trusted_length = std::size_t{1} << 20;
// Counted in steps, because the size of an answer is often not announced.
constexpr std::size_t counted_step = std::size_t{256} << 10;
constexpr std::chrono::milliseconds longest_connect{10'000};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc{};
  static_cast<void>(list.release());
  list.reset(longer);
}

// One request while libcurl works on it. In the frame of the task that sends it.
struct Running {
  ClientRequest request;
  ClientResponse response;
  bool once = false;     // no byte of the body may be sent twice
  std::size_t read = 0;  // of the body, by libcurl, when `once`
  int attempts = 0;      // connections on which sending was about to begin
  bool too_large = false;
  FairShare::Answer room = FairShare::Answer::granted;
  bool has_head = false;  // the empty line after it has arrived
  std::array<char, CURL_ERROR_SIZE> complaint{};

  // True once the server may have acted. Without a body the head is the whole request.
  bool may_have_acted() const { return request.sent_body().empty() ? attempts > 0 : read > 0; }
};

// libcurl repeats a request by itself when a kept connection turns out to be closed. It asks here
// before each attempt; once the server may have acted, the answer is no.
int before_request(void* self, char*, char*, int, int) {
  auto& running = *static_cast<Running*>(self);
  if (running.once && running.may_have_acted()) return CURL_PREREQFUNC_ABORT;
  ++running.attempts;
  return CURL_PREREQFUNC_OK;
}

std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self) {
  auto& running = *static_cast<Running*>(self);
  const auto piece = running.request.sent_body().substr(running.read, size * count);
  std::copy(piece.begin(), piece.end(), into);
  running.read += piece.size();
  return piece.size();
}

// The body is read once, forwards. Without this callback libcurl would try other ways to rewind.
int on_seek(void*, curl_off_t, int) { return CURL_SEEKFUNC_FAIL; }

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& running = *static_cast<Running*>(self);
  const std::string_view line{bytes, size * count};
  if (line.starts_with("HTTP/")) {
    running.response.headers = {};  // earlier ones belonged to a 1xx answer
    running.has_head = false;
    return line.size();
  }
  if (trim(line).empty()) running.has_head = true;
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) {
    running.response.headers.add(std::string{line.substr(0, colon)},
                                 std::string{trim(line.substr(colon + 1))});
  }
  return line.size();
}

std::size_t announced_length(const ClientResponse& response) {
  std::size_t announced = 0;
  const auto text = response.headers.get("Content-Length");
  std::from_chars(text.data(), text.data() + text.size(), announced);
  return announced;
}

// Whether the reader's share has room for a body of `size` bytes.
bool make_room(Running& running, std::size_t size) {
  auto& hold = running.response.hold;
  if (running.once || size <= uncounted_answer || size <= hold.size()) return true;
  std::size_t wanted = size + counted_step;
  if (hold.size() == 0) {
    hold = running.request.reader.hold();
    const bool is_plain = running.response.headers.find("Content-Encoding") == nullptr;
    if (is_plain) wanted = std::max(size, announced_length(running.response));
  }
  running.room = hold.resize(std::min(wanted, running.request.max_body));
  return running.room == FairShare::Answer::granted;
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& running = *static_cast<Running*>(self);
  auto& body = running.response.body;
  const std::size_t more = size * count;
  if (body.size() + more > running.request.max_body) {
    running.too_large = true;
    return 0;  // breaks the transfer off
  }
  if (!make_room(running, body.size() + more)) return 0;
  if (body.empty()) {
    body.reserve(std::max(more, std::min(announced_length(running.response), trusted_length)));
  }
  body.append(bytes, more);
  return more;
}

// A broken HTTP/2 connection fails every request on it, so a request that may be repeated gets
// another connection. This happens in practice: libcurl 7.88 sends a reset after each finished
// stream, and a server built on nghttp2 1.57 or newer hangs up after a thousand of them in quick
// succession.
bool lost_its_connection(CURLcode outcome) {
  return outcome == CURLE_HTTP2 || outcome == CURLE_HTTP2_STREAM;
}

bool breaks_line(std::string_view text) {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos;
}

std::string server_of(const Running& running) {
  const auto url = Url::parse(running.request.url);
  return url ? url->origin() : std::string{};
}

Error explain(CURLcode outcome, const Running& running) {
  const auto with_detail = [&](Error error) {
    const char* text =
        running.complaint[0] == '\0' ? curl_easy_strerror(outcome) : running.complaint.data();
    error.detail = text;
    return error;
  };
  // A request with an effect can fail in two ways only: certainly without the effect, or with an
  // unknown outcome.
  if (running.once && running.may_have_acted()) {
    return with_detail(Error{Errc::outcome_unknown,
                             "The connection broke before the server's answer arrived.",
                             "Look whether it has happened before trying again."});
  }
  if (running.room != FairShare::Answer::granted) return answer_refused(running.room);
  if (running.too_large) {
    return with_detail(
        Error{Errc::too_large, "The server's answer is too large.", "Ask for less at once."});
  }
  switch (outcome) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
      return with_detail(
          Error{Errc::misconfigured, "The server's certificate cannot be trusted.",
                "Check the clock, and ca_file if the server has a private authority."});
    case CURLE_OPERATION_TIMEDOUT:
      if (running.once) break;
      return with_detail(
          Error{Errc::timeout, "The server " + server_of(running) + " did not answer in time."});
    default: break;
  }
  return with_detail(Error{Errc::unavailable,
                           "The server " + server_of(running) + " could not be reached.",
                           "If it goes on, check that this machine may connect to it, and the "
                           "proxy in the settings if it needs one."});
}

class CurlClient final : public Client {
 public:
  CurlClient(boost::asio::io_context& loop, ClientOptions options)
      : options_{std::move(options)},
        engine_{loop, {options_.connections_per_host, options_.public_addresses_only}} {}

  Task<ClientResponse> send(ClientRequest request) override {
    return exchange(std::move(request), false);
  }

  Task<ClientResponse> send_once(ClientRequest request) override {
    return exchange(std::move(request), true);
  }

  void rest() override { engine_.rest(); }

 private:
  Task<ClientResponse> exchange(ClientRequest request, bool once) {
    Running running;
    running.request = std::move(request);
    running.once = once;
    List fields;
    const auto handle = prepare(running, fields);
    CURLcode outcome = co_await engine_.perform(handle.get());
    if (!once && lost_its_connection(outcome)) {
      running.response = {};
      running.has_head = false;
      outcome = co_await engine_.perform(handle.get());
    }
    // libcurl takes a head that was cut off for a whole one, although important fields may be
    // missing.
    if (outcome == CURLE_OK && !running.has_head) outcome = CURLE_RECV_ERROR;
    if (outcome != CURLE_OK) throw explain(outcome, running);
    co_return finish(handle.get(), running);
  }

  transfer::Engine::Handle prepare(Running& running, List& fields);
  static ClientResponse finish(CURL* easy, Running& running);

  ClientOptions options_;
  transfer::Engine engine_;
};

transfer::Engine::Handle CurlClient::prepare(Running& running, List& fields) {
  const ClientRequest& request = running.request;
  const auto parsed = Url::parse(request.url);
  const Url& url = parsed.value();
  const bool loopback = url.is_loopback();
  if (url.scheme != "https" && !loopback) {
    throw Error{Errc::misconfigured, "Plain http is spoken to this machine only.",
                "Use an https address."};
  }
  transfer::Rules rules;
  rules.protocols = loopback ? "http,https" : "https";
  rules.ca_file = options_.ca_file;
  if (!loopback) rules.proxy = options_.proxy;
  auto handle = engine_.handle(rules);
  CURL* easy = handle.get();

  // libcurl would take a long query apart and print it letter by letter, twice.
  curl_easy_setopt(easy, CURLOPT_URL, url.origin().c_str());
  const auto target = url.query.empty() ? url.path : url.path + "?" + url.query;
  curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, target.c_str());
  const bool tls = url.scheme == "https";
  const bool http2 = options_.http2 && tls;
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  // The requests of a burst wait for the first connection and share it, instead of opening one
  // each.
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, http2 ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, br");
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::min(request.timeout, longest_connect).count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, running.complaint.data());

  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.sent_body().empty() &&
             (request.method == "GET" || request.method == "DELETE")) {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.sent_body().size()));
    if (running.once && !request.sent_body().empty()) {
      curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
      curl_easy_setopt(easy, CURLOPT_READDATA, &running);
      curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    } else {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.sent_body().data());
    }
  }
  if (request.method != "GET" && request.method != "POST" && request.method != "HEAD") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  bool has_type = false;
  for (const auto& [name, value] : request.headers) {
    if (breaks_line(name) || breaks_line(value)) {
      throw Error{Errc::invalid_argument, "A header field must not hold a line break."};
    }
    has_type = has_type || equals_ignoring_case(name, "Content-Type");
    std::string line{name};
    line += value.empty() ? ";" : ": ";
    line += value;
    append(fields, line);
  }
  // A name without a value takes away what libcurl would add by itself.
  append(fields, "Expect:");
  if (!has_type) append(fields, "Content-Type:");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields.get());

  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &running);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &running);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &running);
  return handle;
}

ClientResponse CurlClient::finish(CURL* easy, Running& running) {
  ClientResponse response = std::move(running.response);
  long status = 0;
  long version = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  response.status = static_cast<int>(status);
  if (version == CURL_HTTP_VERSION_2_0) response.http_version = 20;
  if (version == CURL_HTTP_VERSION_1_0) response.http_version = 10;
  // The body is already decoded: fields that describe the encoded one would mislead.
  if (response.headers.find("Content-Encoding") != nullptr) {
    response.headers.remove("Content-Encoding");
    response.headers.remove("Content-Length");
  }
  return response;
}

}  // namespace

std::unique_ptr<Client> make_client(boost::asio::io_context& loop, ClientOptions options) {
  return std::make_unique<CurlClient>(loop, std::move(options));
}

}  // namespace gmail_mcp::http
