// SPDX-License-Identifier: Apache-2.0
//
// Bytes of one connection to requests; private to this room.  Pure: no socket, no clock.
//
// The grammar is Boost.Beast's parser behind a stricter front: lines end in CRLF and nothing else, no
// folded lines, one Host, one Content-Length of digits or one "Transfer-Encoding: chunked", never both,
// origin-form targets, bounded chunk framing, and trailers kept apart from the headers.  What Beast alone
// lets through is the table in docs/decisions/0003-http-library.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "http/message.h"
#include "http/server.h"

namespace lamella::http {

class RequestReader {
 public:
  enum class State {
    kIdle,     ///< between requests: not a byte of the next one seen
    kHead,     ///< inside a request line or fields
    kBody,     ///< the head is whole and was accepted
    kDone,     ///< take() it
    kRefused,  ///< refusal() says why; nothing more can be read from this connection
  };
  using BodyLimit = std::function<std::uint64_t(const RequestHead&)>;

  RequestReader(const Limits& limits, BodyLimit body_limit);
  ~RequestReader();

  /// Reads what belongs to the current request and returns how many bytes that was.  The rest is to be
  /// given again with more bytes behind it, or, after take(), for the next request.
  std::size_t feed(std::string_view bytes);

  State state() const;
  /// True once per request that waits for "100 Continue"; ask when feed() left the state at kBody.
  bool take_expect_continue();
  const Refusal& refusal() const;
  /// The request; the reader is idle again.  REQUIRES: state() is kDone.
  Request take();

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace lamella::http
