// SPDX-License-Identifier: Apache-2.0
//
// One request on one libcurl handle pair; private to this room.  A Channel is a connection cache with its
// handle: it belongs to one thread at a time and is kept between requests for its open connections.
#pragma once

#include <memory>
#include <string>

#include "http/client.h"
#include "http/trust.h"

namespace lamella::http {

class Channel {
 public:
  /// Errors: internal, when libcurl has no memory.
  static Result<std::unique_ptr<Channel>> open();
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Result<Reply> send(const Call& call, const ClientOptions& options, Trust& trust);

 private:
  struct Handles;
  explicit Channel(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

}  // namespace lamella::http
