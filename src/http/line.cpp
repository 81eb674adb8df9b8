#include "http/line.h"

#include <algorithm>
#include <charconv>

#include "base/answer_share.h"
#include "base/text.h"

namespace gmail_mcp::http {

namespace {

// Memory is reserved at once for an announced body up to this size; for a larger one only as it
// arrives.
constexpr std::size_t trusted_length = std::size_t{1} << 20;
// Counted in steps, because the size of an answer is often not announced.
constexpr std::size_t counted_step = std::size_t{256} << 10;
constexpr std::chrono::milliseconds longest_connect{10'000};
// A line whose fields needed more is not kept.
constexpr std::size_t usual_fields = std::size_t{8} << 10;

// The body is read once, forwards. Without this callback libcurl would try other ways to rewind.
int on_seek(void*, curl_off_t, int) { return CURL_SEEKFUNC_FAIL; }

std::size_t announced_length(const ClientResponse& response) {
  std::size_t announced = 0;
  const auto text = response.headers.get("Content-Length");
  std::from_chars(text.data(), text.data() + text.size(), announced);
  return announced;
}

bool breaks_line(std::string_view text) {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos;
}

// A field without a value takes away what libcurl would add by itself, so one that shall be sent
// without is written with a semicolon (CURLOPT_HTTPHEADER).
void write_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(value.empty() ? ";" : ": ").append(value).push_back('\0');
}

}  // namespace

Shape shape_of(const ClientRequest& request, bool once) {
  const bool has_body = !request.sent_body().empty();
  if (request.method == "GET" && !has_body) return Shape::get;
  if (request.method != "POST") return Shape::other;
  return once && has_body ? Shape::post_once : Shape::post;
}

Line::Line(transfer::Engine& engine, const LineRules& rules, Shape shape)
    : rules_{rules}, shape_{shape}, easy_{engine.handle(rules.transfer)} {
  CURL* easy = handle();
  // A server that was taken apart once: libcurl would parse and print it anew for each request, and
  // a long query letter by letter.
  curl_easy_setopt(easy, CURLOPT_CURLU, rules.server);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(rules.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  // What may arrive; what is asked for is among our own fields, because libcurl would write the
  // field in two steps each time.
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, br");
  // For the proxy; the server reads it in our own fields.
  if (!rules.transfer.proxy.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERAGENT, rules.user_agent.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, complaint_.data());
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Line::before_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Line::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Line::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  if (shape == Shape::get) curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  if (shape == Shape::post || shape == Shape::post_once) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
  }
}

void Line::load(ClientRequest request, std::size_t target, bool once, Streams::Place& place) {
  request_ = std::move(request);
  once_ = once;
  place_ = &place;
  if (opens_connection_ != place.opens_connection()) {
    opens_connection_ = place.opens_connection();
    curl_easy_setopt(handle(), CURLOPT_FRESH_CONNECT, opens_connection_ ? 1L : 0L);
  }
  curl_easy_setopt(handle(), CURLOPT_REQUEST_TARGET, request_.url.c_str() + target);
  complaint_[0] = '\0';
  set_timeout();
  if (shape_ == Shape::other) set_method();
  if (shape_ == Shape::post || shape_ == Shape::post_once) set_body();
  set_fields();
}

void Line::set_method() {
  CURL* easy = handle();
  const bool has_body = !request_.sent_body().empty();
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (!has_body && request_.method == "DELETE") {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    set_body();
  }
  if (request_.method != "GET" && request_.method != "HEAD") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

void Line::set_body() {
  CURL* easy = handle();
  const auto body = request_.sent_body();
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  if (once_ && !body.empty()) {
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &Line::on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, this);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
  } else {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  }
}

void Line::set_fields() {
  fields_.clear();
  const bool is_get = shape_ == Shape::get;
  bool has_type = is_get;
  if (!rules_.user_agent.empty()) write_field(fields_, "User-Agent", rules_.user_agent);
  write_field(fields_, "Accept-Encoding", "gzip, br");
  for (const auto& [name, value] : request_.headers) {
    if (breaks_line(name) || breaks_line(value)) {
      throw Error{Errc::invalid_argument, "A header field must not hold a line break."};
    }
    has_type = has_type || equals_ignoring_case(name, "Content-Type");
    write_field(fields_, name, value);
  }
  // What libcurl adds to a request with a body.
  if (!is_get) fields_.append("Expect:").push_back('\0');
  if (!has_type) fields_.append("Content-Type:").push_back('\0');
  list_.clear();
  for (std::size_t at = 0; at < fields_.size(); at = fields_.find('\0', at) + 1) {
    list_.push_back({fields_.data() + at, nullptr});
  }
  for (std::size_t i = 1; i < list_.size(); ++i) list_[i - 1].next = &list_[i];
  curl_easy_setopt(handle(), CURLOPT_HTTPHEADER, list_.data());
}

void Line::set_timeout() {
  if (request_.timeout == timeout_) return;
  timeout_ = request_.timeout;
  curl_easy_setopt(handle(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
  curl_easy_setopt(handle(), CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::min(timeout_, longest_connect).count()));
}

void Line::forget_answer() {
  response_ = {};
  has_head_ = false;
}

ClientResponse Line::take_answer() {
  ClientResponse response = std::move(response_);
  long status = 0;
  long version = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle(), CURLINFO_HTTP_VERSION, &version);
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

bool Line::unload() {
  request_ = {};
  response_ = {};
  place_ = nullptr;
  read_ = 0;
  attempts_ = 0;
  too_large_ = false;
  room_ = FairShare::Answer::granted;
  has_head_ = false;
  return shape_ != Shape::other && fields_.capacity() <= usual_fields;
}

// libcurl repeats a request by itself when a kept connection turns out to be closed. It asks here
// before each attempt; once the server may have acted, the answer is no.
int Line::before_request(void* self, char*, char*, int, int local_port) {
  auto& line = *static_cast<Line*>(self);
  if (line.once_ && line.may_have_acted()) return CURL_PREREQFUNC_ABORT;
  ++line.attempts_;
  line.place_->begins(local_port);
  return CURL_PREREQFUNC_OK;
}

std::size_t Line::on_read(char* into, std::size_t size, std::size_t count, void* self) {
  auto& line = *static_cast<Line*>(self);
  const auto piece = line.request_.sent_body().substr(line.read_, size * count);
  std::copy(piece.begin(), piece.end(), into);
  line.read_ += piece.size();
  return piece.size();
}

std::size_t Line::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& line = *static_cast<Line*>(self);
  auto& headers = line.response_.headers;
  const std::string_view text{bytes, size * count};
  if (text.starts_with("HTTP/")) {
    headers = {};  // earlier ones belonged to a 1xx answer
    line.has_head_ = false;
    line.place_->answers(text.starts_with("HTTP/2"));
    return text.size();
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    headers.add(std::string{text.substr(0, colon)}, std::string{trim(text.substr(colon + 1))});
  } else if (trim(text).empty()) {
    line.has_head_ = true;
  }
  return text.size();
}

// Whether the reader's share has room for a body of `size` bytes.
bool Line::make_room(std::size_t size) {
  auto& hold = response_.hold;
  if (once_ || size <= uncounted_answer || size <= hold.size()) return true;
  std::size_t wanted = size + counted_step;
  if (hold.size() == 0) {
    hold = request_.reader.hold();
    const bool is_plain = response_.headers.find("Content-Encoding") == nullptr;
    if (is_plain) wanted = std::max(size, announced_length(response_));
  }
  room_ = hold.resize(std::min(wanted, request_.max_body));
  return room_ == FairShare::Answer::granted;
}

std::size_t Line::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& line = *static_cast<Line*>(self);
  auto& body = line.response_.body;
  const std::size_t more = size * count;
  if (body.size() + more > line.request_.max_body) {
    line.too_large_ = true;
    return 0;  // breaks the transfer off
  }
  if (!line.make_room(body.size() + more)) return 0;
  if (body.empty()) {
    body.reserve(std::max(more, std::min(announced_length(line.response_), trusted_length)));
  }
  body.append(bytes, more);
  return more;
}

Error Line::explain(CURLcode outcome, std::string_view server) const {
  const auto with_detail = [&](Error error) {
    error.detail = complaint_[0] == '\0' ? curl_easy_strerror(outcome) : complaint_.data();
    return error;
  };
  // A request with an effect can fail in two ways only: certainly without the effect, or with an
  // unknown outcome.
  if (once_ && may_have_acted()) {
    return with_detail(Error{Errc::outcome_unknown,
                             "The connection broke before the server's answer arrived.",
                             "Look whether it has happened before trying again."});
  }
  if (room_ != FairShare::Answer::granted) return answer_refused(room_);
  if (too_large_) {
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
      if (once_) break;
      return with_detail(
          Error{Errc::timeout, "The server " + std::string{server} + " did not answer in time."});
    default: break;
  }
  return with_detail(Error{Errc::unavailable,
                           "The server " + std::string{server} + " could not be reached.",
                           "If it goes on, check that this machine may connect to it, and the "
                           "proxy in the settings if it needs one."});
}

}  // namespace gmail_mcp::http
