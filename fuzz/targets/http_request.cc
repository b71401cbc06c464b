// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"
#include "fuzz_target.h"
#include "http/request_reader.h"

using namespace lamella;
using State = http::RequestReader::State;

/// A request means the same however its bytes arrive.
FUZZ_TARGET(http_request) {
  const std::string_view text = base::as_text(input);
  const auto limit = [](const http::RequestHead&) { return std::uint64_t{4096}; };
  http::RequestReader whole({}, limit), pieces({}, limit);
  const std::size_t used_whole = whole.feed(text);
  std::size_t used = 0;
  for (std::size_t end = 1; end <= text.size() && pieces.state() < State::kDone; ++end) {
    used += pieces.feed(text.substr(used, end - used));
  }
  FUZZ_ASSERT(whole.state() == pieces.state());
  if (whole.state() != State::kDone) return;
  const auto a = whole.take(), b = pieces.take();
  FUZZ_ASSERT(used == used_whole && a.method == b.method && a.target == b.target && a.body == b.body);
  FUZZ_ASSERT(a.headers.size() == b.headers.size() && a.trailers.size() == b.trailers.size());
}
