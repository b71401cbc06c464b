// SPDX-License-Identifier: Apache-2.0
//
// The head of an answer as bytes; private to this room.  Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "os/clock.h"

namespace lamella::http {

enum class Framing {
  kLength,   ///< Content-Length from body or file; none for 204 and 304
  kChunked,  ///< pieces with their sizes
  kToClose,  ///< until the connection closes, for HTTP/1.0
};

struct HeadStyle {
  Framing framing = Framing::kLength;
  bool close = false;
  int minor_version = 1;  ///< of the request
};

/// nullopt when a name or value holds what would end its line, or the status is none.
std::optional<std::string> render_head(const Response& response, const HeadStyle& style, os::WallTime now);

/// "Sat, 21 Nov 2026 06:02:33 GMT", RFC 9110 section 5.6.7.
std::string render_http_date(os::WallTime time);

/// True for answers that never have a body, whatever their headers say.
bool bodiless(int status);

}  // namespace lamella::http
