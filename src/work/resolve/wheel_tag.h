// SPDX-License-Identifier: Apache-2.0
//
// A wheel's file name and whether a target can load what is in it (PEP 425, 427, 600).
//
// Threads: pure functions.  Errors: rejected, for a name that is no wheel's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/target.h"

namespace lamella::resolve {

struct WheelName {
  std::string distribution;  ///< as written
  std::string version;
  std::string build;  ///< "1" of "-1-", or ""
  std::vector<std::string> python;
  std::vector<std::string> abi;
  std::vector<std::string> platform;

  /// "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"
  std::string tag() const;
};

Result<WheelName> parse_wheel_name(std::string_view filename);

/// Every tag the target accepts, best first: "cp311-cp311-manylinux_2_26_x86_64", ..., "py3-none-any".
/// REQUIRES: a Python target.
std::vector<std::string> accepted_tags(const model::Target& target);

/// The place of the wheel's best tag in accepted_tags(), 0 is best; nullopt if the target cannot load it.
std::optional<std::size_t> fit(const WheelName& wheel, const std::vector<std::string>& accepted);

/// What to tell people who have no fitting wheel: "cp311 or abi3 or py3, manylinux up to glibc 2.26, x86_64".
std::string describe_wanted(const model::Target& target);

}  // namespace lamella::resolve
