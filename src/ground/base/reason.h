// SPDX-License-Identifier: Apache-2.0
//
// Why something was done, skipped, rebuilt or refused, as data.  The terminal, the JSON output and
// the dashboard render the same record.  Reasons are for people, never for decisions.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lamella::base {

struct Reason {
  std::string kind;     ///< stable word: "file-changed", "wheel-changed", "first-build", "up-to-date", ...
  std::string subject;  ///< what it is about: a path, a distribution, a setting, a layer
  std::string from;     ///< before, where that says something ("2.0.2")
  std::string to;       ///< after
  std::string text;     ///< one sentence without a full stop, ready to print

  bool operator==(const Reason&) const = default;
};

}  // namespace lamella::base

namespace lamella {
using base::Reason;
}
