// SPDX-License-Identifier: Apache-2.0
//
// One PEP 508 requirement, split into its parts.  Versions and markers are not judged here: the
// resolver does that for the target.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lamella::config {

/// PEP 503: lower case, runs of '-', '_' and '.' become one '-'.  "Foo_Bar" is "foo-bar".
std::string normalised_name(std::string_view name);

struct Requirement {
  std::string name;                 ///< as written
  std::vector<std::string> extras;  ///< as written
  std::string specifier;            ///< "==1.24.3", "" for any; blanks removed
  std::string url;                  ///< after '@', or ""
  std::string marker;               ///< after ';', or ""

  std::string normalised() const { return normalised_name(name); }
};

/// Errors: usage.  Bounded: a text over 64 KiB is refused.
Result<Requirement> parse_requirement(std::string_view text);
/// The canonical spelling: `name[extras]specifier ; marker`.
std::string to_string(const Requirement& requirement);

}  // namespace lamella::config
