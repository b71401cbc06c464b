// SPDX-License-Identifier: Apache-2.0
#include "store/lanes.h"

namespace lamella::store {

bool Lanes::enter(std::uint64_t size, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto mine = waiting_.insert(size);
  if (!gathered_) changed_.wait_for(lock, stop, waits_.gathering, [this] { return closed_ || gathered_; });
  gathered_ = true;
  changed_.wait_for(lock, stop, waits_.patience, [&] { return closed_ || is_next(size); });
  waiting_.erase(mine);
  changed_.notify_all();
  if (closed_ || stop.stop_requested()) return false;
  ++inside_;
  measurement_.reset();
  return true;
}

bool Lanes::is_next(std::uint64_t size) const {
  const std::uint64_t next = phase_ == Phase::kPaired ? *waiting_.begin() : *waiting_.rbegin();
  return inside_ < limit_ && size == next;
}

void Lanes::leave() {
  const std::lock_guard lock(mutex_);
  --inside_;
  measurement_.reset();
  changed_.notify_all();
}

void Lanes::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void Lanes::gathered() {
  const std::lock_guard lock(mutex_);
  gathered_ = true;
  changed_.notify_all();
}

std::size_t Lanes::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

unsigned Lanes::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_;
}

void Lanes::count(std::uint64_t bytes) {
  if (settled_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  if (inside_ != (phase_ == Phase::kAlone ? 1U : 2U)) return;
  if (const auto rate = measure(bytes)) conclude(*rate);
}

std::optional<double> Lanes::measure(std::uint64_t bytes) {
  const os::MonotonicTime now = clock_.monotonic();
  if (!measurement_) measurement_ = Measurement{now + kStart};
  if (now < measurement_->from) return std::nullopt;
  measurement_->bytes += bytes;
  const std::chrono::duration<double> passed = now - measurement_->from;
  if (passed < kMeasured) return std::nullopt;
  return static_cast<double>(measurement_->bytes) / passed.count();
}

void Lanes::conclude(double rate) {
  measurement_.reset();
  if (phase_ == Phase::kAlone) {
    phase_ = Phase::kPaired;
    alone_ = rate;
    limit_ = 2;
  } else {
    phase_ = Phase::kSettled;
    settled_ = true;
    limit_ = rate >= kWorthIt * alone_ ? most_ : 1;
  }
  changed_.notify_all();
}

}  // namespace lamella::store
