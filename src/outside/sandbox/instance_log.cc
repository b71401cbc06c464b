// SPDX-License-Identifier: Apache-2.0
#include "sandbox/instance_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace lamella::sandbox {

void InstanceLog::keep(std::string_view text) {
  const std::size_t room = half_ - std::min(half_, head_.size());
  head_.append(text.substr(0, room));
  text.remove_prefix(std::min(room, text.size()));
  tail_.append(text);
  if (tail_.size() > 2 * half_) {
    dropped_ += tail_.size() - half_;
    tail_.erase(0, tail_.size() - half_);
  }
}

void InstanceLog::append(std::string_view text) {
  if (text.find('\r') == std::string_view::npos && !after_return_) return keep(text);
  std::string lines;
  lines.reserve(text.size());
  for (const char one : text) {
    if (one == '\n' && after_return_) {
      after_return_ = false;
      continue;
    }
    after_return_ = one == '\r';
    lines.push_back(one == '\r' ? '\n' : one);
  }
  keep(lines);
}

std::string InstanceLog::take() {
  std::string text = std::move(head_);
  if (dropped_ > 0) text += fmt::format("\n[lamella: {} bytes of output were dropped here]\n", dropped_);
  text += tail_;
  head_.clear();
  tail_.clear();
  dropped_ = 0;
  after_return_ = false;
  return text;
}

}  // namespace lamella::sandbox
