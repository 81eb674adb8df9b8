#include <gtest/gtest.h>

#include <string>

#include "http/connection_house_test.h"

// What goes over the wire, as transcripts: bytes in, bytes out.

namespace gmail_mcp::http {
namespace {

using namespace test;

struct Transcript {
  std::string claim;
  std::string in;
  std::string out;
};

const std::string bad = refused(400, "invalid_argument");

std::vector<Transcript> transcripts() {
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto with = [](std::string_view fields) {
    return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string{fields} + "\r\n\r\n";
  };
  const auto post = [](std::string_view fields, std::string_view body) {
    return "POST /echo HTTP/1.1\r\nHost: h\r\n" + std::string{fields} + "\r\n\r\n" +
           std::string{body};
  };
  return {
      {"a request is answered and the connection kept", get + get, got + got},
      {"pipelined requests are answered in order, with their bodies",
       post("Content-Length: 3", "one") + post("Content-Length: 0", "") + get +
           post("Content-Length: 3", "two"),
       ok("one") + ok("") + got + ok("two")},
      {"Connection: close is obeyed, and what follows is not read", with("Connection: close") + get,
       ok("GET /? at h", "Connection: close\r\n")},
      {"HTTP/1.0 closes", "GET / HTTP/1.0\r\nHost: h\r\n\r\n" + get,
       ok("GET /? at h", "Connection: close\r\n")},
      {"HTTP/1.0 may ask to be kept",
       "GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n" + get,
       ok("GET /? at h", "Connection: keep-alive\r\n") + got},
      {"HTTP/1.0 needs no Host", "GET / HTTP/1.0\r\n\r\n",
       ok("GET /? at ", "Connection: close\r\n")},
      {"a handler can close the connection", "GET /close HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       ok("bye", "Connection: close\r\n")},
      {"HEAD says the length and sends no body", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + got},
      {"204 has neither body nor length", "GET /204 HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 204 No Content\r\n\r\n" + got},
      {"a body may have lines that begin with blanks", post("Content-Length: 6", "a\r\n bc") + get,
       ok("a\r\n bc") + got},
      {"empty lines before a request are ignored", "\r\n\r\n" + get, got},
      {"the query is split off and nothing is decoded",
       "GET /any?a=%20&b HTTP/1.1\r\nHost: h\r\n\r\n", ok("GET /any?a=%20&b at h")},
      {"an absolute address counts more than Host",
       "GET http://other:81/any?x HTTP/1.1\r\nHost: h\r\n\r\n", ok("GET /any?x at other:81")},
      {"an absolute address may lack a path", "GET http://other HTTP/1.1\r\nHost: h\r\n\r\n",
       ok("GET /? at other")},
      {"an unknown method is a method", "BREW /any HTTP/1.1\r\nHost: h\r\n\r\n",
       ok("BREW /any? at h")},

      {"an unknown path is 404 and keeps the connection",
       "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n" + get, failed(404, "not_found") + got},
      {"an unsuitable method is 405 with the suitable ones",
       "PUT /things/x HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(405, "invalid_argument", "Allow: GET, HEAD, DELETE\r\n")},
      {"a path parameter is decoded", "GET /things/a%2Fb%20c HTTP/1.1\r\nHost: h\r\n\r\n",
       ok("name=a/b c")},
      {"a literal segment wins over a parameter", "GET /things/special HTTP/1.1\r\nHost: h\r\n\r\n",
       ok("GET /things/special? at h")},
      {"a parameter takes the methods the literal one has not",
       "DELETE /things/special HTTP/1.1\r\nHost: h\r\n\r\n", ok("name=special")},
      {"a broken escape in a parameter is 404", "GET /things/a%zz HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(404, "not_found")},
      {"OPTIONS * is no path of ours", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(404, "not_found")},

      {"an Error becomes its answer and keeps the connection",
       "GET /conflict HTTP/1.1\r\nHost: h\r\n\r\n" + get, failed(409, "conflict") + got},
      {"retry_after becomes Retry-After", "GET /busy HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(429, "rate_limited", "Retry-After: 7\r\n")},
      {"any other exception is our fault and is not shown",
       "GET /threw HTTP/1.1\r\nHost: h\r\n\r\n", failed(500, "internal")},
      {"a handler that does not answer is our fault", "GET /silent HTTP/1.1\r\nHost: h\r\n\r\n",
       failed(500, "internal")},
      {"a value cannot smuggle a field into the answer", "GET /split HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.1 200 OK\r\nX-Echo: a  Set-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n"},

      {"a chunked body is put together, extensions and trailers forgotten",
       chunked + "4;x=y\r\nWiki\r\n0A\r\npedia here\r\n0\r\nHost: evil\r\nX-T: 1\r\n\r\n" + get,
       ok("Wikipedia here") + got},
      {"an empty chunked body is empty", chunked + "0\r\n\r\n" + get, ok("") + got},
      {"a small unread body is skipped",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /" + get,
       ok("ignored") + got},
      {"a small unread chunked body is skipped too",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET "
       "/\r\n0\r\n\r\n" +
           get,
       ok("ignored") + got},
      {"a large unread chunked body costs the connection",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n40000\r\n" +
           std::string(0x40000, 'x') + "\r\n0\r\n\r\n" + get,
       ok("ignored")},
      {"a large unread body costs the connection",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\nGET /" + get,
       ok("ignored", "Connection: close\r\n")},
      {"a body announced too large is 413",
       "POST /little HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"
       "hello world" +
           get,
       failed(413, "too_large") + got},
      {"a chunked body too large is 413",
       "POST /little HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
       "6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n" +
           get,
       refused(413, "too_large")},
      {"100 is sent before a body that is wanted",
       post("Content-Length: 2\r\nExpect: 100-continue", ""), "HTTP/1.1 100 Continue\r\n\r\n"},
      {"no 100 for a body that is not wanted, and the connection ends",
       "POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
       ok("ignored", "Connection: close\r\n")},
      {"no 100 for a body that is too large",
       "POST /little HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n",
       refused(413, "too_large")},
      {"another expectation is 417", with("Expect: miracles"), refused(417, "unsupported")},
      {"a compressed body is 415", with("Content-Encoding: gzip"), refused(415, "unsupported")},

      {"a stream is chunked", "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
       "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n" +
           got},
      {"a stream to HTTP/1.0 ends with the connection", "GET /stream HTTP/1.0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
       "one two three"},
      {"HEAD of a stream is its head", "HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
           got},
      {"a stream that fails is broken off, without the last chunk",
       "GET /broken HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\nso far so good\r\n"},
      {"an aborted answer is cut where it stands", "GET /drop HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       "HTTP/1.1 200 OK\r\nContent-Le"},

      // Anything that two readers could understand differently is refused, and nothing after it is
      // read.
      {"Content-Length and Transfer-Encoding together",
       post("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + get), bad},
      {"Transfer-Encoding and Content-Length together",
       post("Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n" + get), bad},
      {"two lengths that differ", post("Content-Length: 4\r\nContent-Length: 5", "abcd" + get),
       bad},
      {"two lengths that agree", post("Content-Length: 4\r\nContent-Length: 4", "abcd" + get), bad},
      {"a list of lengths", post("Content-Length: 4, 4", "abcd" + get), bad},
      {"a signed length", post("Content-Length: +4", "abcd" + get), bad},
      {"a negative length", post("Content-Length: -4", "abcd" + get), bad},
      {"a hexadecimal length", post("Content-Length: 0x4", "abcd" + get), bad},
      {"a length beyond all numbers", post("Content-Length: 99999999999999999999", get), bad},
      {"an empty length", post("Content-Length:", get), bad},
      {"another transfer encoding", post("Transfer-Encoding: gzip", get),
       refused(501, "unsupported")},
      {"chunked behind another encoding",
       post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n" + get), refused(501, "unsupported")},
      {"an encoding behind chunked",
       post("Transfer-Encoding: chunked, identity", "0\r\n\r\n" + get),
       refused(501, "unsupported")},
      {"a decorated chunked", post("Transfer-Encoding: xchunked", "0\r\n\r\n" + get),
       refused(501, "unsupported")},
      {"two transfer encodings",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n" + get), bad},
      {"a transfer encoding in HTTP/1.0",
       "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get, bad},
      {"a blank before the colon", post("Content-Length : 4", "abcd" + get), bad},
      {"a field without a name", with(": x") + get, bad},
      {"a field that is none", with("nonsense") + get, bad},
      {"a line feed alone", "GET / HTTP/1.1\nHost: h\n\n" + get, bad},
      {"a carriage return alone", with("X: a\rb") + get, bad},
      {"a NUL in a field", with(std::string{"X: a\0b", 6}) + get, bad},
      {"a chunk size that is none", chunked + "zz\r\nabc\r\n0\r\n\r\n" + get, bad},
      {"a chunk size beyond all numbers", chunked + "fffffffffffffffff\r\nabc\r\n0\r\n\r\n" + get,
       bad},
      {"a negative chunk size", chunked + "-1\r\nabc\r\n0\r\n\r\n" + get, bad},
      {"a chunk size with 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n" + get, bad},
      {"a chunk longer than it says", chunked + "3\r\nabcdef\r\n0\r\n\r\n" + get, bad},
      {"no Host", "GET / HTTP/1.1\r\n\r\n" + get, bad},
      {"two Hosts", with("Host: h") + get, bad},
      {"a Host with a user name", "GET / HTTP/1.1\r\nHost: localhost:x@evil.example\r\n\r\n" + get,
       bad},
      {"a Host with a port that is none", "GET / HTTP/1.1\r\nHost: h:8x\r\n\r\n" + get, bad},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: h/evil\r\n\r\n" + get, bad},
      {"a Host in brackets that is no address", "GET / HTTP/1.1\r\nHost: [h]\r\n\r\n" + get, bad},
      {"a Host with more behind its brackets",
       "GET / HTTP/1.1\r\nHost: [::1]evil.example\r\n\r\n" + get, bad},
      {"a Host with a blank", "GET / HTTP/1.1\r\nHost: h evil.example\r\n\r\n" + get, bad},
      {"a target whose host has a bad port", "GET http://h:x/ HTTP/1.1\r\nHost: h\r\n\r\n" + get,
       bad},
      {"a folded field", with("X: a\r\n b") + get, bad},
      {"a field folded by a tab", with("X: a\r\n\tb") + get, bad},
      {"a folded transfer encoding", post("Transfer-Encoding:\r\n chunked", "0\r\n\r\n" + get),
       bad},
      {"a folded length", post("Content-Length:\r\n 4", "abcd" + get), bad},
      {"a fragment", "GET /#x HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"a target that is no path", "GET any HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"a target of another scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"a target with a user name", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"a request line with three blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n" + get, bad},
      {"HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refused(505, "unsupported")},
      {"no version", "GET /\r\nHost: h\r\n\r\n", bad},
      {"TLS", "\x16\x03\x01\x02", bad},
      {"an address too long", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
       refused(414, "too_large")},
      {"fields too large", with("X: " + std::string(40'000, 'a')), refused(431, "too_large")},
      {"fields too many",
       [] {
         std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
         for (int i = 0; i < 300; ++i) request += "A: b\r\n";
         return request + "\r\n";
       }(),
       refused(431, "too_large")},
      {"a chunk extension without end", chunked + "4;" + std::string(20'000, 'x'), bad},
  };
}

class Transcripts : public ::testing::TestWithParam<Transcript> {};

TEST_P(Transcripts, are_the_same_however_the_bytes_arrive) {
  for (const std::size_t step : {std::size_t{1} << 20, std::size_t{1000}, std::size_t{1}}) {
    House house;
    EXPECT_EQ(house.talk(GetParam().in, step), GetParam().out)
        << GetParam().claim << ", " << step << " bytes at a time";
  }
}

std::string title(const ::testing::TestParamInfo<Transcript>& info) {
  std::string text = info.param.claim;
  for (char& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(Http, Transcripts, ::testing::ValuesIn(transcripts()), title);

TEST(Handlers, know_who_asks) {
  House house;
  std::string seen;
  house.router.add("GET", "/who", [&](Exchange& exchange) {
    seen = exchange.head().peer_address;
    return no_content(exchange);
  });
  house.open();
  house.send("GET /who HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(seen, "192.0.2.7");
}

TEST(Handlers, what_they_throw_is_logged_only_when_it_is_our_fault) {
  House house;
  house.talk("GET /conflict HTTP/1.1\r\nHost: h\r\n\r\n", 1 << 20);
  EXPECT_EQ(house.lines, "");
  house.talk("GET /threw HTTP/1.1\r\nHost: h\r\n\r\n", 1 << 20);
  EXPECT_NE(house.lines.find("secret of the house"), std::string::npos);
}

}  // namespace
}  // namespace gmail_mcp::http
