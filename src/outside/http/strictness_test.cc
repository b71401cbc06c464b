// SPDX-License-Identifier: Apache-2.0
//
// S1: what two readers could split differently is refused, over a real socket, and the connection closed.
#include <gtest/gtest.h>

#include <atomic>
#include <cctype>
#include <vector>

#include "http/test_peer.h"

namespace lamella::http {
namespace {

struct Row {
  const char* name;
  std::string bytes;
  int status = 400;
};

std::string post(const std::string& fields, const std::string& body, const std::string& version = "1.1") {
  return "POST / HTTP/" + version + "\r\nHost: x\r\n" + fields + "\r\n" + body;
}

const std::string kChunks = "5\r\nhello\r\n0\r\n\r\n";

std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::vector<Row> lengths() {
  return {
      {"length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", kChunks)},
      {"coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", kChunks)},
      {"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!")},
      {"the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"a list of lengths", post("Content-Length: 5, 5\r\n", "hello")},
      {"signed length", post("Content-Length: +5\r\n", "hello")},
      {"negative length", post("Content-Length: -1\r\n", "hello")},
      {"hexadecimal length", post("Content-Length: 0x5\r\n", "hello")},
      {"length beyond 64 bits", post("Content-Length: 18446744073709551621\r\n", "hello")},
      {"empty length", post("Content-Length: \r\n", "hello")},
      {"xchunked", post("Transfer-Encoding: xchunked\r\n", kChunks)},
      {"chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", kChunks)},
      {"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", kChunks)},
      {"two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", kChunks)},
      {"vertical tab before chunked", post("Transfer-Encoding: \vchunked\r\n", kChunks)},
      {"coding in HTTP/1.0", post("Transfer-Encoding: chunked\r\n", kChunks, "1.0")},
  };
}

std::vector<Row> lines() {
  using namespace std::string_literals;
  return {
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"},
      {"bare LF ends the head", "GET / HTTP/1.1\r\nHost: x\r\n\n"},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"},
      {"bare LF throughout", "GET / HTTP/1.1\nHost: x\n\n"},
      {"bare CR in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n"},
      {"folded value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"},
      {"folded first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"},
      {"space before the colon", "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"},
      {"space before the length's colon", post("Content-Length : 5\r\n", "hello")},
      {"NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"s},
      {"NUL in a name", "GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n"s},
      {"no colon", "GET / HTTP/1.1\r\nHost: x\r\nabc\r\n\r\n"},
      {"empty name", "GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"absolute target", "GET http://evil/ HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"authority target", "CONNECT evil:443 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"control character in the target", "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"tab", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"no version", "GET /\r\nHost: x\r\n\r\n"},
      {"small letters", "GET / http/1.1\r\nHost: x\r\n\r\n"},
      {"version 2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"endless head", "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(1'000'000, 'x'), 431},
      {"a strange expectation", post("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello"), 417},
  };
}

std::vector<Row> chunks() {
  return {
      {"extension of 1 MB", chunked("5;a=" + std::string(1'000'000, 'x') + "\r\nhello\r\n0\r\n\r\n")},
      {"size line with bare LF", chunked("5\nhello\r\n0\r\n\r\n")},
      {"data followed by bare LF", chunked("5\r\nhello\n0\r\n\r\n")},
      {"negative size", chunked("-5\r\nhello\r\n0\r\n\r\n")},
      {"0x size", chunked("0x5\r\nhello\r\n0\r\n\r\n")},
      {"size beyond 64 bits", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
      {"space before the size", chunked(" 5\r\nhello\r\n0\r\n\r\n")},
      {"bare LF in an extension", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n")},
      {"data longer than its size", chunked("5\r\nhelloXX\r\n0\r\n\r\n")},
      {"length in the trailers", chunked("5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n")},
      {"trailer with bare LF", chunked("5\r\nhello\r\n0\r\nA: b\n\r\n")},
      {"folded trailer", chunked("5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n")},
      {"bare LF ends the trailers", chunked("5\r\nhello\r\n0\r\nA: b\r\n\n")},
      {"endless trailers", chunked("0\r\nA: " + std::string(1'000'000, 'x'))},
      {"one byte of data in each 60 kB", chunked("1;" + std::string(60'000, 'x') + "\r\na\r\n1;" +
                                                 std::string(60'000, 'x') + "\r\na\r\n0\r\n\r\n")},
  };
}

class Strictness : public testing::TestWithParam<Row> {};

TEST_P(Strictness, IsRefusedAndTheConnectionClosed) {
  std::atomic<int> handled{0};
  const Host host({}, [&](Request request, Responder responder) {
    ++handled;
    echo(std::move(request), std::move(responder));
  });
  Peer peer = host.peer();
  peer.send(GetParam().bytes);
  peer.half_close();
  const std::string answer = peer.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(GetParam().status))) << answer.substr(0, 200);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(handled, 0);
  EXPECT_FALSE(peer.was_reset());
}

/// The same bytes in small pieces: a verdict may not depend on how the network cut them.
TEST_P(Strictness, IsRefusedPieceByPieceToo) {
  const Host host;
  Peer peer = host.peer();
  const std::string_view bytes = GetParam().bytes;
  const std::size_t piece = bytes.size() > 1000 ? 1999 : 1;
  for (std::size_t at = 0; at < bytes.size(); at += piece) peer.send(bytes.substr(at, piece));
  const std::string answer = peer.read_answers("\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(GetParam().status))) << answer.substr(0, 200);
  EXPECT_TRUE(peer.closes());
}

std::string name_of(const testing::TestParamInfo<Row>& info) {
  std::string name;
  for (const char c : std::string_view(info.param.name))
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Lengths, Strictness, testing::ValuesIn(lengths()), name_of);
INSTANTIATE_TEST_SUITE_P(Lines, Strictness, testing::ValuesIn(lines()), name_of);
INSTANTIATE_TEST_SUITE_P(Chunks, Strictness, testing::ValuesIn(chunks()), name_of);

}  // namespace
}  // namespace lamella::http
