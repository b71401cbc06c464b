// SPDX-License-Identifier: Apache-2.0
//
// What waits to be sent on one connection: strings and ranges of files, in order; private to this room.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "http/message.h"

namespace lamella::http {

class Outbox {
 public:
  enum class Progress {
    kEmpty,    ///< everything is with the kernel
    kBlocked,  ///< the peer must read first
    kBroken,   ///< the connection is lost, or a file ended early
  };

  void add(std::string bytes);
  void add(FileRange range);
  bool empty() const { return items_.empty(); }

  /// Sends to the non-blocking socket `fd` what it takes and adds its size to `sent`.
  Progress flush(int fd, std::size_t& sent);

 private:
  struct Item {
    std::string bytes;
    FileRange range;  ///< when `range.file` is set
    std::size_t done = 0;
  };
  std::deque<Item> items_;
};

}  // namespace lamella::http
