// SPDX-License-Identifier: Apache-2.0
//
// A value that must not be seen: it has no formatter, no stream operator and no comparison that
// leaks its length of match.  reveal() is the one door; grep for it to review every use.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace lamella::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  /// True if equal, in time that depends on the lengths only.
  friend bool same(const Secret& a, const Secret& b) {
    if (a.value_.size() != b.value_.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.value_.size(); ++i) {
      difference |= static_cast<unsigned char>(a.value_[i]) ^ static_cast<unsigned char>(b.value_[i]);
    }
    return difference == 0;
  }

 private:
  std::string value_;
};

}  // namespace lamella::base

namespace lamella {
using base::Secret;
}
