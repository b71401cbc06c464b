// SPDX-License-Identifier: Apache-2.0
//
// A stop token as a descriptor, for poll.  Private to this room.
#pragma once

#include <sys/eventfd.h>

#include <cstdint>
#include <stop_token>

#include "os/fd.h"

namespace lamella::os {

class StopWaker {
 public:
  explicit StopWaker(std::stop_token stop)
      : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(std::move(stop), Wake{fd_.get()}) {}

  /// Readable from the request on.
  int fd() const { return fd_.get(); }

 private:
  struct Wake {
    int fd;
    void operator()() const { (void)write_all(fd, as_bytes(std::uint64_t{1})); }
    static std::span<const std::byte> as_bytes(const std::uint64_t& one) {
      return std::as_bytes(std::span(&one, 1));
    }
  };
  UniqueFd fd_;
  std::stop_callback<Wake> callback_;
};

}  // namespace lamella::os
