// SPDX-License-Identifier: Apache-2.0
//
// What a function prints during one invocation, bounded: the beginning and the end are kept, the middle
// is dropped and counted.  A lone carriage return is a line break (the runtime client separates the
// lines of a traceback by it).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lamella::sandbox {

class InstanceLog {
 public:
  /// Keeps the first and the last `half` bytes.
  explicit InstanceLog(std::size_t half) : half_(half) {}

  void append(std::string_view text);
  /// The text so far, with a note where something was dropped; the log is empty afterwards.
  std::string take();
  bool truncated() const { return dropped_ > 0; }
  bool empty() const { return head_.empty(); }

 private:
  void keep(std::string_view text);

  std::size_t half_;
  std::string head_;
  std::string tail_;
  std::uint64_t dropped_ = 0;
  bool after_return_ = false;
};

}  // namespace lamella::sandbox
