// SPDX-License-Identifier: Apache-2.0
//
// The two ends of a stream of bytes.  Neither is safe for concurrent use.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/result.h"

namespace lamella::base {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills the front of `buffer`; returns how much, 0 only at the end.
  virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Takes all of `bytes`.  After the first error every later call repeats it.
  virtual Result<> write(std::span<const std::byte> bytes) = 0;
};

/// A sink that keeps what it gets.
class StringSink final : public ByteSink {
 public:
  Result<> write(std::span<const std::byte> bytes) override {
    text_.append(as_text(bytes));
    return {};
  }
  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

/// Reads a string that outlives it.
class StringSource final : public ByteSource {
 public:
  explicit StringSource(std::string_view text) : rest_(text) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t n = rest_.size() < buffer.size() ? rest_.size() : buffer.size();
    const auto part = as_bytes(rest_.substr(0, n));
    std::copy(part.begin(), part.end(), buffer.begin());
    rest_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view rest_;
};

}  // namespace lamella::base
