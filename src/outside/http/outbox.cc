// SPDX-License-Identifier: Apache-2.0
#include "http/outbox.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace lamella::http {
namespace {

/// Small pieces behind each other become one packet.
constexpr std::size_t kJoined = std::size_t{16} * 1024;
constexpr std::size_t kSlice = std::size_t{1} << 20;

}  // namespace

void Outbox::add(std::string bytes) {
  if (bytes.empty()) return;
  if (!items_.empty() && !items_.back().range.file && items_.back().bytes.size() + bytes.size() <= kJoined) {
    items_.back().bytes += bytes;
    return;
  }
  items_.push_back({.bytes = std::move(bytes), .range = {}});
}

void Outbox::add(FileRange range) {
  if (range.length != 0) items_.push_back({.bytes = {}, .range = std::move(range)});
}

Outbox::Progress Outbox::flush(int fd, std::size_t& sent) {
  while (!items_.empty()) {
    Item& item = items_.front();
    ssize_t step = 0;
    if (item.range.file) {
      auto offset = static_cast<off_t>(item.range.offset);
      step =
          ::sendfile(fd, item.range.file->get(), &offset, std::min<std::uint64_t>(item.range.length, kSlice));
      if (step == 0) return Progress::kBroken;
    } else {
      const int more = items_.size() > 1 ? MSG_MORE : 0;
      step = ::send(fd, item.bytes.data() + item.done, item.bytes.size() - item.done, MSG_NOSIGNAL | more);
    }
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Progress::kBlocked : Progress::kBroken;
    const auto size = static_cast<std::size_t>(step);
    sent += size;
    if (item.range.file) {
      item.range.offset += size;
      item.range.length -= size;
      if (item.range.length == 0) items_.pop_front();
    } else {
      item.done += size;
      if (item.done == item.bytes.size()) items_.pop_front();
    }
  }
  return Progress::kEmpty;
}

}  // namespace lamella::http
