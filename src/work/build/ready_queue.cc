// SPDX-License-Identifier: Apache-2.0
#include "build/ready_queue.h"

namespace lamella::build {

void ReadyQueue::ready(std::size_t position, std::uint64_t weight) {
  const std::lock_guard lock(mutex_);
  admit(position, weight);
  changed_.notify_one();
}

void ReadyQueue::ready_rest() {
  const std::lock_guard lock(mutex_);
  for (std::size_t position = 0; position < waits_.size(); ++position) admit(position, 0);
  changed_.notify_all();
}

void ReadyQueue::admit(std::size_t position, std::uint64_t weight) {
  if (!waits_[position]) return;
  waits_[position] = false;
  --waiting_;
  ready_.emplace(~weight, position);
}

void ReadyQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

std::optional<std::size_t> ReadyQueue::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool worth_a_look =
      changed_.wait(lock, stop, [&] { return closed_ || left_ == 0 || !ready_.empty(); });
  if (!worth_a_look || stop.stop_requested() || closed_ || ready_.empty()) return std::nullopt;
  const auto weight = waiting_ == 0 ? ready_.begin()->first : ready_.rbegin()->first;
  const auto chosen = ready_.lower_bound({weight, 0});
  const std::size_t position = chosen->second;
  ready_.erase(chosen);
  if (--left_ == 0) changed_.notify_all();
  return position;
}

}  // namespace lamella::build
