// SPDX-License-Identifier: Apache-2.0
#include "http/request_reader.h"

#include <gtest/gtest.h>

namespace lamella::http {
namespace {

constexpr std::string_view kRequests[] = {
    "GET /a HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n",
    "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: v\r\n\r\n",
};

RequestReader reader() {
  return RequestReader({}, [](const RequestHead&) { return std::uint64_t{100}; });
}

/// Once a byte behind the end of a head's line was the first of a piece, its LF counted as bare.
TEST(RequestReader, ReadsARequestHoweverTheNetworkCutIt) {
  for (const std::string_view text : kRequests) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      RequestReader two = reader();
      const std::size_t used = two.feed(text.substr(0, cut));
      two.feed(text.substr(used));
      EXPECT_EQ(two.state(), RequestReader::State::kDone) << text << " cut at " << cut;
    }
    RequestReader bytewise = reader();
    std::size_t used = 0;
    for (std::size_t end = 1; end <= text.size(); ++end) used += bytewise.feed(text.substr(used, end - used));
    ASSERT_EQ(bytewise.state(), RequestReader::State::kDone) << bytewise.refusal().why;
    EXPECT_EQ(bytewise.take().body, text.find("hello") == text.npos ? "" : "hello");
  }
}

TEST(RequestReader, SeesABareLfHoweverTheNetworkCutIt) {
  constexpr std::string_view kText = "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n";
  for (std::size_t cut = 0; cut <= kText.size(); ++cut) {
    RequestReader two = reader();
    const std::size_t used = two.feed(kText.substr(0, cut));
    two.feed(kText.substr(used));
    EXPECT_EQ(two.state(), RequestReader::State::kRefused) << "cut at " << cut;
  }
}

}  // namespace
}  // namespace lamella::http
